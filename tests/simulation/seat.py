"""What is known of a simulated device: what each of its parts is of, and which verdicts it has."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from syncengine.model.entity import Action
from syncengine.model.fields import Stored
from tests.fleet.oracle import Key, Oracle
from tests.fleet.seat import Seat, Work

NONE_BEHIND = 256  # in place of the number of a part


@dataclass(frozen=True)
class Point:
    """What a checkpoint has to show: the oracle as it stood, and when it was made."""

    oracle: Oracle | None
    at: int
    version: int


START = Point(None, 0, 0)
Place = tuple[int, int]  # of an operation: the number of its changeset, and its place there


@dataclass
class SimulatedSeat(Seat):
    """part_of: the number of each entity's part. newest: what the parts before number `part` are
    of; behind: the others, which an early checkpoint left. heard: the verdicts that the device has,
    with the version at which each was decided; contained: the operations that its rows contain;
    decided: of all verdicts, heard or not. forgetful: its journal was deleted, so work may be gone.
    """

    part_of: Mapping[str, int] = field(default_factory=dict)
    newest: Point = START
    behind: Point = START
    part: int = NONE_BEHIND
    heard: dict[int, int] = field(default_factory=dict)
    contained: set[Place] = field(default_factory=set)
    decided: dict[int, int] = field(default_factory=dict)
    forgetful: bool = False

    def copy(self) -> SimulatedSeat:
        """As it is now."""
        return replace(
            self, checkpoint=set(self.checkpoint), work=list(self.work), heard=dict(self.heard),
            contained=set(self.contained), outcomes=dict(self.outcomes),
            versions=dict(self.versions),
        )  # fmt: skip

    def put_back(self, image: SimulatedSeat) -> None:
        """The device is as it was then; what the server knows of it stays."""
        self.known, self.since, self.settled = image.known, image.since, image.settled
        self.newest, self.behind, self.part = image.newest, image.behind, image.part
        self.checkpoint, self.work = image.checkpoint, image.work
        self.heard, self.contained = image.heard, image.contained

    # -- of which version

    @property
    def is_split(self) -> bool:
        """Whether its parts are of two versions."""
        return self.part != NONE_BEHIND

    def of(self, entity: str) -> Point:
        """What the rows of an entity are of."""
        return self.behind if self.is_behind(entity) else self.newest

    def is_behind(self, entity: str) -> bool:
        """Whether an early checkpoint left that entity."""
        return self.part_of.get(entity, 0) >= self.part

    def publish(self, newest: Point, part: int | None, without: Iterable[str]) -> None:
        """A checkpoint is published; part: the number of the first one that it left; None: none."""
        self.newest, self.part, self.fork = newest, part or NONE_BEHIND, None
        kept = {key for key in self.checkpoint if self.is_behind(key[0])}
        if not self.is_split:
            self.behind = newest
        self.known, self.since = newest.oracle, newest.at
        missing = set(without)
        self.checkpoint = kept | {
            key
            for key in self._slice(newest, newest.at)
            if not self.is_behind(key[0]) and key[0] not in missing
        }
        self.checkpoints |= self.checkpoint
        self.settle()

    def _slice(self, point: Point, now: int) -> set[Key]:
        if point.oracle is None:
            return set()
        return point.oracle.slice(self.person, now, point.at)

    def expected(self, now: int) -> set[Key]:
        """As in the fleet; each part by what it is of."""
        found = self._slice(self.newest, now)
        if self.is_split:
            found = {key for key in found if not self.is_behind(key[0])}
            found |= {key for key in self._slice(self.behind, now) if self.is_behind(key[0])}
        found &= self.checkpoint
        found -= self.newest.oracle.hidden(now) if self.newest.oracle else set()
        for _, operation in self.on_top():
            if operation.action is Action.INSERT:
                found.add(operation.key)
            if operation.action is Action.DELETE:
                found.discard(operation.key)
        return found

    # -- own work

    def operations(self) -> Iterator[tuple[Place, Work]]:
        """All that was ever done, one after the other."""
        for number, work in enumerate(self.work, 1):
            for place, operation in enumerate(work.operations):
                yield (number, place), operation

    def on_top(self) -> Iterator[tuple[Place, Work]]:
        """What shows on top of the rows, as these do not contain it yet."""
        return (found for found in self.operations() if found[0] not in self.contained)

    def settle(self) -> None:
        """The rows contain what was decided at or below their version, where the device knows."""
        for place, operation in self.on_top():
            decided = self.heard.get(place[0])
            if decided is not None and decided <= self.of(operation.entity).version:
                self.contained.add(place)
        waiting = {number for (number, _), _ in self.on_top()}
        self.settled = min(waiting, default=len(self.work) + 1) - 1

    def answers_lost(self, expected: int) -> None:
        """The server expects that number: later answers are of a history that it lost."""
        self.forget_answers(number for number in list(self.heard) if number >= expected)

    def forget_answers(self, numbers: Iterable[int]) -> None:
        """These wait again, on top of the rows."""
        lost = set(numbers)
        self.heard = {n: decided for n, decided in self.heard.items() if n not in lost}
        self.contained = {place for place in self.contained if place[0] not in lost}
        self.settled = min({self.settled, *(number - 1 for number in lost)})

    def sends(self, waiting: Iterable[int]) -> None:
        """The device says which of its work was not answered: all else was."""
        unanswered = set(waiting)
        self.forget_answers(unanswered & self.heard.keys())
        answered = set(range(1, len(self.work) + 1)) - unanswered - self.heard.keys()
        gone = answered - self.decided.keys()
        assert self.forgetful or not gone, f"work that nobody answered is not sent: {gone}"
        self.heard |= {number: self.decided[number] for number in answered - gone}

    def made(
        self, action: Action, entity: str, row: bytes, customer: bytes | None,
        fields: dict[str, Stored],
    ) -> None:  # fmt: skip
        """Work of one operation that the device has taken."""
        self.work.append(self.done(action, entity, row, customer, fields))

    def done(
        self, action: Action, entity: str, row: bytes, customer: bytes | None,
        fields: dict[str, Stored],
    ) -> Work:  # fmt: skip
        """An operation, on what its row's part is of."""
        point = self.of(entity)
        after = tuple(number for (number, _), w in self.on_top() if w.row == row)
        return Work(
            action, entity, row, customer, fields, point.oracle, self.checkpoint, after,
            base=point.version, split=self.is_split,
        )  # fmt: skip

    def may_refuse(self, customer: bytes, now: int) -> bool:
        """As in the fleet, by either version."""
        newest = super().may_refuse(customer, now)
        if newest or not self.is_split:
            return newest
        at_behind = replace(self, known=self.behind.oracle, since=self.behind.at, part=NONE_BEHIND)
        return Seat.may_refuse(at_behind, customer, now)

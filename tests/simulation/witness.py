"""Hears every message when a server makes it, and says what may be in it: rows, ids that left, and
for each changeset the outcome, the losses, and for whom it was done.
"""

from __future__ import annotations

from collections import Counter
from copy import deepcopy
from dataclasses import dataclass, replace
from itertools import count

from syncengine.model.entity import LATE_DAYS, Action
from syncengine.protocol.messages import (
    Checkpoint,
    Chunk,
    Hello,
    Struct,
    Unchanged,
    Verdicts,
    WireVerdict,
)
from tests.fleet.declared import DAY
from tests.fleet.machine import sent_rows
from tests.fleet.office import PEOPLE
from tests.fleet.oracle import Key, Oracle
from tests.fleet.seat import TAKEN, Seat, Work
from tests.simulation.device import SimulatedDevice
from tests.simulation.ledger import entry
from tests.simulation.merging import (
    Losses,
    Value,
    as_losses,
    as_text,
    comes_to,
    fields_of,
    put,
    rows_of,
)
from tests.simulation.office import NEW_CONTACT, BusyOffice
from tests.support.world import SCHEMA

QUARANTINED, REJECTED = {"quarantined"}, {"rejected"}


@dataclass(frozen=True)
class Point:
    """What a checkpoint has to show. judged: so many changesets from the first one on, when it was
    made last; at_first: when it was made the first time, as answers may arrive once more.
    """

    oracle: Oracle
    at: int
    judged: int
    at_first: int


class Witness(BusyOffice):
    """What was said to whom, and whether it may be."""

    counts: Counter[str]

    def forget_all(self) -> None:
        """Nothing was heard yet."""
        self.points: dict[int, dict[int, Point]] = {}  # seat's number -> version
        self.before: tuple[int, Point] | None = None  # an interlude: clock, and what stood
        self.ever: dict[str, set[Key]] = {who: set() for who in PEOPLE}
        self._written: list[tuple[int, int]] = []  # (version, when it or an earlier one came)
        self._judging = 0
        self._resumed = False
        self.compacted = 0  # what left up to that version may be forgotten

    def turn_back(self, version: int) -> None:
        """What was written above that version is lost, and what was heard of it, too."""
        self._written = [entry for entry in self._written if entry[0] <= version]
        self.points.clear()

    def version_at(self, instant: int) -> int:
        """The last one that was written by then."""
        return max((version for version, at in self._written if at <= instant), default=0)

    def mark(self) -> None:
        """Something may have happened: note when, and who may have had what."""
        version = self.world.store.status().version
        if not self._written or self._written[-1][0] < version:
            self._written.append((version, self.now))
        for who in PEOPLE:
            self.ever[who] |= self.oracle.slice(who, self.now)

    def asked(self, hello: Hello) -> None:
        """A server begins to answer this."""
        self._resumed = bool(hello.cursors)
        self.before = None

    def heard(self, number: int, message: Struct) -> None:
        """A server makes this message for that seat."""
        seat = self.seats[number]
        match message:
            case Verdicts():
                for verdict in message.verdicts:
                    self._judged(seat, verdict)
            case Chunk():
                self._read(seat, message)
            case Checkpoint():
                self._keep(number, message.version)
            case Unchanged():
                self._keep(number, real(seat).device.version)

    def _keep(self, number: int, version: int) -> None:
        point = self.point(self.seats[number])
        if self.before is not None and version <= self.before[0]:
            point = self.before[1]  # its snapshot is older than the interlude
        known = self.points.setdefault(number, {})
        if version in known:
            point = replace(point, at_first=known[version].at_first)
        known[version] = point

    def point(self, seat: Seat) -> Point:
        """As things are."""
        judged = next(n for n in count() if n + 1 not in seat.outcomes)
        return Point(deepcopy(self.oracle), self.now, judged, judged)

    def _read(self, seat: Seat, chunk: Chunk) -> None:
        may_have = self.oracle.slice(seat.person, self.now)
        self.ever[seat.person] |= may_have
        foreign = sent_rows(chunk) - may_have
        assert not foreign, f"sent to {seat.person}, not in the slice: {foreign}"
        if self._resumed:
            return  # the server does not know what the chunks before had
        left = {(SCHEMA.by_tag[s.tag].name, row) for s in chunk.sections for row in s.left}
        strange = left - self.ever[seat.person]
        assert not strange, f"{seat.person} learns that something left, never had: {strange}"

    # -- what becomes of work

    def _judged(self, seat: Seat, verdict: WireVerdict) -> None:
        known = verdict.sequence in seat.outcomes
        self._judging = verdict.sequence
        if not known and seat.work[verdict.sequence - 1].base < self.compacted:
            forgotten = replace(seat.work[verdict.sequence - 1], unsure=True)
            seat.work[verdict.sequence - 1] = forgotten
        super()._judged(seat, verdict)
        if known:
            return
        seat.line = max(seat.line, verdict.sequence)
        work = seat.work[verdict.sequence - 1]
        self.counts[f"work {verdict.outcome}"] += 1
        if verdict.version is not None:
            seat.versions[verdict.sequence] = verdict.version
        self.mark()
        needs = self._needs(seat, work)
        codes = {o.code for o in verdict.objections}
        if needs and not work.apart:
            assert "depends_on" in codes, f"it builds on refused work: {codes}"

    def _needs(self, seat: Seat, work: Work) -> bool:
        """Whether it builds on a contact made on this device and not taken."""
        return any(
            (w.entity, w.action) == NEW_CONTACT and w.row == work.row and w is not work
            and seat.outcomes.get(number) not in TAKEN
            for number, w in enumerate(seat.work, 1)
        )  # fmt: skip

    def _possible(self, seat: Seat, work: Work) -> set[str]:
        who, customer = seat.person, work.customer
        if customer is None:
            if work.action is Action.INSERT or self.oracle.note.get(work.row) == who:
                return {"accepted"}
            if work.row in self.oracle.note or work.key not in self.ever[who]:
                return REJECTED
            return {"merged"} | (set() if work.key in work.checkpoint else REJECTED)  # agreed
        if customer not in self.oracle.owner or self._needs(seat, work):
            return REJECTED
        there = work.entity != "contact" or work.action is Action.INSERT
        if not there and work.row not in self.oracle.contact:
            found = self._on_deleted(seat, work)
            return found | REJECTED if work.unsure else found
        if self.oracle.works(who, customer, self.now):
            return self._taken(seat, work)
        if work.unsure:
            new = work.action is Action.INSERT
            return QUARANTINED | REJECTED | ({"accepted"} if new else set())
        return self._late(seat, work)

    def _on_deleted(self, seat: Seat, work: Work) -> set[str]:
        """An edit of a contact that somebody deleted."""
        assert work.customer is not None
        made = any(
            w.row == work.row and seat.versions.get(n, 0) > work.base
            for n, w in enumerate(seat.work, 1)
        )
        had = work.key in work.checkpoint or made
        if not had:
            return REJECTED if work.key not in self.ever[seat.person] else QUARANTINED | REJECTED
        held = work.customer in self.oracle.customers(seat.person, self.now)
        works = self.oracle.works(seat.person, work.customer, self.now)
        return QUARANTINED | (REJECTED if held and not works else set())

    def _late(self, seat: Seat, work: Work) -> set[str]:
        """Work on what the person may not work on, now.

        Of a row that came, left and came again the server knows when it came first and left last:
        it may take somebody for one who had it who had it only before or after.
        """
        assert work.customer is not None
        new = work.action is Action.INSERT
        asked = work.key if work.entity == "contact" and not new else ("customer", work.customer)
        late = self._late_insert(seat, work) if new else QUARANTINED
        if asked in self.oracle.slice(seat.person, self.now):
            return late | REJECTED  # may be read: too early is refused, too late is late
        if asked in work.checkpoint:
            return late
        return late | REJECTED if asked in self.ever[seat.person] else REJECTED

    def _late_insert(self, seat: Seat, work: Work) -> set[str]:
        """Accepted until so many days after the first change that the device had not heard of."""
        if work.base != real(seat).device.version or work.wild:
            return {"accepted", "quarantined"}
        since = next((at for version, at in self._written if version > work.base), self.now)
        in_time = self.now - since <= LATE_DAYS * DAY
        return {"accepted"} if in_time else QUARANTINED

    # -- what work comes to

    def _taken(self, seat: Seat, work: Work) -> set[str]:
        """Of work that the person may do: accepted as it is, or merged with what others did."""
        if work.action is Action.INSERT:
            return {"accepted"}
        if not self._known_base(work):
            return set(TAKEN)
        base, server = self._base(seat, work), fields_of(self.oracle, work.entity, work.row)
        return {"merged" if base != server else "accepted"}

    def _base(self, seat: Seat, work: Work) -> dict[str, Value]:
        """The row that the work was done on: the checkpoint, and own work since as it was
        entered. What came after the checkpoint (here, or as the base is lost) is as it began.
        """
        known = work.known
        if known is not None and work.row in rows_of(known, work.entity):
            base = fields_of(known, work.entity, work.row)
        else:
            base = {"name": self.oracle.made[work.row]}
        for number, w in enumerate(seat.work[: self._judging - 1], 1):
            if w.row == work.row and seat.versions.get(number, 0) > work.base:
                base |= {n: as_text(v) for n, v in w.fields.items() if n in base}
        return base

    def _take(self, seat: Seat, work: Work, verdict: WireVerdict) -> None:
        losses: Losses = []
        behalf = self.oracle.people[self._principal(seat.person, work.customer)]
        if work.action is Action.UPDATE and self._known_base(work):
            ((field, said),) = work.fields.items()
            server = fields_of(self.oracle, work.entity, work.row)
            came = comes_to(
                self._base(seat, work)[field], server[field], as_text(said), field == "remark"
            )
            losses = as_losses(work.entity, field, came)
            told = [[x.field, x.lost, x.kept] for x in verdict.losses]
            assert told == losses, f"told as lost: {told}, but {losses}"
            put(self.oracle, work.row, field, came.value)
            self.counts["conflict"] += came.lost is not None
        elif (work.entity, verdict.outcome) == ("note", "merged"):
            return  # it was gone, and there is no operation
        else:
            super()._take(seat, work, verdict)
        self._in_history(seat, work, verdict, losses, behalf)

    def _known_base(self, work: Work) -> bool:
        """Whether the oracle knows what the work was done on."""
        if work.entity == "contact":
            return True
        return work.known is not None and work.row in work.known.owner

    def _in_history(
        self, seat: Seat, work: Work, verdict: WireVerdict, losses: Losses, behalf: bytes
    ) -> None:
        store, incarnation = self.world.store, real(seat).device._store.incarnation
        version, principal, lost = entry(store, incarnation, verdict.sequence)
        assert version == verdict.version, "another version in the history"
        if work.action is not Action.UPDATE or self._known_base(work):
            assert lost == losses, f"in the history as lost: {lost}, but {losses}"
        assert principal == behalf, f"{seat.person} did it for somebody else in the history"

    def _principal(self, who: str, customer: bytes | None) -> str:
        """For whom: the absent person where only a substitution lets somebody at the customer."""
        oracle = self.oracle
        if customer is None or customer not in oracle.customers(who, self.now):
            return who
        owner = oracle.owner[customer]
        mine = owner in oracle.below(who) or customer in oracle.selected(who, self.now, self.now)
        return who if mine or owner is None else owner


def real(seat: Seat) -> SimulatedDevice:
    """Its device: there is one kind here."""
    assert isinstance(seat.device, SimulatedDevice)
    return seat.device

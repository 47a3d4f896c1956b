"""Random work, random syncs: every device ends up with exactly its slice.

Invariants 5, 7, 8, 10, 16, 18 and 23; every person has a device of each kind.
"""

from __future__ import annotations

from copy import deepcopy

from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from syncengine.model.entity import Action
from syncengine.model.fields import Stored
from syncengine.model.manifest import Schema
from syncengine.protocol.messages import Chunk, Verdicts, WireVerdict, decode_rows
from tests.fleet.declared import DAY, Visit
from tests.fleet.devices import FleetDevice, Naive, Real
from tests.fleet.office import PEOPLE, Office, few, index, person
from tests.fleet.oracle import Key
from tests.fleet.seat import TAKEN, Seat, Work
from tests.support.world import SCHEMA

text = st.text(max_size=3).map(lambda t: t.replace("\x00", "")) | st.sampled_from(["", "1"])


class Fleet(Office):
    """The office's people and their devices, of all `kinds`."""

    kinds: tuple[type[FleetDevice], ...] = (Real, Naive)

    @initialize()
    def begin(self) -> None:
        super().begin()
        for owner in (None, "a", "b", "c"):
            self.customer(owner)
        self.enrolled = 0
        self.seats = [self._enrol(who, kind) for who in PEOPLE for kind in self.kinds]

    def _enrol(self, who: str, kind: type[FleetDevice]) -> Seat:
        self.enrolled += 1
        return Seat(who, kind(self.world, who, f"device{self.enrolled}"))

    def seat(self, which: int) -> Seat:
        """One of them, by any number."""
        return self.seats[which % len(self.seats)]

    def clock(self, which: int) -> int:
        """What that device's clock shows."""
        return self.now

    # -- work on devices, sent with a later sync

    @rule(seat=index, which=index, phone=text)
    def edit(self, seat: int, which: int, phone: str) -> None:
        """An edit of some customer, held or not."""
        if self.oracle.owner:
            customer = self.pick(self.customers, which)
            self._write(seat, Action.UPDATE, "customer", customer, customer, {"phone": phone})

    @rule(seat=index, which=index)
    def meet(self, seat: int, which: int) -> None:
        """A new contact of some customer, held or not."""
        if self.oracle.owner:
            row = self.pick(self.customers, which)
            new: dict[str, Stored] = {"customer": row, "name": "Eve", "active": True}
            self._write(seat, Action.INSERT, "contact", None, row, new)

    @rule(seat=index, which=index, days=few)
    def plan_visit(self, seat: int, which: int, days: int) -> None:
        """A new appointment with some customer, held or not."""
        if self.oracle.owner:
            row = self.pick(self.customers, which)
            new: dict[str, Stored] = {
                "customer": row, "employee": self.world.people[self.seat(seat).person],
                "subject": "Visit", "starts_at": self.now + days * DAY, "active": True,
            }  # fmt: skip
            self._write(seat, Action.INSERT, "appointment", None, row, new)

    @rule(seat=index)
    def write_note(self, seat: int) -> None:
        author = self.world.people[self.seat(seat).person]
        self._write(seat, Action.INSERT, "note", None, None, {"author": author, "text": "x"})

    @rule(seat=index, which=index)
    def delete_note(self, seat: int, which: int) -> None:
        who = self.seat(seat).person
        mine = [row for row, author in self.oracle.note.items() if author == who]
        if mine:
            self._write(seat, Action.DELETE, "note", self.pick(mine, which), None, {})

    def _write(
        self, which: int, action: Action, entity: str, row: bytes | None, customer: bytes | None,
        fields: dict[str, Stored],
    ) -> None:  # fmt: skip
        seat = self.seat(which)
        made = seat.device.write(action, entity, row, **fields)
        if made is None:
            asked = ("customer", customer) if customer and row is None else (entity, row)
            refuses = customer is not None and seat.may_refuse(customer, self.clock(which))
            assert refuses or asked not in seat.device.shown()
            return
        seat.made(action, entity, made, customer, fields)
        if seat.device.careful and action is Action.UPDATE:
            for name, value in fields.items():
                assert seat.device.value(entity, made, name) == value

    # -- syncing

    @rule(who=person)
    def sync(self, who: str) -> None:
        """All devices of somebody."""
        for seat in self.seats:
            if seat.person == who:
                self._sync(seat)

    @rule(seat=index, cut=st.integers(1, 2000))
    def break_off(self, seat: int, cut: int) -> None:
        self._sync(self.seat(seat), cut)

    @rule(seat=index)
    def reopen(self, seat: int) -> None:
        self.seat(seat).device.reopen()

    @rule(which=index, cut=st.none() | st.integers(1, 2000))
    def replace_device(self, which: int, cut: int | None) -> None:
        """Lost, with what it had not sent; a new one takes everything, maybe not at once."""
        place = which % len(self.seats)
        lost = self.seats[place]
        lost.device.close()
        self.seats[place] = self._enrol(lost.person, type(lost.device))
        self._sync(self.seats[place], cut)

    def _sync(self, seat: Seat, cut: int | None = None) -> None:
        done, messages = seat.device.sync(cut)
        for message in messages:
            if isinstance(message, Verdicts):
                for verdict in message.verdicts:
                    self._judged(seat, verdict)
            if isinstance(message, Chunk):
                assert sent_rows(message) <= self.oracle.slice(seat.person, self.now)
        if done:
            self._at_checkpoint(seat)

    def _at_checkpoint(self, seat: Seat) -> None:
        assert set(seat.outcomes) == set(range(1, len(seat.work) + 1))
        for number, outcome in seat.outcomes.items():
            assert outcome in TAKEN or seat.device.keeps(number)
        seat.known, seat.since, seat.settled = deepcopy(self.oracle), self.now, len(seat.work)
        seat.checkpoint = self.oracle.slice(seat.person, self.now)
        seat.checkpoints |= seat.checkpoint
        assert seat.device.held() == seat.checkpoint
        assert seat.device.shown() == seat.checkpoint
        for entity, row in seat.checkpoint:
            if entity == "customer":
                assert seat.device.value(entity, row, "phone") == self.oracle.phone[row]
            if entity == "appointment":
                employee = self.world.people[self.oracle.visit[row].employee]
                assert seat.device.value(entity, row, "employee") == employee

    @rule(days=few, hours=few)
    def wait(self, days: int, hours: int) -> None:
        """Time alone hides what has ended, without network."""
        super().wait(days, hours)
        self.look()

    @rule()
    def look(self) -> None:
        for seat in self.seats:
            if seat.device.careful:
                assert seat.device.shown() == seat.expected(self.now)

    @rule(absent=person, substitute=person, days=few, trail=few, passed=few, phone=text)
    def stand_in(
        self, absent: str, substitute: str, days: int, trail: int, passed: int, phone: str
    ) -> None:
        """Work of a substitute without network, maybe beyond the end: what it is all about."""
        self.plan(absent, substitute, 1, days, 0, trail)
        self.sync(substitute)
        for customer in [row for row, owner in self.oracle.owner.items() if owner == absent][:1]:
            for which, seat in enumerate(self.seats):
                if seat.person == substitute:
                    self.edit(which, self.customers.index(customer), phone)
                    self.meet(which, self.customers.index(customer))
        self.wait(passed, 0)

    # -- what becomes of work

    def _judged(self, seat: Seat, verdict: WireVerdict) -> None:
        """A verdict that the server gave, maybe again: the oracle says which ones can be."""
        earlier = seat.outcomes.get(verdict.sequence)
        if earlier is not None:
            assert verdict.outcome == earlier
            return
        work = seat.work[verdict.sequence - 1]
        possible = self._possible(seat, work)
        assert verdict.outcome in possible, f"{seat.person}: {verdict} for {work}, not {possible}"
        seat.outcomes[verdict.sequence] = verdict.outcome
        if verdict.outcome in TAKEN:
            self._take(seat, work, verdict)

    def _possible(self, seat: Seat, work: Work) -> set[str]:
        if work.customer is None:
            gone = work.action is Action.DELETE and work.row not in self.oracle.note
            return {"rejected"} if gone else {"accepted"}
        if work.customer not in self.oracle.owner:
            return {"rejected"}
        if self.oracle.works(seat.person, work.customer, self.now):
            return TAKEN if work.action is Action.UPDATE else {"accepted"}
        late = {"quarantined"} if work.action is Action.UPDATE else {"accepted", "quarantined"}
        asked = ("customer", work.customer)
        if asked in self.oracle.slice(seat.person, self.now):
            return late | {"rejected"}  # may be read: too early is refused, too late is late
        if asked in seat.checkpoint:
            return late
        return late | {"rejected"} if asked in seat.checkpoints else {"rejected"}

    def _take(self, seat: Seat, work: Work, verdict: WireVerdict) -> None:
        oracle = self.oracle
        match work.entity:
            case "customer":
                if not verdict.losses and seat.says(work, oracle.made.get(work.row)):
                    oracle.phone[work.row] = str(work.fields["phone"])
            case "contact":
                assert work.customer is not None
                oracle.contact[work.row] = work.customer
                oracle.named[work.row] = oracle.made[work.row] = str(work.fields["name"])
            case "appointment":
                assert work.customer is not None
                starts = int(str(work.fields["starts_at"]))
                oracle.visit[work.row] = Visit(work.customer, seat.person, starts)
            case "note" if work.action is Action.DELETE:
                del oracle.note[work.row]
            case "note":
                oracle.note[work.row] = seat.person

    def teardown(self) -> None:
        """Twice: what one device sends may come to another one that synced before."""
        if hasattr(self, "seats"):
            for seat in self.seats * 2:
                self._sync(seat)
            for seat in self.seats:
                seat.device.close()
            self.world.close()
            self.folder.cleanup()


def sent_rows(chunk: Chunk, schema: Schema = SCHEMA) -> set[Key]:
    """The rows that a chunk names as held; `left` names what goes."""
    return {
        (schema.by_tag[section.tag].name, row)
        for section in chunk.sections
        for row in (
            *(bytes(record[1]) for record in decode_rows(section)),
            *(row_id for row_id, _ in section.also),
        )
    }

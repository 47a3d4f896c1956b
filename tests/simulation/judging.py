"""What becomes of work: for each changeset which outcomes can be, what its fields come to, what is
lost, and for whom it was done.
"""

from __future__ import annotations

from dataclasses import replace

from syncengine.model.entity import LATE_DAYS, Action
from syncengine.model.fields import Stored
from syncengine.protocol.messages import WireVerdict
from tests.fleet.declared import DAY
from tests.fleet.seat import TAKEN, Seat, Work
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
from tests.simulation.office import NEW_CONTACT
from tests.simulation.seat import SimulatedSeat
from tests.simulation.witness import Witness, real, seated

QUARANTINED, REJECTED = {"quarantined"}, {"rejected"}
WEIGHT = ("accepted", "merged", "quarantined", "rejected")  # what outweighs the others stands last


class Judging(Witness):
    """Hears the verdicts."""

    def forget_all(self) -> None:
        """Nothing was heard yet."""
        super().forget_all()
        self._judging = 0

    def _write(
        self, which: int, action: Action, entity: str, row: bytes | None, customer: bytes | None,
        fields: dict[str, Stored],
    ) -> None:  # fmt: skip
        seat = seated(self.seat(which))
        before = len(seat.work)
        super()._write(which, action, entity, row, customer, fields)
        if len(seat.work) > before:
            seat.work[-1] = self._as_made(seat, seat.work[-1])

    def _as_made(self, seat: SimulatedSeat, work: Work) -> Work:
        """Work that is made now, with what was answered by then of what it builds on: taken, too,
        as a server that is restored may have to judge that again.
        """
        self.counts["work_on_early"] += work.split
        rows, device = {w.row for w in work.operations}, real(seat)
        made = [(n, w.row) for (n, _), w in seat.operations() if w.action is Action.INSERT]
        answered = {row for n, row in made if row in rows and not device.awaits(n)}
        return work.each(lambda w: replace(w, apart=w.row in answered))

    def _judged(self, seat: Seat, verdict: WireVerdict) -> None:
        number = verdict.sequence
        known = number in seat.outcomes
        self._judging = number
        if not known:
            seat.work[number - 1] = seat.work[number - 1].each(self._as_remembered)
        super()._judged(seat, verdict)
        if known:
            return
        seated(seat).decided[number] = verdict.decided
        seat.line = max(seat.line, number)
        work = seat.work[number - 1]
        self.counts[f"work {verdict.outcome}"] += 1
        if verdict.version is not None:
            seat.versions[number] = verdict.version
        self.mark()
        codes = {o.code for o in verdict.objections}
        if any(self._needs(seat, w) and not w.apart for w in work.operations):
            assert "depends_on" in codes, f"it builds on refused work: {codes}"

    def must_be_fenced(self, seat: Seat) -> bool:
        """Whether the device sends work under a number that the server has seen already."""
        return False

    def has_forgotten(self, seat: Seat) -> bool:
        """Whether the server has answered work that the device knows nothing of."""
        return False

    def _as_remembered(self, work: Work) -> Work:
        """What was forgotten of who had what cannot be proved."""
        return replace(work, unsure=True) if work.base < self.compacted else work

    def _needs(self, seat: Seat, work: Work) -> bool:
        """Whether it builds on a contact made on this device and not taken."""
        return any(
            (w.entity, w.action) == NEW_CONTACT and w.row == work.row and w is not work
            and seat.outcomes.get(number) not in TAKEN
            for number, w in enumerate(seat.work, 1)
        )  # fmt: skip

    def _possible(self, seat: Seat, work: Work) -> set[str]:
        """All or nothing: what the worst of its operations comes to."""
        each = [self._possible_alone(seat, operation) for operation in work.operations]
        least = max(min(map(WEIGHT.index, some)) for some in each)
        return {outcome for some in each for outcome in some if WEIGHT.index(outcome) >= least}

    def _possible_alone(self, seat: Seat, work: Work) -> set[str]:
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
            own = set(TAKEN) if self._made(seat, work) else set[str]()
            return QUARANTINED | REJECTED | ({"accepted"} if new else own)
        return self._late(seat, work)

    def _on_deleted(self, seat: Seat, work: Work) -> set[str]:
        """An edit of a contact that somebody deleted."""
        assert work.customer is not None
        made = any(
            w.row == work.row and seat.versions.get(n, 0) > work.base
            for (n, _), w in seated(seat).operations()
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
        new = work.action is Action.INSERT or self._made(seat, work)  # judged like its making
        asked = work.key if work.entity == "contact" and not new else ("customer", work.customer)
        late = self._late_insert(seat, work) if new else QUARANTINED
        if work.action is not Action.INSERT and "accepted" in late:
            late = late | set(TAKEN)
        if asked in self.oracle.slice(seat.person, self.now):
            return late | REJECTED  # may be read: too early is refused, too late is late
        if asked in work.checkpoint:
            return late
        return late | REJECTED if asked in self.ever[seat.person] else REJECTED

    def _made(self, seat: Seat, work: Work) -> bool:
        """Whether own work made the row, behind the base or in the same changeset."""
        return any(
            w.action is Action.INSERT
            and w.row == work.row
            and (number == self._judging or seat.versions.get(number, 0) > work.base)
            for (number, _), w in seated(seat).operations()
        )

    def _late_insert(self, seat: Seat, work: Work) -> set[str]:
        """Accepted until so many days after the first change that the device had not heard of."""
        if work.base != real(seat).device.version or work.wild or work.split:
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
        for (number, _), w in seated(seat).operations():
            if number == self._judging:
                break
            if w.row == work.row and seat.versions.get(number, 0) > work.base:
                base |= {n: as_text(v) for n, v in w.fields.items() if n in base}
        return base

    def _take(self, seat: Seat, work: Work, verdict: WireVerdict) -> None:
        for place, operation in enumerate(work.operations):
            self._take_alone(seat, operation, verdict, place)

    def _take_alone(self, seat: Seat, work: Work, verdict: WireVerdict, place: int) -> None:
        losses: Losses = []
        behalf = self.oracle.people[self._principal(seat.person, work.customer)]
        if work.action is Action.UPDATE and self._known_base(work):
            ((field, said),) = work.fields.items()
            server = fields_of(self.oracle, work.entity, work.row)
            came = comes_to(
                self._base(seat, work)[field], server[field], as_text(said), field == "remark"
            )
            losses = as_losses(work.entity, field, came)
            told = [[x.field, x.lost, x.kept] for x in verdict.losses if x.operation == place]
            assert told == losses, f"told as lost: {told}, but {losses}"
            put(self.oracle, work.row, field, came.value)
            self.counts["conflict"] += came.lost is not None
        elif (work.entity, verdict.outcome) == ("note", "merged"):
            return  # it was gone, and there is no operation
        else:
            super()._take(seat, work, verdict)
        self._in_history(seat, verdict, (work, place), losses, behalf)

    def _known_base(self, work: Work) -> bool:
        """Whether the oracle knows what the work was done on."""
        if work.entity == "contact":
            return True
        return work.known is not None and work.row in work.known.owner

    def _in_history(
        self, seat: Seat, verdict: WireVerdict, done: tuple[Work, int], losses: Losses,
        behalf: bytes,
    ) -> None:  # fmt: skip
        work, place = done
        store, incarnation = self.world.store, real(seat).device._store.incarnation
        version, principal, lost = entry(store, incarnation, verdict.sequence, place)
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

"""What becomes of work on signed forms, and what devices show of documents."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from syncengine.model.entity import Action
from syncengine.model.fields import Stored
from syncengine.protocol.changesets import ACTIONS, WireOperation
from syncengine.protocol.messages import WireVerdict
from tests.fleet.seat import TAKEN, Seat, Work
from tests.simulation import ledger
from tests.simulation.answered import ANYTHING, digests_of, merged
from tests.simulation.attached import LARGEST
from tests.simulation.kinds import PLAIN, Kind
from tests.simulation.seat import SimulatedSeat
from tests.simulation.shelved import BACK_FROM, RETURNED, Returned, ShelvedOracle, Value
from tests.simulation.shelving import SIGNED, ShelvingLife
from tests.simulation.witness import seated

FORM = "document_return"


class ReturnedLife(ShelvingLife):
    """forms: the customer of each form that was ever made on a device, if any."""

    def __init__(self, seed: int, kind: Kind = PLAIN) -> None:
        self.forms: dict[bytes, bytes | None] = {}
        super().__init__(seed, kind)

    # -- work

    def _done(self, seat: SimulatedSeat, operation: WireOperation) -> Work:
        entity, row = self.schema.by_tag[operation.tag].name, operation.row
        if entity != FORM:
            return super()._done(seat, operation)
        action, said = ACTIONS[operation.action], self.named(entity, dict(operation.fields))
        if action is Action.INSERT:
            said = {name: value for name, value in said.items() if value is not None}
            self.forms[row] = cast("bytes | None", said.get("customer"))
        return seat.done(action, entity, row, self.forms[row], said)

    def _should_show(self, seat: SimulatedSeat, entity: str, row: bytes) -> dict[str, Stored]:
        own, known = super()._should_show(seat, entity, row), seat.of(entity).oracle
        found: dict[str, Stored] = {}
        if isinstance(known, ShelvedOracle) and entity == FORM and row in known.back:
            form = known.back[row]
            found = {**form.values, "status": form.status, "reason": form.reason}
        if isinstance(known, ShelvedOracle) and entity == "document_edition":
            made = known.edition[row]
            found = {"status": made.status, "ends_at": made.ends, "keep_offline": made.kept}
        return found | own

    def _possible_alone(self, seat: Seat, work: Work) -> set[str]:
        if work.entity != FORM:
            return super()._possible_alone(seat, work)
        oracle, customer = self.shelf, self.forms[work.row]
        if any(len(self.contents.get(digest, b"")) > LARGEST for digest in digests_of(work)):
            return {"rejected"}
        if customer is not None and (
            customer not in oracle.owner or ("customer", customer) not in self.ever[seat.person]
        ):
            return {"rejected"}
        form = oracle.back.get(work.row)
        own = list(seated(seat).operations())
        refused = any(
            w.row == work.row and number < self._judging and seat.outcomes.get(number) not in TAKEN
            for (number, _), w in own
        )
        if work.wild or work.unsure or refused:
            return ANYTHING
        if any(
            w.row == work.row and n == self._judging
            for (n, _), w in own
            if w.action is Action.INSERT
        ):
            form = Returned(b"", customer, seat.person)
            alike, had = True, customer is None or ("customer", customer) in work.checkpoint
        else:
            known = work.known.back.get(work.row) if isinstance(work.known, ShelvedOracle) else None
            alike, had = known == form, work.key in work.checkpoint
        if form is None or not had or not oracle.may_return(seat.person, form, self.now):
            return ANYTHING
        return set(TAKEN) if alike else TAKEN | {"quarantined"}

    def _take_alone(self, seat: Seat, work: Work, verdict: WireVerdict, place: int) -> None:
        if work.entity != FORM:
            super()._take_alone(seat, work, verdict, place)
            return
        assert verdict.version is not None
        at, numbered = ledger.effect(self.world.store, verdict.version, place)
        wrote = dict(self.named(FORM, numbered))
        if work.action is Action.INSERT:
            said = dict(work.fields)
            assert {n: v for n, v in wrote.items() if v is not None} == said, "another form"
            names = {row: name for name, row in self.oracle.people.items()}
            self.shelf.back[work.row] = Returned(
                cast(bytes, said["edition"]),
                cast("bytes | None", said.get("customer")),
                names.get(cast(bytes, said.get("employee"))),
                {n: v for n, v in said.items() if n in SIGNED},
            )
            return
        self._take_form(seat, work, wrote, (at, place))

    def _take_form(
        self, seat: Seat, work: Work, wrote: dict[str, Value], when: tuple[int, int]
    ) -> None:
        oracle, row, (at, place) = self.shelf, work.row, when
        before = oracle.back[row]
        assert wrote.keys() <= {*SIGNED, *RETURNED, "status", "reason"}, f"writes {wrote.keys()}"
        status = str(wrote.get("status", before.status))
        values = {**before.values, **{n: v for n, v in wrote.items() if n in SIGNED}}
        found = replace(before, values=values)
        base = self._based(seat, work, place)
        if base is not None:
            for name in work.fields.keys() & set(SIGNED):
                came = merged(base.get(name), before.values.get(name), work.fields[name])  # type: ignore[arg-type]
                assert values.get(name) == came, f"{name} of a form: {values.get(name)!r}"
        if status != before.status:
            assert (before.status in BACK_FROM, status) == (True, "returned"), status
            assert found.is_filled, "a form is back, and is not signed"
            assert oracle.may_return(seat.person, before, self.now), "of somebody else's customer"
            self.counts["form_returned"] += 1
            stands_in = self._principal(seat.person, before.customer) != seat.person
            self.counts["form_returned_for_another"] += stands_in
        told = {n: cast("int | bytes", v) for n, v in wrote.items() if n in RETURNED}
        reason = cast("str | None", wrote.get("reason", before.reason))
        noted = {**before.noted, **told}
        if base is not None:
            took = before.status != "returned" and work.fields.get("status") == "returned"
            began = ledger.received(self.world.store, work.base)
            stamps: dict[str, int | bytes] = {
                "at": min(max(work.made, began), at),
                "by": oracle.people[seat.person],
                "for": oracle.people[self._principal(seat.person, before.customer)],
            }
            wanted = oracle.given_back(found, stamps) if took else found
            came_to = (status, noted, reason)
            assert came_to == (wanted.status, wanted.noted, wanted.reason), f"a form: {came_to}"
        oracle.back[row] = replace(found, status=status, noted=noted, reason=reason)

    def _row_at(self, known: object, work: Work) -> dict[str, Value]:
        if work.entity == FORM and isinstance(known, ShelvedOracle) and work.row in known.back:
            return {**known.back[work.row].values, "status": known.back[work.row].status}
        return super()._row_at(known, work)

"""What becomes of work on visit reports: visits, steps, answers; what devices show of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import cast

from syncengine.model.entity import Action
from syncengine.model.fields import Stored
from syncengine.protocol.changesets import ACTIONS, WireOperation
from syncengine.protocol.messages import WireVerdict
from tests.fleet.oracle import Oracle
from tests.fleet.seat import TAKEN, Seat, Work
from tests.simulation import ledger
from tests.simulation.answered import ANYTHING, digests_of, merged
from tests.simulation.attached import LARGEST
from tests.simulation.kinds import PLAIN, Kind
from tests.simulation.questions import Said, Value
from tests.simulation.reported import FILLED_BY, STEPS, Call, Report, ReportedOracle
from tests.simulation.reporting import NOTED, ReportingLife
from tests.simulation.seat import SimulatedSeat
from tests.simulation.witness import seated

VISIT, REPORT, ANSWER = "visit", "report", "report_answer"
OF_VISITS = (VISIT, REPORT, ANSWER)
OF_ANSWER = ("report", "question", "article", "position")  # its other fields are values


class FilledLife(ReportingLife):
    """home: of each visit, report and answer that was ever made on a device, the visit and the
    customer; reports: of each answer its report.
    """

    def __init__(self, seed: int, kind: Kind = PLAIN) -> None:
        self.home: dict[bytes, tuple[bytes, bytes]] = {}
        self._report_of: dict[bytes, bytes] = {}
        super().__init__(seed, kind)

    def known_desk(self, known: Oracle | None) -> ReportedOracle:
        """An oracle that knows visit reports."""
        assert isinstance(known, ReportedOracle)
        return known

    # -- work

    def _done(self, seat: SimulatedSeat, operation: WireOperation) -> Work:
        entity = self.schema.by_tag[operation.tag].name
        if entity not in OF_VISITS:
            return super()._done(seat, operation)
        action, row = ACTIONS[operation.action], operation.row
        said = self.named(entity, dict(operation.fields))
        if action is Action.INSERT:
            said = {name: value for name, value in said.items() if value is not None}
            self.settle_in(entity, row, said)
        return seat.done(action, entity, row, self.home[row][1], said)

    def settle_in(self, entity: str, row: bytes, said: dict[str, Stored]) -> None:
        """Note where a new row belongs."""
        if entity == VISIT:
            self.home[row] = row, cast(bytes, said["customer"])
            return
        above = cast(bytes, said["visit" if entity == REPORT else "report"])
        self.home[row] = self.home[above]
        if entity == ANSWER:
            self._report_of[row] = above

    def _should_show(self, seat: SimulatedSeat, entity: str, row: bytes) -> dict[str, Stored]:
        found = super()._should_show(seat, entity, row)
        known, own = seat.of(entity).oracle, dict(found)
        if not isinstance(known, ReportedOracle):
            return found
        if entity == VISIT and row in known.call:
            found = {"status": known.call[row].status}
        if entity == REPORT and row in known.report:
            report = known.report[row]
            found = {"status": report.status, "reason": report.reason}
        if entity == ANSWER and row in known.said:
            found = dict(known.said[row].values)
        if entity == "report_template" and row in known.template:
            made = known.template[row]
            found = {"status": made.status, "edition": made.edition}
        return found | own

    def shown_answers(self, seat: SimulatedSeat) -> dict[bytes, Said]:
        """All that a device shows, as it should."""
        found = {}
        for entity, row in seat.device.shown():
            if entity == ANSWER:
                told = self._should_show(seat, ANSWER, row)
                known = seat.of(ANSWER).oracle
                made = known.said.get(row) if isinstance(known, ReportedOracle) else None
                question = made.question if made else str(told["question"])
                position = made.position if made else int(cast(int, told["position"]))
                values = {n: v for n, v in told.items() if n not in OF_ANSWER}
                found[row] = Said(self._report_of[row], question, position, values)
        return found

    def named_on(self, seat: SimulatedSeat) -> set[bytes]:
        rows = [row for entity, row in seat.checkpoint if entity == ANSWER]
        files = {self._should_show(seat, ANSWER, row).get("file") for row in rows}
        return super().named_on(seat) | {file for file in files if isinstance(file, bytes)}

    # -- what comes of it

    def _possible_alone(self, seat: Seat, work: Work) -> set[str]:
        if work.entity not in OF_VISITS:
            return super()._possible_alone(seat, work)
        oracle, (visit, customer) = self.desk, self.home[work.row]
        if customer not in oracle.owner:
            return {"rejected"}  # it went with a restored server
        if any(len(self.contents.get(digest, b"")) > LARGEST for digest in digests_of(work)):
            return {"rejected"}
        if ("customer", customer) not in self.ever[seat.person]:
            return {"rejected"}
        there = work.row in self._rows_of(work.entity) or work.action is not Action.UPDATE
        if not there and work.entity == ANSWER:
            return ANYTHING - TAKEN  # somebody took it away
        if self._is_forbidden(work):
            return {"rejected"}
        above = visit if work.entity == REPORT else self._report_of.get(work.row, customer)
        needed = {("customer", above), (VISIT, above), (REPORT, above)}
        had = {work.key} if work.action is not Action.INSERT else needed
        sure = not work.wild and not work.unsure and not self._needs_refused(seat, visit)
        sure &= bool(had & work.checkpoint) or self._made_here(seat, {row for _, row in had})
        if sure and there and oracle.serves(seat.person, customer, self.now):
            return set(TAKEN)  # at once, or late: what was done is not lost
        return ANYTHING

    def _rows_of(self, entity: str) -> dict[bytes, object]:
        oracle = self.desk
        rows: dict[str, dict[bytes, object]] = {
            VISIT: dict(oracle.call), REPORT: dict(oracle.report), ANSWER: dict(oracle.said)
        }  # fmt: skip
        return rows[entity]

    def _is_forbidden(self, work: Work) -> bool:
        """Whether a client forged an answer to a report that was complete, and is as it was."""
        report = self._report_of.get(work.row)
        if not work.wild or report is None or not isinstance(work.known, ReportedOracle):
            return False
        before, now = work.known.report.get(report), self.desk.report.get(report)
        return now is not None and before == now and now.status in (*FILLED_BY, "returned")

    def _needs_refused(self, seat: Seat, visit: bytes) -> bool:
        """Whether own work at that visit was not taken, so that later work fails."""
        return any(
            self.home.get(w.row, (None,))[0] == visit
            for (number, _), w in seated(seat).operations()
            if number < self._judging and seat.outcomes.get(number) not in TAKEN
        )

    def _made_here(self, seat: Seat, rows: set[bytes]) -> bool:
        made = (w.row for _, w in seated(seat).operations() if w.action is Action.INSERT)
        return not rows.isdisjoint(made)

    def _take_alone(self, seat: Seat, work: Work, verdict: WireVerdict, place: int) -> None:
        if work.entity not in OF_VISITS:
            super()._take_alone(seat, work, verdict, place)
            return
        assert verdict.version is not None
        at, numbered = ledger.effect(self.world.store, verdict.version, place)
        wrote = dict(self.named(work.entity, numbered))
        if work.action is Action.INSERT:
            self._take_new(work, wrote)
        elif work.action is Action.DELETE:
            self.desk.said.pop(work.row, None)
        elif work.entity == ANSWER:
            self._take_answer_of_report(seat, work, wrote, place)
        else:
            self._take_visit_step(seat, work, (wrote, at, place))

    def _take_new(self, work: Work, wrote: dict[str, Value]) -> None:
        said = dict(work.fields)
        assert {n: v for n, v in wrote.items() if v is not None} == said, "another row than said"
        oracle, row = self.desk, work.row
        rest = {n: v for n, v in said.items() if n != "status"}
        match work.entity:
            case "visit":
                assert said["status"] == "checked_in"
                oracle.call[row] = Call(cast(bytes, said["customer"]), rest)
            case "report":
                assert said["status"] == "open"
                template, visit, customer = (
                    cast(bytes, said[name]) for name in ("template", "visit", "customer")
                )
                oracle.report[row] = Report(template, visit, customer)
            case "report_answer":
                values = {n: v for n, v in said.items() if n not in OF_ANSWER}
                report = cast(bytes, said["report"])
                position = int(cast(int, said["position"]))
                oracle.said[row] = Said(report, str(said["question"]), position, values)
        self.counts[f"new_{work.entity}"] += 1

    def _own_before(self, seat: Seat, work: Work, place: int) -> Iterator[Work]:
        """Own work on the row since the base, and in the same changeset."""
        for (number, at), w in seated(seat).operations():
            if (number, at) >= (self._judging, place):
                break
            counts = number == self._judging or seat.versions.get(number, 0) > work.base
            if w.row == work.row and counts:
                yield w

    def _based(self, seat: Seat, work: Work, place: int) -> dict[str, Value] | None:
        """The row on which an edit was made; None: nobody knows."""
        if work.wild or work.unsure or not work.made:
            return None
        found = self._row_at(work.known, work)
        for own in self._own_before(seat, work, place):
            found |= dict(own.fields)
        return found or None

    def _row_at(self, known: object, work: Work) -> dict[str, Value]:
        """What an oracle knows of the row; nothing: it is not there."""
        if isinstance(known, ReportedOracle):
            if work.row in known.said:
                return dict(known.said[work.row].values)
            state = known.call.get(work.row) or known.report.get(work.row)
            if state is not None:
                return {"status": state.status}
        return {}

    def _take_visit_step(
        self, seat: Seat, work: Work, came: tuple[dict[str, Value], int, int]
    ) -> None:
        (wrote, at, place), oracle, row = came, self.desk, work.row
        before = oracle.call[row] if work.entity == VISIT else oracle.report[row]
        to, status = str(work.fields["status"]), str(wrote.pop("status", before.status))
        assert wrote.keys() <= set(NOTED[work.entity]), f"a step writes {wrote.keys()}"
        found = status, {**before.noted, **cast(dict[str, int | bytes], wrote)}
        serves = oracle.serves(seat.person, before.customer, self.now)
        if status != before.status:
            assert (before.status, status) in STEPS[work.entity], f"{before.status} to {status}"
            assert status == to, f"{status}, though {to} was said"
            assert serves, f"{seat.person} does not serve the customer"
            missing = oracle.lacking(row) if status in FILLED_BY else set()
            assert not missing, f"{status}, and there is missing: {missing}"
        base = self._based(seat, work, place)
        if base is not None:
            began = ledger.received(self.world.store, work.base)
            stamps: dict[str, int | bytes] = {
                "at": min(max(work.made, began), at),
                "by": oracle.people[seat.person],
                "for": oracle.people[self._principal(seat.person, before.customer)],
            }
            wanted = oracle.step_of(work.entity, row, str(base["status"]), to, stamps, serves)
            assert found == wanted, f"{base['status']!r} to {to}: {found}, not {wanted}"
        self._count_visit_step(seat, before, found[0], to)
        noted = found[1]
        if work.entity == VISIT:
            oracle.call[row] = replace(oracle.call[row], status=status, noted=noted)
        else:
            oracle.report[row] = replace(oracle.report[row], status=status, noted=noted)

    def _count_visit_step(self, seat: Seat, before: Call | Report, after: str, to: str) -> None:
        if before.status == after:
            self.counts["step_again" if after == to else "step_late"] += 1
            return
        self.counts[f"{'visit' if isinstance(before, Call) else 'report'}_{after}"] += 1
        stands_in = self._principal(seat.person, before.customer) != seat.person
        self.counts["report_confirmed_for_another"] += after == "confirmed" and stands_in

    def _take_answer_of_report(
        self, seat: Seat, work: Work, wrote: dict[str, Value], place: int
    ) -> None:
        oracle, row = self.desk, work.row
        before = oracle.said[row]
        found = {**before.values, **wrote}
        base = self._based(seat, work, place)
        if base is not None:
            for name, said in work.fields.items():
                came = merged(base.get(name), before.values.get(name), said)  # type: ignore[arg-type]
                assert found.get(name) == came, f"an answer: {found.get(name)!r}, not {came!r}"
        oracle.said[row] = replace(before, values=found)

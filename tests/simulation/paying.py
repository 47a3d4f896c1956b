"""What the office does with trips and sheets of working time, and the jobs that review them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from random import Random
from typing import Any
from unittest.mock import patch

from modules.expenses import jobs as of_trips
from modules.timesheets import jobs as of_sheets
from syncengine.model.access import Source
from syncengine.model.changeset import Operation, Verdict
from syncengine.model.entity import Action
from syncengine.model.fields import Stored
from syncengine.store.author import Author
from tests.simulation import ledger
from tests.simulation.posting import BATCHES
from tests.simulation.reckoning import Row
from tests.simulation.reporting import REASON
from tests.simulation.seeing import SeeingLife
from tests.simulation.spent import (
    CORRECTED_IN,
    PAPERS,
    SHEET,
    SPAN,
    STATES,
    STEPS,
    TRIP,
    Paper,
    Piece,
)

ABOUT = {"trip_stage": "stage", "trip_drive": "drive", "trip_item": "item"}
# What of a row somebody might want to change, with a value that nobody types.
OVERWRITTEN: dict[str, dict[str, Stored]] = {
    TRIP: {"purpose": "Overwritten"},
    SHEET: {"status": "recorded"},
    "trip_stage": {"place": "Overwritten"},
    "trip_meal": {"paid": 1},
    "trip_drive": {"route": "Overwritten"},
    "trip_item": {"remark": "Overwritten"},
    "trip_receipt": {"position": 5},
    SPAN: {"remark": "Overwritten"},
    "trip_correction": {"difference": 1},
    "trip_objection": {"reason": "Overwritten"},
    "timesheet_day": {"worked": 1},
    "timesheet_correction": {"minutes": 1},
}


class PayingLife(SeeingLife):
    """Writes them down in the oracle, too."""

    def _decides(self, *operations: Operation) -> Verdict:
        """One changeset of who approves."""
        author = Author(Source.OFFICE, None, "approver", self.approver)
        return self.world.store.write(author, operations)

    # -- the office

    def decide_paper(self, which: int, to: str, drawn: int) -> None:
        """A step of a trip or a sheet, whether it can be or not; a trip is also rejected line by
        line.
        """
        random = Random(f"decide {drawn}")
        likely = [row for row, p in self.spent.paper.items() if to in _next(p)]
        others = [row for row, p in self.spent.paper.items() if to in STATES[p.entity]]
        there = likely if likely and random.random() < 0.8 else others
        if not there:
            return
        row = self.pick(there, which)
        before, operation = self.spent.paper[row], self.world.operation
        reason = random.choice((REASON, REASON, None)) if to == "rejected" else None
        said: dict[str, Stored] = {"status": to}
        said |= {} if reason is None else {"reason": reason}
        by_line = before.entity == TRIP and reason is not None and not before.is_private
        objections = self._objections(row, random) if by_line else {}
        made = [
            operation(Action.INSERT, o.entity, new, **o.values) for new, o in objections.items()
        ]
        verdict = self._decides(*made, operation(Action.UPDATE, before.entity, row, **said))
        may = to in _next(before) and (to != "rejected" or reason is not None)
        if before.is_private:
            codes = {objection.code for objection in verdict.objections}
            assert codes == {"row.unknown"}, f"a draft is not as if it were not there: {codes}"
        if not may:
            assert verdict.version is None, f"{before.entity} {before.status} to {to}"
            return
        assert verdict.version is not None, verdict
        self.spent.paper[row] = replace(before.stepped(to, self.now), reason=reason)
        self.spent.added |= objections
        self.counts[f"{before.entity}_{to}"] += 1
        self.compare_money()

    def _objections(self, trip: bytes, random: Random) -> dict[bytes, Piece]:
        """Beside some lines of a trip."""
        found = {}
        for row, piece in self.spent.piece.items():
            if piece.of == trip and piece.entity in ABOUT and random.random() < 0.4:
                values: Row = {"trip": trip, ABOUT[piece.entity]: row, "reason": "Not this one"}
                new = self.world.environment.new_id()
                found[new] = Piece("trip_objection", trip, values)
        return found

    def correct_paper(self, which: int, drawn: int) -> None:
        """A counter-entry, whether there may be one or not; and none is changed."""
        oracle, random, operation = self.spent, Random(f"correct {drawn}"), self.world.operation
        likely = [row for row, p in oracle.paper.items() if p.status in CORRECTED_IN]
        there = likely if likely and random.random() < 0.8 else list(oracle.paper)
        if not there:
            return
        row, new = self.pick(there, which), self.world.environment.new_id()
        paper, entity = oracle.paper[row], f"{oracle.paper[row].entity}_correction"
        amount = random.choice((-500, -1, 70, 2_000))
        values: dict[str, Stored] = {paper.entity: row, "reason": REASON}
        if paper.entity == TRIP:
            values |= {"difference": amount}
        else:
            values |= {"day": paper.values["month"], "minutes": amount}
        verdict = self._decides(operation(Action.INSERT, entity, new, **values))
        assert (verdict.version is not None) == (paper.status in CORRECTED_IN), verdict
        if verdict.version is not None:
            oracle.added[new] = Piece(entity, row, values)
            self.counts[f"{paper.entity}_corrected"] += 1
        self.compare_money()

    def overwrite_money(self, which: int, drawn: int) -> None:
        """Somebody in the office, the operator or an import writes what only people write, or what
        nobody changes any more: never.
        """
        oracle, random = self.spent, Random(f"overwrite {drawn}")
        rows = {**{r: p.entity for r, p in oracle.paper.items()}}
        rows |= {r: p.entity for r, p in (*oracle.piece.items(), *oracle.added.items())}
        if not rows:
            return
        row = self.pick(list(rows), which)
        entity, fields = rows[row], OVERWRITTEN[rows[row]]
        if entity == SHEET and oracle.paper[row].is_private:
            fields = {"status": "submitted"}
        what = self.world.operation(Action.UPDATE, entity, row, **fields)
        if random.random() < 0.3:
            what = self.world.operation(Action.DELETE, entity, row)
        source = random.choice((Source.OFFICE, Source.IMPORT, Source.JOB))
        user = random.choice((self.approver, None)) if source is Source.OFFICE else None
        verdict = self.world.store.write(Author(source, None, "overwrites", user), [what])
        assert verdict.objections, f"{source} overwrites {entity}"
        self.counts["overwriting_refused"] += 1
        self.compare_money()

    def switch_evaluation(self, on: bool) -> None:
        """Whether the office sees the days of sheets."""
        assert not self.world.update("timesheet_setting", self._setting, evaluation=on).objections
        self.spent.evaluates = on
        self.see_money()

    # -- the jobs

    def review_money(self, which: int | None) -> None:
        """What was submitted is checked and reckoned. which: while a job has read and not yet
        written, the office rejects such a trip or sheet.
        """
        oracle = self.spent
        waiting = {row for row, paper in oracle.paper.items() if paper.status == "submitted"}
        meanwhile = None if which is None else partial(self._reject_any, which)
        for jobs in (of_trips, of_sheets):
            with self._overtaken(meanwhile):
                jobs.take_up(self.world.store, BATCHES)
            while jobs.take_up(self.world.store, BATCHES):  # what was overtaken
                pass
        rows = {
            row["id"]: row for name in PAPERS for row in ledger.all_rows(self.world.store, name)
        }
        for row in sorted(waiting, key=lambda row: int(rows[row]["version"])):
            self._review(row, rows[row])
        self.compare_money()
        self.see_money()

    @contextmanager
    def _overtaken(self, meanwhile: Callable[[], None] | None) -> Iterator[None]:
        """This happens before the first write in the block."""
        store, first = self.world.store, [meanwhile]
        write = store.write

        def late(*given: Any, **named: Any) -> Verdict:
            happens, first[0] = first[0], None
            if happens is not None:
                happens()
            return write(*given, **named)

        with patch.object(store, "write", late):
            yield

    def _reject_any(self, which: int) -> None:
        there = [row for row, paper in self.spent.paper.items() if paper.status == "in_review"]
        if there:
            row = self.pick(there, which)
            entity = self.spent.paper[row].entity
            operation = self.world.operation(
                Action.UPDATE, entity, row, status="rejected", reason=REASON
            )
            assert self._decides(operation).version is not None
            after = self.spent.paper[row].stepped("rejected", self.now)
            self.spent.paper[row] = replace(after, reason=REASON)
            self.counts["rejected_meanwhile"] += 1

    def _review(self, row: bytes, stored: dict[str, Any]) -> None:
        """In which order they are taken is the server's; the rest is told anew."""
        oracle, entity = self.spent, self.spent.paper[row].entity
        found = oracle.reviewed(row, self.now)
        paper = replace(found.paper, reason=stored["reason"])
        assert bool(paper.reason) == bool(found.faults), f"{found.faults}: {paper.reason!r}"
        oracle.paper[row] = paper
        added = "trip_objection" if entity == TRIP else "timesheet_day"
        new = {
            one["id"]: Piece(added, row, self._row_of(added, one))
            for one in ledger.all_rows(self.world.store, added)
            if one[entity] == row
        }
        oracle.added |= new
        if entity == TRIP:
            codes = {piece.values["code"] for piece in new.values()}
            assert codes == found.faults, f"a trip comes back for {codes}, not {found.faults}"
        else:
            days = {piece.values["day"]: piece.values["worked"] for piece in new.values()}
            assert days == found.minutes, f"other days: {days}, not {found.minutes}"
        self.counts[f"{entity}_{'returned' if found.faults else 'taken_up'}"] += 1


def _next(paper: Paper) -> tuple[str, ...]:
    """What the office may do with it."""
    return STEPS.get((paper.entity, paper.status), ())

"""Trips and sheets of working time as the oracle keeps them: who has them, who may see them, which
steps there are. The rules of docs/EXPENSES.md and docs/TIMESHEETS.md, told anew in plain
dictionaries: no code of the engine.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from tests.fleet.oracle import Key
from tests.simulation.reckoning import (
    Journey,
    Row,
    Value,
    comes_to,
    given,
    number,
    worked,
    wrong_on,
    wrong_with,
)
from tests.simulation.shelved import ShelvedOracle

TRIP, SHEET, SPAN = "trip", "timesheet", "time_span"
PARTS = ("trip_stage", "trip_meal", "trip_drive", "trip_item", "trip_receipt")
PAPERS = (TRIP, SHEET)
BELONGS = {**dict.fromkeys(PARTS, TRIP), SPAN: SHEET}  # what people write
ADDED = {
    "trip_correction": TRIP,
    "trip_objection": TRIP,
    "timesheet_day": SHEET,
    "timesheet_correction": SHEET,
}  # by the office or a job, and never changed
CONCEALED = (SPAN, "timesheet_day")  # where nobody is to be evaluated
OF_MONEY = (*PAPERS, *BELONGS, *ADDED)
BEGINS = {TRIP: "draft", SHEET: "recorded"}  # private
SETTLED = ("in_review", "approved", "reimbursed")
COUNTED = ("submitted", *SETTLED)
CORRECTED_IN = ("in_review", "approved")
STATES = {
    TRIP: ("draft", "submitted", "in_review", "rejected", "approved", "reimbursed"),
    SHEET: ("recorded", "submitted", "in_review", "rejected", "approved"),
}
# What the office may do.
STEPS = {
    (TRIP, "in_review"): ("approved", "rejected"),
    (TRIP, "approved"): ("reimbursed",),
    (SHEET, "in_review"): ("approved", "rejected"),
}


@dataclass(frozen=True)
class Paper:
    """A trip or a sheet. values: as its person wrote it. noted: when it took each step. kept: what
    the server reckoned. given: of it, what each day was given. reason: why it came back.
    """

    entity: str
    who: str
    values: Row
    status: str
    noted: Row = field(default_factory=dict)
    kept: Row = field(default_factory=dict)
    given: Mapping[int, int] = field(default_factory=dict)
    reason: Value = None

    @property
    def is_private(self) -> bool:
        """Nobody but its person has it."""
        return self.status == BEGINS[self.entity]

    @property
    def told(self) -> dict[str, Value]:
        """All that is on its row, but for who wrote it."""
        said = {"status": self.status, "reason": self.reason}
        every = {**self.values, **said, **self.noted, **self.kept}
        return {name: value for name, value in every.items() if value is not None}

    def stepped(self, status: str, at: int) -> Paper:
        """After a step, that is noted."""
        return replace(self, status=status, noted={**self.noted, f"{status}_at": at})


@dataclass(frozen=True)
class Piece:
    """What belongs to a trip or a sheet. of: that one; values: all of it."""

    entity: str
    of: bytes
    values: Row


@dataclass(frozen=True)
class Reviewed:
    """What the server's check comes to. faults: by code; minutes: by day, of a sheet."""

    faults: set[str]
    paper: Paper
    minutes: Mapping[str, int] = field(default_factory=dict)


@dataclass
class SpentOracle(ShelvedOracle):
    """With trips and sheets. piece: what people wrote; added: what office and server added to it;
    common: rows that everybody has; evaluates: whether the office sees days.
    """

    paper: dict[bytes, Paper] = field(default_factory=dict)
    piece: dict[bytes, Piece] = field(default_factory=dict)
    added: dict[bytes, Piece] = field(default_factory=dict)
    common: set[Key] = field(default_factory=set)
    evaluates: bool = True

    # -- who has what

    def slice(self, who: str, at: int, since: int | None = None) -> set[Key]:
        """All of it is personal."""
        mine = {row for row, paper in self.paper.items() if paper.who == who}
        return super().slice(who, at, since) | self.common | self._with_pieces(mine)

    def _with_pieces(self, papers: set[bytes]) -> set[Key]:
        found = {(self.paper[row].entity, row) for row in papers}
        for pieces in (self.piece, self.added):
            found |= {(piece.entity, row) for row, piece in pieces.items() if piece.of in papers}
        return found

    def public(self, top: str | None) -> set[Key]:
        """What the office sees, of somebody and whom they lead, or of everybody."""
        whose = self.people.keys() if top is None else self.below(top)
        papers = {r for r, p in self.paper.items() if not p.is_private and p.who in whose}
        found = self._with_pieces(papers)
        return found if self.evaluates else {key for key in found if key[0] not in CONCEALED}

    # -- what it comes to

    def reviewed(self, row: bytes, at: int) -> Reviewed:
        """What the server makes of one that was submitted."""
        paper = self.paper[row]
        others = [
            other
            for other, p in self.paper.items()
            if (p.entity, p.who) == (paper.entity, paper.who) and p.status in SETTLED
        ]
        if paper.entity == TRIP:
            mine, near = self.journey(row), [self.journey(other) for other in others]
            faults = wrong_with(mine, near)
            if faults:
                return Reviewed(faults, paper.stepped("rejected", at))
            kept: Row = {"currency": "EUR", "total": comes_to(mine, near)}
            return Reviewed(
                faults, replace(paper.stepped("in_review", at), kept=kept, given=given(mine, near))
            )
        spans, theirs = self.spans([row]), self.spans(others)
        faults = wrong_on(paper.values, spans, theirs)
        if faults:
            return Reviewed(faults, paper.stepped("rejected", at))
        minutes = worked(paper.values, spans)
        kept = {"minutes": sum(minutes.values())}
        return Reviewed(faults, replace(paper.stepped("in_review", at), kept=kept), minutes)

    def journey(self, trip: bytes) -> Journey:
        """A trip with its parts."""
        parts = {row: p for row, p in self.piece.items() if p.of == trip}
        return journey_of(
            {row: (p.entity, p.values) for row, p in parts.items()}, self.paper[trip].given
        )

    def spans(self, sheets: Iterable[bytes]) -> list[Row]:
        """Of some sheets."""
        of = set(sheets)
        return [p.values for p in self.piece.values() if p.entity == SPAN and p.of in of]

    def total(self, row: bytes) -> int | None:
        """With counter-entries; None before it was reckoned."""
        paper = self.paper[row]
        name, more = ("total", "difference") if paper.entity == TRIP else ("minutes", "minutes")
        if name not in paper.kept:
            return None
        entity = f"{paper.entity}_correction"
        added = [p for p in self.added.values() if (p.entity, p.of) == (entity, row)]
        return number(paper.kept, name) + sum(number(p.values, more) for p in added)


def journey_of(
    parts: Mapping[bytes, tuple[str, Row]], was_given: Mapping[int, int] | None = None
) -> Journey:
    """Of parts with their kinds."""
    of: dict[str, dict[bytes, Row]] = {kind: {} for kind in PARTS}
    for row, (kind, values) in parts.items():
        of[kind][row] = values
    stages, meals, drives, items, receipts = of.values()
    return Journey(
        list(stages.values()), list(meals.values()), list(drives.values()), items,
        frozenset(receipt["item"] for receipt in receipts.values()), was_given or {},
    )  # fmt: skip

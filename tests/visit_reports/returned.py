"""Returned reports, written straight into the tables: many, and as random as tests want them."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from syncengine.model.filling import ANSWER_FIELDS, Answer
from tests.questionnaires.forms import Data, stored
from tests.visit_reports.scene import Office

WRITTEN = ("report_template", "visit", "report", "report_answer")


@dataclass(frozen=True)
class Paper:
    """A report. edition: of its template, from 0. customer, person: their places in the scene."""

    edition: int
    answers: Sequence[Answer]
    customer: int = 0
    person: int = 0
    at: int = 0
    status: str = "returned"


@dataclass
class Archive:
    """What was written into an office's tables."""

    office: Office
    customers: Sequence[bytes]
    people: Sequence[bytes]

    def write(self, forms: Sequence[Data], papers: Sequence[Paper]) -> tuple[str, list[bytes]]:
        """(the family, its editions) with these forms and reports; nothing else is there."""
        new = self.office.environment.new_id
        templates = [new() for _ in forms]
        family = str(uuid.UUID(bytes=templates[0]))
        rows: dict[str, list[dict[str, Any]]] = {name: [] for name in WRITTEN}
        for number, (template, form) in enumerate(zip(templates, forms, strict=True), 1):
            rows["report_template"].append({
                "id": template, "title": "Shelves", "kind": "standard", "family": family,
                "edition": number, "form": stored(form), "status": "published",
            })  # fmt: skip
        for paper in papers:
            self._paper(rows, templates[paper.edition], paper)
        self._insert(rows)
        return family, templates

    def _paper(self, rows: dict[str, list[dict[str, Any]]], template: bytes, paper: Paper) -> None:
        new = self.office.environment.new_id
        visit, report, shop = new(), new(), self.customers[paper.customer]
        rows["visit"].append({
            "id": visit, "customer": shop, "employee": self.people[paper.person],
            "checked_in_at": paper.at, "status": "closed",
        })  # fmt: skip
        rows["report"].append({
            "id": report, "template": template, "visit": visit, "customer": shop,
            "status": paper.status,
        })  # fmt: skip
        for answer in paper.answers:
            fields = {name: getattr(answer, name) for name in (*ANSWER_FIELDS, "article")}
            row_id = answer.id[:8] + new()[8:]  # of its own, and sorted as the answer's
            rows["report_answer"].append({"id": row_id, "report": report, **fields})

    def _insert(self, rows: dict[str, list[dict[str, Any]]]) -> None:
        tables = self.office.store.tables
        with self.office.store.engine.begin() as connection:
            for name in reversed(WRITTEN):
                connection.execute(sa.delete(tables[name]))
            for name, some in rows.items():
                for row in some:
                    connection.execute(sa.insert(tables[name]).values(version=1, **row))

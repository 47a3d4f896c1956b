"""A report as it stands: the form of its template, the answers, and what is still missing."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import cast

from device_sdk import Device, Row
from syncengine.model.fields import Value
from syncengine.model.filling import ANSWER_FIELDS, Answer, Standing, answer_of, judge
from syncengine.model.questionnaire import Form, Kind, Question
from syncengine.model.questionnaire_field import form_of

FIELD_OF = {
    Kind.ONE: "text",
    Kind.MANY: "choices",
    Kind.YES_NO: "yes",
    Kind.TEXT: "text",
    Kind.NUMBER: "amount",
    Kind.DATE: "day",
    Kind.RATING: "amount",
    Kind.PHOTO: "file",
    Kind.SIGNATURE: "file",
    Kind.BAR_CODE: "text",
}
VALUES = frozenset(FIELD_OF.values())


class NotHere(LookupError):
    """There is no such visit, report, question or photo on this device, or it does not apply."""


@dataclass(frozen=True)
class Photo:
    """answer: the row to remove it by. file: its SHA-256, of `device.attachments`."""

    answer: uuid.UUID
    position: int
    file: bytes


@dataclass(frozen=True)
class Filling:
    """A report and how far it is. reason: why the office gave it back. standing: question by
    question, in order; what it is lacking keeps it from being confirmed.
    """

    report: uuid.UUID
    template: uuid.UUID
    visit: uuid.UUID
    customer: uuid.UUID
    title: str
    edition: int
    status: str
    reason: str
    form: Form
    answers: tuple[Answer, ...]
    standing: Standing

    def value(self, question: str, article: uuid.UUID | None = None) -> Value:
        """What was answered, as `answer` takes it; of photos, see `photos`."""
        field = FIELD_OF[self.question(question, article).kind]
        found = [one for one in self._of(question, article) if one.position == 0]
        stored = getattr(max(found, key=lambda one: one.id), field) if found else None
        return None if stored is None else ANSWER_FIELDS[field].load(stored)

    def photos(self, question: str, article: uuid.UUID | None = None) -> tuple[Photo, ...]:
        """Those of a question that count, in order."""
        counting = {
            one.position: Photo(uuid.UUID(bytes=one.id), one.position, one.file)
            for one in sorted(self._of(question, article), key=lambda one: one.id)
            if one.file is not None
        }
        return tuple(counting[position] for position in sorted(counting))

    def question(self, key: str, article: uuid.UUID | None = None) -> Question:
        """Of the form, for that article where there are articles; NotHere."""
        place = (key, article.bytes if article else None)
        if place not in self.standing.by_place:
            raise NotHere(f"{key} of {article or 'no article'}")
        return self.standing.by_place[place].question

    def row(self, question: str, article: uuid.UUID | None) -> uuid.UUID | None:
        """The row of the answer that counts."""
        ids = [one.id for one in self._of(question, article) if one.position == 0]
        return uuid.UUID(bytes=max(ids)) if ids else None

    def _of(self, question: str, article: uuid.UUID | None) -> Iterable[Answer]:
        place = (question, article.bytes if article else None)
        return (one for one in self.answers if (one.question, one.article) == place)


def filling_of(device: Device, report: Row) -> Filling:
    """NotHere where its template has left the device: it comes back with the next sync."""
    template = _id(report, "template")
    sql = "SELECT title, edition, form FROM report_template WHERE id=?"
    found = device.query(sql, [template])
    if not found:
        raise NotHere(str(template))
    title, edition, written = found[0]
    form = form_of(str(written))
    answers = _answers(device, report)
    return Filling(
        report.id,
        template,
        _id(report, "visit"),
        _id(report, "customer"),
        str(title),
        cast(int, edition),
        str(report["status"]),
        str(report["reason"] or ""),
        form,
        answers,
        judge(form, answers),
    )


def _answers(device: Device, report: Row) -> tuple[Answer, ...]:
    entity = device.schema.entities["report_answer"]
    columns = ",".join(["id", *(f'"{field.name}"' for field in entity.fields)])
    sql = f"SELECT {columns} FROM report_answer WHERE report=? ORDER BY id"
    found = device.query(sql, [report.id])
    return tuple(answer_of(entity, cast(bytes, row[0]), row[1:]) for row in found)


def _id(row: Row, field: str) -> uuid.UUID:
    return cast(uuid.UUID, row[field])

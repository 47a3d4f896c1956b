"""One report: what was answered, by whom, for whom and when; and giving it back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from modules.visit_reports.evaluation.said import FILES, values_of
from modules.visit_reports.portal.drafts import form_in
from modules.visit_reports.portal.reading import REPORT, TEMPLATE
from modules.visit_reports.portal.returned import PANEL, REPORTS, viewer
from modules.visit_reports.portal.telling import Telling
from server.portal.public import (
    Asked,
    Form,
    NotAllowed,
    Portal,
    Wrong,
    found_row,
    operation_on,
    read,
    to,
    write,
)
from syncengine.model.entity import Action
from syncengine.model.filling import Answer, Item, answer_of, counting, judge
from syncengine.model.ids import to_text
from syncengine.model.questionnaire import Form as Questionnaire
from syncengine.model.rights import Right, Rights
from syncengine.store import listing
from syncengine.store.database import reading
from syncengine.store.listing import Listed, Wanted

ANSWERS = 20_000  # of a report that are read
TIMES = ("completed_at", "confirmed_at", "returned_at", "reopened_at")


@dataclass(frozen=True)
class Line:
    """An answer. said: nothing, where none was given. files: where its pictures are."""

    text: str
    said: str
    files: Sequence[str]


@dataclass(frozen=True)
class Block:
    """Answers under the title of their section; of one article, in a matrix."""

    title: str
    article: str
    lines: Sequence[Line]


def report(portal: Portal, asked: Asked) -> Response:
    """What was answered, in the order of the questions of the version that it was begun with."""
    rights, store = viewer(asked), portal.store
    entity = store.schema.entities[REPORT]
    row = found_row(portal, asked, entity)
    visit = _other(portal, rights, row, "visit")
    template = _other(portal, rights, row, "template", TEMPLATE)
    titles = listing.reference_titles(store, rights, entity, [row])
    more = listing.reference_titles(store, rights, store.schema.entities["visit"], (
        [visit] if visit else []))  # fmt: skip
    return portal.page(
        asked, f"visit_reports/{'report_body' if asked.partial else 'report'}.html",
        open_="visit_reports/reports", row=row.values, place=f"{REPORTS}/{to_text(row.id)}",
        named={name: title for (name, _), title in {**more, **titles}.items()}, times=TIMES,
        visit=visit.values if visit else None, asks=template.values if template else None,
        at_visit=portal.blocks(asked, visit, "visit") if visit else [],
        template_id=to_text(template.id) if template else "", panel=PANEL, all_=REPORTS,
        blocks=list(_blocks(portal, asked, row, form_in(template))) if template else [],
        may_reopen=row.values["status"] == "returned" and _may_reopen(rights),
        row_id=to_text(row.id), saved=asked.value("saved"),
    )  # fmt: skip


def _may_reopen(rights: Rights) -> bool:
    return rights.may(Right.EDIT, REPORT)


def _other(
    portal: Portal, rights: Rights, row: Listed, name: str, entity: str = ""
) -> Listed | None:
    """The row that a report refers to; None where there is none, or none for this user."""
    named = row.values[name]
    if not isinstance(named, bytes) or not rights.may(Right.VIEW, entity or name):
        return None
    return listing.one(portal.store, rights, entity or name, named)


def _blocks(portal: Portal, asked: Asked, row: Listed, form: Questionnaire) -> Iterator[Block]:
    """What was asked, in order; skipped questions are left out, whatever is stored for them."""
    store, rights, tell = portal.store, asked.signed_in.rights, Telling(portal, asked)
    entity = store.schema.entities["report_answer"]
    rows, _ = listing.page(
        store, rights, Wanted(entity.name, filters=((REPORT, row.id),)), ANSWERS, None
    )
    answers = [
        answer_of(entity, one.id, [one.values[f.name] for f in entity.fields]) for one in rows
    ]
    given = counting(answers)
    asked_for = [item for item in judge(form, answers).items if item.asked]
    with reading(store.engine) as connection:
        ids = {item.article for item in asked_for if item.article}
        titles = listing.titles(connection, store, rights, "article", ids)
    found: dict[tuple[str, bytes | None], list[Line]] = {}
    for item in asked_for:
        rows_of = given.get((item.question.key, item.article), {})
        found.setdefault((item.section.key, item.article), []).append(_line(tell, item, rows_of))
    sections = {section.key: section for section in form.sections}
    for (key, article), lines in found.items():
        yield Block(tell.said(sections[key].title), titles.get(article or b"", ""), lines)


def _line(tell: Telling, item: Item, given: Mapping[int, Answer]) -> Line:
    question = item.question
    text = tell.said(question.text)
    if question.kind in FILES:
        return Line(text, "", [
            f"/portal/data/report_answer/{to_text(one.id)}/attachment/file"
            for _, one in sorted(given.items()) if one.file is not None
        ])  # fmt: skip
    values = values_of(question, given)
    return Line(text, ", ".join(tell.value(question, value) for value in values), ())


def reopen(portal: Portal, asked: Asked) -> Response:
    """Give a returned report back to the rep, with a reason."""
    rights, entity = viewer(asked), portal.store.schema.entities[REPORT]
    if not _may_reopen(rights):
        raise NotAllowed
    row = found_row(portal, asked, entity)
    place, form = f"{REPORTS}/{to_text(row.id)}", Form({"reason": ""}, {}, row.version)
    if row.values["status"] != "returned":
        return to(place)
    if asked.method == "POST":
        form.texts["reason"] = asked.value("reason")
        try:
            reason = read(asked.words, entity.by_name["reason"], form.texts["reason"])
            if reason is None:
                raise Wrong(asked.words("This is needed."))
            given: dict[str, Any] = {"status": "in_progress", "reason": reason}
            write(portal, asked, [operation_on(portal, Action.UPDATE, entity, row.id, given)], form)
        except Wrong as wrong:
            form.errors["reason"] = str(wrong)
        if not (form.errors or form.general):
            return to(f"{place}?saved=reopened")
    titles = listing.reference_titles(portal.store, rights, entity, [row])
    named = {name: title for (name, _), title in titles.items()}
    return portal.page(
        asked, "visit_reports/reopen.html", 422 if form.errors or form.general else 200,
        open_="visit_reports/reports", form=form, place=place, named=named,
        limit=getattr(entity.by_name["reason"].type, "limit", 0),
    )  # fmt: skip

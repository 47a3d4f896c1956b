"""The answers behind a figure: reports with what they say, or pictures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from modules.visit_reports.evaluation.answers import Behind, Given, answers
from modules.visit_reports.evaluation.counted import Subject
from modules.visit_reports.evaluation.said import FILES
from modules.visit_reports.portal.evaluation_form import Evaluated, evaluated, evaluator
from modules.visit_reports.portal.returned import REPORTS
from modules.visit_reports.portal.telling import Telling
from server.portal.public import Asked, Portal, Unclear, Unseen
from syncengine.model.ids import from_text, is_id, to_text
from syncengine.model.questionnaire import Kind, Question
from syncengine.model.questionnaire_field import form_of
from syncengine.model.rights import Rights
from syncengine.store import listing
from syncengine.store.database import reading

PAGE = 50
NAMED = ("question", "kind", "unit", "article", "value")  # beside what is evaluated


@dataclass(frozen=True)
class Line:
    """An answer. said: in words. file: the address of its picture."""

    given: Given
    href: str
    said: str
    article: str
    file: str


def behind(portal: Portal, asked: Asked) -> Response:
    """A page of them, the newest first."""
    rights, asks = evaluator(asked), evaluated(portal, asked)
    if asks.chosen is None:
        raise Unclear
    wanted, question = _wanted(asks, asked)
    try:
        found, onward = answers(portal.store, rights, asks.chosen, wanted, PAGE, _after(asked))
    except ValueError:
        raise Unclear from None
    tell, here = Telling(portal, asked), {name: asked.value(name) for name in NAMED}
    return portal.page(
        asked, "visit_reports/answers.html", open_="visit_reports/evaluation", asks=asks,
        text=tell.said(question.text), said=_said(tell, question, wanted),
        pictures=question.kind in FILES, back=asks.address() + f"#q-{question.key}",
        first=asks.address("/answers", **here), later=bool(asked.value("after")),
        following=asks.address("/answers", **here, after=to_text(onward)) if onward else "",
        **_lines(portal, rights, tell, found),
    )  # fmt: skip


def _wanted(asks: Evaluated, asked: Asked) -> tuple[Behind, Question]:
    """What is asked for, with the question as the newest edition has it that asks it."""
    try:
        subject = Subject(asked.value("question"), Kind(asked.value("kind")), asked.value("unit"))
        article = bytes.fromhex(asked.value("article")) or None
    except ValueError:
        raise Unclear from None
    if article is not None and not is_id(article):
        raise Unclear
    for row in asks.editions:
        question = form_of(str(row.values["form"])).questions.get(subject.key)
        if question is not None and Subject.of(question) == subject:
            return Behind(subject, article, asked.value("value")[:100]), question
    raise Unseen


def _after(asked: Asked) -> bytes | None:
    text = asked.value("after")
    try:
        return from_text(text) if text else None
    except ValueError:
        raise Unclear from None


def _said(tell: Telling, question: Question, wanted: Behind) -> str:
    """The value that is asked for, where it is a choice."""
    if question.kind is Kind.YES_NO and wanted.value:
        return tell.value(question, wanted.value == "true")
    if question.kind in (Kind.ONE, Kind.MANY) and wanted.value:
        return tell.value(question, wanted.value)
    return ""


def _lines(portal: Portal, rights: Rights, tell: Telling, found: list[Given]) -> dict[str, Any]:
    with reading(portal.store.engine) as connection:

        def titles(entity: str, ids: set[Any]) -> dict[bytes, str]:
            return listing.titles(connection, portal.store, rights, entity, ids)

        shops = titles("customer", {one.report.customer for one in found})
        people = titles("employee", {one.report.employee for one in found})
        articles = titles("article", {one.article for one in found})
    lines = [
        Line(
            one, f"{REPORTS}/{to_text(one.report.id)}",
            ", ".join(tell.value(one.question, value) for value in one.values),
            articles.get(one.article, "") if one.article else "",
            f"/portal/data/report_answer/{to_text(one.id)}/attachment/file",
        )
        for one in found
    ]  # fmt: skip
    return {"lines": lines, "shops": shops, "people": people, "articles": articles}

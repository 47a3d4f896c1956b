"""The answers behind a figure, the newest first, page by page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from modules.visit_reports.evaluation.asked import answers_to, by_report
from modules.visit_reports.evaluation.chosen import ANSWER, REPORT, TEMPLATE, VISIT, Chosen, reports
from modules.visit_reports.evaluation.counted import Subject
from modules.visit_reports.evaluation.said import deciding, skippable, values_of
from syncengine.model.fields import INT64_MAX, Stored
from syncengine.model.filling import ANSWER_FIELDS, Answer, judge
from syncengine.model.questionnaire import Form, Kind, Question
from syncengine.model.questionnaire_field import form_of
from syncengine.model.rights import Rights
from syncengine.store.database import reading
from syncengine.store.store import Store

EDITIONS = 100  # of a family, the newest ones
LOOKS = 20  # pages of candidates that are looked through for one page
RANGE = ".."  # between two amounts in stored units, the second one left out


@dataclass(frozen=True)
class Behind:
    """Which answers: to a question, of an article, that give a value. value: as `text_of` and
    `range_of` write it; empty: any.
    """

    subject: Subject
    article: bytes | None = None
    value: str = ""


@dataclass(frozen=True)
class Given:
    """An answer with its report. id: of the row that answers, or has the photo."""

    id: bytes
    report: sa.Row[Any]
    question: Question
    article: bytes | None
    values: Sequence[Stored]


def text_of(value: Stored) -> str:
    """A value of a choice, a rating or yes and no, as an address names it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def range_of(low: int, high: int) -> str:
    """Amounts from `low` on and below `high`."""
    return f"{low}{RANGE}{high}"


def answers(
    store: Store, rights: Rights, chosen: Chosen, behind: Behind, limit: int, after: bytes | None
) -> tuple[list[Given], bytes | None]:
    """(at most so many that the user may see, the place where the next page begins). ValueError:
    the value is none of such a question.
    """
    with reading(store.engine) as connection:
        forms = _forms(connection, store, chosen, behind.subject)
        wanted = _candidates(store, rights, chosen, behind, forms).limit(limit + 1)
        found: list[Given] = []
        for _ in range(LOOKS):
            some = wanted if after is None else wanted.where(store.tables[ANSWER].c.id < after)
            rows = connection.execute(some).all()
            for given in _asked(connection, store, behind, forms, rows[:limit]):
                if len(found) == limit:
                    return found, found[-1].id
                found.append(given)
            if len(rows) <= limit:
                return found, None
            after = rows[limit - 1].answer
    return found, after


def _forms(
    connection: sa.Connection, store: Store, chosen: Chosen, subject: Subject
) -> dict[bytes, Form]:
    """Of the editions that ask the question."""
    t = store.tables[TEMPLATE].c
    wanted = sa.select(t.id, t.form).where(t.family == chosen.family)
    rows = connection.execute(wanted.order_by(t.edition.desc()).limit(EDITIONS))
    forms = {row.id: form_of(row.form) for row in rows}
    return {
        template: form for template, form in forms.items()
        if (one := form.questions.get(subject.key)) and Subject.of(one) == subject
    }  # fmt: skip


def _candidates(
    store: Store, rights: Rights, chosen: Chosen, behind: Behind, forms: Mapping[bytes, Form]
) -> sa.Select[Any]:
    report, template, visit = (store.tables[name].c for name in (REPORT, TEMPLATE, VISIT))
    answer, key, kind = store.tables[ANSWER], behind.subject.key, behind.subject.kind
    a = answer.c
    about = sa.true() if behind.article is None else a.article == behind.article
    every = reports(
        store, rights, chosen, report.customer, template.title, template.edition, visit.employee,
        visit.checked_in_at,
    ).cte()  # fmt: skip
    return (
        sa.select(*every.c, a.id.label("answer"), a.article, *(a[name] for name in ANSWER_FIELDS))
        .join_from(every, answer, a.report == every.c.id)
        .where(sa.or_(sa.false(), *(
            sa.and_(every.c.template == one, answers_to(store, form, (key,), (kind,)))
            for one, form in forms.items()
        )))
        .where(about, _gives(answer, kind, behind.value))
        .order_by(a.id.desc())
    )  # fmt: skip


def _gives(table: sa.Table, kind: Kind, value: str) -> sa.ColumnElement[bool]:
    """Whether a row gives the value; of many choices, whether it may. ValueError."""
    a = table.c
    if not value:
        return sa.true()
    match kind:
        case Kind.YES_NO if value in ("true", "false"):
            return a.yes.is_(value == "true")
        case Kind.ONE:
            return a.text == value
        case Kind.MANY:
            return a.choices.contains(f'"{value}"', autoescape=True)
        case Kind.RATING:
            return a.amount == _amount(value)
        case Kind.NUMBER:
            low, _, high = value.partition(RANGE)
            return sa.and_(a.amount >= _amount(low), a.amount < _amount(high))
        case Kind.DATE:
            return sa.func.substr(a.day, 1, len(value)) == value
    raise ValueError(value)


def _amount(text: str) -> int:
    """In stored units; ValueError."""
    amount = int(text)
    if abs(amount) > INT64_MAX:
        raise ValueError(text)
    return amount


def _asked(
    connection: sa.Connection,
    store: Store,
    behind: Behind,
    forms: Mapping[bytes, Form],
    rows: Sequence[sa.Row[Any]],
) -> list[Given]:
    """Those of the candidates whose question was asked and that give the value."""
    key, found = behind.subject.key, list[Given]()
    skipped = _skipped(connection, store, {row.id: row.template for row in rows}, forms, key)
    for row in rows:
        question = forms[row.template].questions[key]
        fields = {name: getattr(row, name) for name in ANSWER_FIELDS}
        answer = Answer(row.answer, article=row.article, **fields)
        values = values_of(question, {0: answer})
        exact = not behind.value or question.kind is not Kind.MANY or behind.value in values
        if exact and (row.id, row.article) not in skipped:
            found.append(Given(row.answer, row, question, row.article, values))
    return found


def _skipped(
    connection: sa.Connection,
    store: Store,
    templates: Mapping[bytes, bytes],
    forms: Mapping[bytes, Form],
    key: str,
) -> set[tuple[bytes, bytes | None]]:
    """(report, article) where a question was not asked. templates: of each report."""
    deciders = {one: deciding(form) for one, form in forms.items() if key in skippable(form)}
    found: set[tuple[bytes, bytes | None]] = set()
    if not deciders:
        return found
    r = store.tables[REPORT].c
    some = sa.select(r.id).where(r.id.in_(list(templates))).subquery()
    needed = {name for form in deciders.values() for name in form.questions}
    for row, given in by_report(connection, store, some, needed):
        form = deciders.get(templates[row.id])
        for item in judge(form, given).items if form is not None else ():
            if item.question.key == key and not item.asked:
                found.add((row.id, item.article))
    return found

"""Rates and limits with the time in which they are valid: what is valid today, what was, what
follows, and where two of the same are valid at once.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations

from starlette.responses import Response

from modules.expenses.portal.reading import Loaded, loaded
from modules.expenses.words import country, money, vehicle
from server.portal.public import Asked, Portal, Unseen, Words
from syncengine.model.rights import Right, Rights
from syncengine.store import listing
from syncengine.store.listing import Listed, Wanted

KINDS = {"per_diem_rate": "country", "mileage_rate": "vehicle", "expense_limit": "expense_type"}
MOST = 2_000  # rows of a kind that are shown: 200 countries for ten years
RATES = "/portal/expenses/rates"


@dataclass(frozen=True)
class Rate:
    """A line of the page. mood: valid, to_come or over. overlaps: with another of the same."""

    id: str
    valid_from: str
    valid_until: str
    amounts: str
    source: str
    mood: str
    overlaps: bool


@dataclass(frozen=True)
class Kind:
    """A table of the page. groups: (what they are for, its rates, the newest first)."""

    entity: str
    groups: list[tuple[str, list[Rate]]]
    may_add: bool
    more: bool


def rates(portal: Portal, asked: Asked) -> Response:
    """The page."""
    rights = asked.signed_in.rights
    shown = [kind for kind in KINDS if rights.may(Right.VIEW, kind)]
    if not shown:
        raise Unseen
    kinds = [_kind(portal, asked, rights, kind) for kind in shown]
    return portal.page(asked, "expenses/rates.html", open_="expenses/rates", kinds=kinds)


def beside(portal: Portal, asked: Asked, row: Listed, entity: str) -> str:
    """On the page of a rate: which others of the same are valid at the same time."""
    rights, of = asked.signed_in.rights, portal.store.schema.entities[entity]
    mine = loaded(of, row)
    same = _rows(portal, rights, entity, ((KINDS[entity], row.values[KINDS[entity]]),))[0]
    others = [one for one in same if one["id"] != mine["id"] and overlap(mine, one)]
    if not others:
        return ""
    lines = [(str(one["id"]), *_span(asked.words, one)) for one in others]
    return portal.render(asked, "expenses/overlaps.html", entity=entity, lines=lines, place=RATES)


def overlap(one: Loaded, other: Loaded) -> bool:
    """Whether two are valid on a day."""
    return _begins_before_end(one, other) and _begins_before_end(other, one)


def _begins_before_end(one: Loaded, other: Loaded) -> bool:
    until: dt.date | None = other["valid_until"]
    begins: dt.date = one["valid_from"]
    return until is None or begins <= until


def _rows(
    portal: Portal, rights: Rights, kind: str, filters: Sequence[tuple[str, object]] = ()
) -> tuple[list[Loaded], bool]:
    entity = portal.store.schema.entities[kind]
    wanted = Wanted(kind, filters=tuple(filters), order="valid_from", descending=True)  # type: ignore[arg-type]
    rows, more = listing.page(portal.store, rights, wanted, MOST, None)
    return [loaded(entity, row) for row in rows], more


def _kind(portal: Portal, asked: Asked, rights: Rights, kind: str) -> Kind:
    w, (rows, more) = asked.words, _rows(portal, rights, kind)
    today = w.local(portal.store.environment.now()).date()
    by: defaultdict[object, list[Loaded]] = defaultdict(list)
    for row in rows:
        by[row[KINDS[kind]]].append(row)
    called = _called(portal, asked, rights, kind, by)
    groups = [(called(what), _lines(w, kind, found, today)) for what, found in by.items()]
    absent = portal.store.schema.entities[kind].absent
    return Kind(
        kind, sorted(groups, key=lambda one: one[0].casefold()),
        not absent and rights.may(Right.ADD, kind), more,
    )  # fmt: skip


def _called(
    portal: Portal, asked: Asked, rights: Rights, kind: str, by: dict[object, list[Loaded]]
) -> Callable[[object], str]:
    w = asked.words
    if kind == "per_diem_rate":
        return lambda code: f"{country(w, str(code))} ({code})"
    if kind == "mileage_rate":
        return lambda name: vehicle(w, str(name))
    ids = [what.bytes for what in by if what is not None]  # type: ignore[attr-defined]
    rows = listing.several(portal.store, rights, "expense_type", ids)
    names = {row.id: str(row.values["name"]) for row in rows}
    return lambda what: names.get(what.bytes, "?") if what else w("All kinds of expenses")  # type: ignore[attr-defined]


def _lines(w: Words, kind: str, rows: list[Loaded], today: dt.date) -> list[Rate]:
    twice = {one["id"] for pair in combinations(rows, 2) if overlap(*pair) for one in pair}
    return [
        Rate(
            str(row["id"]), *_span(w, row), _amounts(w, kind, row), row["source"],
            _mood(row, today), row["id"] in twice,
        )
        for row in rows
    ]  # fmt: skip


def _mood(row: Loaded, today: dt.date) -> str:
    if row["valid_from"] > today:
        return "to_come"
    return "valid" if row["valid_until"] is None or today <= row["valid_until"] else "over"


def _span(w: Words, row: Loaded) -> tuple[str, str]:
    until = row["valid_until"]
    return w.day(row["valid_from"]), w.day(until) if until else ""


def _amounts(w: Words, kind: str, row: Loaded) -> str:
    def said(name: str) -> str:
        return money(w, row[name], row["currency"])

    match kind:
        case "per_diem_rate":
            meals = "/".join(
                w.number(row[f"{meal}_percent"].quantize(Decimal(1)))
                for meal in ("breakfast", "lunch", "dinner")
            )
            return w(
                "%(whole)s a day, %(part)s for part of one longer than %(hours)s; meals"
                " %(meals)s%%",
                whole=said("whole_day"), part=said("part_day"), meals=meals,
                hours=f"{row['longer_than'] // 60}:{row['longer_than'] % 60:02} h",
            )  # fmt: skip
        case "mileage_rate":
            return w("%(amount)s a kilometre", amount=said("per_km"))
        case _:
            told = []
            if row["most"] is not None:
                told.append(w("at most %(amount)s", amount=said("most")))
            if row["receipt_above"] is not None:
                told.append(w("a receipt above %(amount)s", amount=said("receipt_above")))
            return ", ".join(told)

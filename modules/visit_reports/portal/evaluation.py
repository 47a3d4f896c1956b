"""The evaluation: what the returned reports of a template come to, question by question."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

from starlette.responses import Response

from modules.visit_reports.evaluation.answers import Behind, answers
from modules.visit_reports.evaluation.chosen import By, leader
from modules.visit_reports.evaluation.counted import (
    MOST_REPORTS,
    OTHERS,
    Figures,
    Subject,
    TooManyReports,
    figures,
)
from modules.visit_reports.portal.evaluation_cards import Cards, Picture
from modules.visit_reports.portal.evaluation_figures import Place
from modules.visit_reports.portal.evaluation_form import (
    EVALUATION,
    Evaluated,
    evaluated,
    evaluator,
)
from modules.visit_reports.portal.reading import by_status
from modules.visit_reports.portal.returned import REPORTS
from modules.visit_reports.portal.telling import Telling
from server.portal.public import Asked, Portal
from syncengine.model.ids import to_text
from syncengine.model.rights import Rights
from syncengine.store import listing
from syncengine.store.database import reading

PICTURES = 6  # of a question that stand on its card
NODES = {By.MARKET: "market", By.EMPLOYEE: "employee"}


def evaluation(portal: Portal, asked: Asked) -> Response:
    """Of what was chosen; without a template, those that there are."""
    rights, asks = evaluator(asked), evaluated(portal, asked)
    found: Figures | None = None
    too_many = False
    if asks.chosen is not None:
        try:
            found = figures(portal.store, rights, asks.chosen, asks.grouping)
        except TooManyReports:
            too_many = True
    cards = _cards(portal, asked, rights, asks, found) if found is not None else None
    return portal.page(
        asked, "visit_reports/evaluation.html", open_="visit_reports/evaluation", asks=asks,
        figures=found, too_many=MOST_REPORTS if too_many else 0, bys=list(By), place=EVALUATION,
        sections=cards.parts() if cards else [], groups=_groups(cards), single=_single(asks),
        families=[] if asks.title else _families(portal, rights, asks),
    )  # fmt: skip


def _families(portal: Portal, rights: Rights, asks: Evaluated) -> list[tuple[str, str, int]]:
    """(title, address, reports that have returned)."""
    counts = by_status(portal.store, rights, list(dict(asks.families)))
    return [
        (title, asks.address(template=family), counts.get(family, {}).get("returned", 0))
        for family, title in asks.families
    ]


def _single(asks: Evaluated) -> tuple[str, int] | None:
    """(id, number) of the edition that there is a table of its own of: the chosen one, else the
    newest; None: nothing is chosen.
    """
    if asks.chosen is None:
        return None
    wanted = asks.chosen.template or asks.editions[0].id
    row = next(row for row in asks.editions if row.id == wanted)
    return to_text(row.id), int(str(row.values["edition"]))


def _groups(cards: Cards | None) -> list[tuple[Place, int]]:
    """With how many reports each has."""
    if cards is None:
        return []
    return [(place, cards.figures.groups[place.value]) for place in cards.places]


def _cards(portal: Portal, asked: Asked, rights: Rights, asks: Evaluated, found: Figures) -> Cards:
    places = list(_places(portal, asked, rights, asks, found))
    articles = {article for _, article, _ in found.tallies if article}
    for edition in found.editions:
        for section in edition.form.sections:
            articles.update(section.articles or ())
    with reading(portal.store.engine) as connection:
        titles = listing.titles(connection, portal.store, rights, "article", articles)

    def pictures(subject: Subject) -> Sequence[Picture]:
        return list(_newest(portal, rights, asks, Behind(subject)))

    return Cards(Telling(portal, asked), found, asks.address, places, titles, pictures)


def _newest(portal: Portal, rights: Rights, asks: Evaluated, behind: Behind) -> Iterator[Picture]:
    assert asks.chosen is not None
    given, _ = answers(portal.store, rights, asks.chosen, behind, PICTURES, None)
    with reading(portal.store.engine) as connection:
        shops = {one.report.customer for one in given}
        titles = listing.titles(connection, portal.store, rights, "customer", shops)
    for one in given:
        file = f"/portal/data/report_answer/{to_text(one.id)}/attachment/file"
        href = f"{REPORTS}/{to_text(one.report.id)}"
        yield Picture(file, titles.get(one.report.customer, ""), href)


def _places(
    portal: Portal, asked: Asked, rights: Rights, asks: Evaluated, found: Figures
) -> Iterator[Place]:
    """The groups, in the order in which they are read."""
    by, w = asks.grouping.by, asked.words
    if by is By.NOTHING:
        return
    nodes = [group for group in found.groups if isinstance(group, bytes)]
    if by in NODES:
        yield from _nodes(portal, asked, rights, asks, nodes)
    for index in sorted(group for group in found.groups if isinstance(group, int)):
        yield _month(asked, asks, index)
    if OTHERS in found.groups:
        yield Place(OTHERS, w("Others"))
    if None in found.groups:
        yield Place(None, w("Without"))


def _nodes(
    portal: Portal, asked: Asked, rights: Rights, asks: Evaluated, nodes: Sequence[bytes]
) -> Iterator[Place]:
    assert asks.chosen is not None
    name = NODES[asks.grouping.by]
    chosen = asks.chosen.market if name == "market" else leader(rights, asks.chosen)
    rows = {row.id: row for row in listing.several(portal.store, rights, name, nodes)}
    with reading(portal.store.engine) as connection:
        titles = listing.titles(connection, portal.store, rights, name, nodes)
    for node in sorted(nodes, key=lambda one: (one == chosen, titles[one].casefold())):
        if node == chosen:
            yield Place(node, asked.words("%(name)s itself", name=titles[node]))
        else:
            number = str(rows[node].values["number"]) if node in rows else ""
            yield Place(node, titles[node], {name: number} if number else None)


def _month(asked: Asked, asks: Evaluated, index: int) -> Place:
    """By how many of the months have begun."""
    w, begins = asked.words, asks.grouping.months
    if index == 0:
        return Place(index, w("Before"))
    first = w.local(begins[index - 1]).date()
    if index == len(begins):
        return Place(index, w("Later"), {"from": first.isoformat()})
    last = w.local(begins[index]).date() - dt.timedelta(days=1)
    narrowed = {"from": first.isoformat(), "until": last.isoformat()}
    return Place(index, w.month(first), narrowed)

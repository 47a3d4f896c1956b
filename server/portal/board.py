"""The substitution board (D6): one switch a rep, now or dated, with a preview before saving."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from starlette.responses import Response

from server.portal.asked import Asked
from server.portal.pages import Portal
from server.portal.refusals import Unseen
from server.substitution import DESIGNATED, standing_links
from syncengine.model.ids import to_text
from syncengine.model.rights import Right, Rights
from syncengine.store import listing
from syncengine.store.database import reading
from syncengine.store.listing import Listed, Wanted
from syncengine.store.substitutions import Link

PAGE = 100
MAX_CHAIN = 8  # people of a chain that are shown
ENTITY = "substitution"


@dataclass(frozen=True)
class Line:
    """A rep on the board. state: here, away, to_come, ending (the trail), starting (the lead)."""

    id: str
    title: str
    designated: str
    link: Link | None
    state: str
    chain: tuple[str, ...]
    also: int  # further substitutions of this person


def board(portal: Portal, asked: Asked) -> Response:
    """Who is away and who stands in for them; everybody who can be."""
    rights = rights_to(asked, Right.VIEW)
    store, people = portal.store, portal.store.schema.people
    links = standing_links(store)
    search = asked.value("q").strip()[:100]
    owned = ("customer", "owner") if "customer" in store.tables and not search else None
    wanted = Wanted(people, search, (("active", True),), owned, "number")
    rows, more = listing.page(store, rights, wanted, PAGE, None)
    others = dict.fromkeys(link.absent for link in links)
    for row in rows:
        others.pop(row.id, None)
    if others and not search:
        away = {row.id: row for row in listing.several(store, rights, people, others)}
        rows = [*(away[person] for person in others if person in away), *rows]
    only_away = asked.value("away") == "1"
    lines = _lines(portal, asked, links, rows)
    shown = sorted(
        (line for line in lines if not only_away or line.link), key=lambda line: line.link is None
    )
    return portal.page(
        asked, "substitutions_rows.html" if asked.partial else "substitutions.html",
        open_="substitutions", lines=shown, more=more, search=search, only_away=only_away,
        away=sum(line.link is not None for line in lines),
    )  # fmt: skip


def state_of(link: Link | None, now: int) -> str:
    """What the board calls it."""
    if link is None:
        return "here"
    if link.write.contains(now):
        return "away"
    if link.hold.contains(now):
        return "ending" if link.write.over(now) else "starting"
    return "to_come"


def _lines(
    portal: Portal, asked: Asked, links: Sequence[Link], rows: Sequence[Listed]
) -> list[Line]:
    """A line a row; the chain says who stands in for the substitute, and so on."""
    now = portal.store.environment.now()
    onward = {
        link.absent: link.substitute
        for link in links
        if link.hold.contains(now) and not link.only_listed
    }
    designated = {row.values.get(DESIGNATED) for row in rows}
    ids = {row.id for row in rows} | {x.substitute for x in links} | designated
    called = names(portal, asked, ids)
    found = []
    for row in rows:
        own = [link for link in links if link.absent == row.id]
        link = next((x for x in own if x.hold.contains(now)), own[0] if own else None)
        state = state_of(link, now)
        chain: list[bytes] = []
        person = link.substitute if link else None
        while person is not None and person not in chain and len(chain) < MAX_CHAIN:
            chain.append(person)
            person = onward.get(person) if state != "to_come" else None
        stands_in = row.values.get(DESIGNATED)
        found.append(
            Line(
                to_text(row.id), called[row.id],
                called[stands_in] if isinstance(stands_in, bytes) else "", link, state,
                tuple(called[p] for p in chain), max(len(own) - 1, 0),
            )
        )  # fmt: skip
    return found


def names(portal: Portal, asked: Asked, people: Iterable[object]) -> dict[bytes, str]:
    """What people are called."""
    store, rights = portal.store, asked.signed_in.rights
    ids = [p for p in people if isinstance(p, bytes)]
    with reading(store.engine) as connection:
        return listing.titles(connection, store, rights, store.schema.people, ids)


def rights_to(asked: Asked, right: Right) -> Rights:
    """The user's, unless they do not have this one for substitutions: Unseen."""
    rights = asked.signed_in.rights
    if not rights.may(right, ENTITY):
        raise Unseen
    return rights

"""What a person's devices hold, as the rep sees it: counts by kind and reason, and the rows."""

from __future__ import annotations

from dataclasses import replace

from starlette.responses import Response

from server.portal.asked import Asked
from server.portal.lists import View, entity_of, table, viewed
from server.portal.pages import Portal
from server.portal.refusals import Unclear, Unseen
from syncengine.model.ids import from_text, to_text
from syncengine.model.terms import Reason
from syncengine.store import listing
from syncengine.store.database import reading
from syncengine.store.holding import Why, buckets_for, holding
from syncengine.store.overview import DeviceLine, device_lines
from syncengine.store.store import Store

MOST_REASONS = 12  # columns; what is held for further reasons is in the totals


def held(portal: Portal, asked: Asked) -> Response:
    """Counts: a line for each kind of row, a column for each reason."""
    person = person_of(portal, asked)
    store, rights = portal.store, asked.signed_in.rights
    found = holding(store, rights, person)
    reasons = found.reasons[:MOST_REASONS]
    names = [e.name for e in store.schema.by_tag.values() if found.totals.get(e.name)]
    lines = [(name, found.totals[name], [found.by_reason.get((name, why), 0) for why in reasons])
             for name in names]  # fmt: skip
    return portal.page(
        asked, "holding.html", open_="devices", person=to_text(person),
        title=_titles(portal, asked, store.schema.people, [person])[person],
        devices=devices_of(store, asked, person), lines=lines,
        reasons=[(key(why), said(portal, asked, why)) for why in reasons],
        more=len(found.reasons) > MOST_REASONS, total=sum(found.totals.values()),
    )  # fmt: skip


def rows(portal: Portal, asked: Asked) -> Response:
    """The rows of one kind, as a list."""
    person, entity = person_of(portal, asked), entity_of(portal, asked)
    why = _why(asked.value("why"))
    base, also = viewed(portal, asked), (("why", asked.value("why")),) if why else ()
    within = buckets_for(portal.store, person, why)
    place = f"/portal/holding/{to_text(person)}/{entity.name}"
    view: View = replace(
        base, wanted=replace(base.wanted, within=within), place=place, also=also, chosen=False
    )
    people = portal.store.schema.people
    return portal.page(
        asked, "rows.html" if asked.partial else "holding_rows.html", open_="devices",
        title=_titles(portal, asked, people, [person])[person], person=to_text(person),
        why=key(why) if why else "", reason=said(portal, asked, why) if why else "",
        **table(portal, asked, view),
    )  # fmt: skip


def person_of(portal: Portal, asked: Asked) -> bytes:
    """The person whom the address names; Unseen unless the user may view them."""
    try:
        person = from_text(asked.path["person"])
    except ValueError:
        raise Unseen from None
    rights, people = asked.signed_in.rights, portal.store.schema.people
    if listing.one(portal.store, rights, people, person) is None:
        raise Unseen
    return person


def devices_of(store: Store, asked: Asked, person: bytes) -> list[DeviceLine]:
    """A person's devices."""
    return [x for x in device_lines(store, asked.signed_in.rights) if x.person == person]


def key(why: Why) -> str:
    """A reason in an address."""
    return f"{why.reason}.{to_text(why.via)}" if why.via else str(why.reason)


def said(portal: Portal, asked: Asked, why: Why) -> str:
    """A reason as the head of a column."""
    w, schema = asked.words, portal.store.schema
    if why.reason is Reason.SUBSTITUTION:
        name = _titles(portal, asked, schema.people, [why.via])[why.via]
        return w("Stands in for %(person)s", person=name)
    if why.reason is Reason.RULE:
        entity = schema.rules.entity if schema.rules else ""
        return w("Rule %(rule)s", rule=_titles(portal, asked, entity, [why.via])[why.via])
    return {
        Reason.OWN: w("Own"),
        Reason.EVERYONE: w("For everybody"),
        Reason.HIERARCHY: w("Leads the owner"),
        Reason.ADDRESSED: w("Addressed to them"),
    }[why.reason]


def _why(text: str) -> Why | None:
    reason, _, via = text.partition(".")
    try:
        return Why(Reason(reason), from_text(via) if via else b"") if text else None
    except ValueError:
        raise Unclear from None


def _titles(portal: Portal, asked: Asked, entity: str, ids: list[bytes]) -> dict[bytes, str]:
    with reading(portal.store.engine) as connection:
        return listing.titles(connection, portal.store, asked.signed_in.rights, entity, ids)

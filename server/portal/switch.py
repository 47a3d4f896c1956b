"""One rep's switch (D6): now or dated, with a preview before saving, and what became of it."""

from __future__ import annotations

import datetime as dt

import msgpack
import sqlalchemy as sa
from starlette.responses import Response

from server.portal.asked import Asked
from server.portal.board import ENTITY, names, rights_to, state_of
from server.portal.pages import Portal, to
from server.portal.refusals import NotAllowed, Unseen
from server.portal.words import Words
from server.problem import Problem
from server.substitution import (
    DESIGNATED,
    Plan,
    Switch,
    plan_off,
    plan_on,
    standing_links,
    switch_off,
    switch_on,
)
from syncengine.model.errors import SyncError
from syncengine.model.fields import EPOCH, MICROSECOND
from syncengine.model.ids import from_text, to_text
from syncengine.model.rights import Right
from syncengine.model.windows import Window
from syncengine.store import listing
from syncengine.store import tables as t
from syncengine.store.database import reading
from syncengine.store.listing import Listed, Wanted
from syncengine.store.past import OutOfReach
from syncengine.store.preview import Preview, preview
from syncengine.store.receipts import Receipt, receipts_of_version

MOST = 1_000  # people to choose from


def switch(portal: Portal, asked: Asked) -> Response:
    """One rep: the switch, what it would do to each device, what became of earlier ones."""
    rights, person = rights_to(asked, Right.VIEW), _person(portal, asked)
    links = standing_links(portal.store, person.id)
    errors: list[str] = []
    found: tuple[Switch, Preview | None] | None = None
    form = {n: asked.value(n) for n in ("substitute", "from", "until", "lead", "trail")}
    if asked.method == "POST":
        try:
            found = _tried(portal, asked, person.id)
            errors = _objections(asked, found)
            if not errors and asked.value("do") in ("on", "off"):
                _switched(portal, asked, person.id)
                return to(f"/portal/substitutions/{to_text(person.id)}?saved=1")
        except (Problem, SyncError) as problem:
            if problem.code == "access.denied":
                raise NotAllowed from None
            errors = [asked.words.reason(problem.code, problem.detail)]
    elif isinstance(person.values.get(DESIGNATED), bytes) and not form["substitute"]:
        form["substitute"] = to_text(person.values[DESIGNATED])  # type: ignore[arg-type]
    template = "substitution_preview.html" if asked.partial else "substitution.html"
    active = Wanted(portal.store.schema.people, filters=(("active", True),), order="number")
    everybody, _ = listing.page(portal.store, rights, active, MOST, None)
    called = names(
        portal, asked,
        [person.id, *(x.substitute for x in links), *(row.id for row in everybody),
         *(x.person for x in (found[1].seats if found and found[1] else ()))],
    )  # fmt: skip
    may = rights.may(Right.ADD, ENTITY) and rights.may(Right.EDIT, ENTITY)
    now = portal.store.environment.now()
    return portal.page(
        asked, template, 422 if errors else 200, open_="substitutions", title=called[person.id],
        person=to_text(person.id), links=links, called=called, form=form, errors=errors,
        found=found[1] if found else None, tried=found is not None, may=may,
        choices=[(to_text(r.id), called[r.id]) for r in everybody if r.id != person.id],
        states={x.id: state_of(x, now) for x in links}, saved=bool(asked.value("saved")),
        business=_business(portal, person.id), receipts=_receipts(portal, person.id),
        do=asked.value("do").removeprefix("preview-"),
    )  # fmt: skip


def _person(portal: Portal, asked: Asked) -> Listed:
    try:
        row_id = from_text(asked.path["person"])
    except ValueError:
        raise Unseen from None
    people = portal.store.schema.people
    found = listing.one(portal.store, asked.signed_in.rights, people, row_id)
    if found is None:
        raise Unseen
    return found


def _plan(asked: Asked) -> Plan:
    """Days are whole ones of the reader's time zone; the last day is included. Problem."""
    starts, ends = _day(asked, "from"), _day(asked, "until")
    try:
        lead, trail = int(asked.value("lead") or 0), int(asked.value("trail") or 0)
    except ValueError:
        raise Problem("substitution.days", "Days before and after are whole numbers.") from None
    if not (0 <= lead <= 90 and 0 <= trail <= 90):
        raise Problem("substitution.days", "Days before and after are at most 90.")
    return Plan(
        Window(
            None if starts is None else _instant(asked.words, starts),
            None if ends is None else _instant(asked.words, ends + dt.timedelta(days=1)),
        ),
        lead,
        trail,
    )


def _day(asked: Asked, name: str) -> dt.date | None:
    text = asked.value(name)
    try:
        return dt.date.fromisoformat(text) if text else None
    except ValueError:
        raise Problem("substitution.day", "A day is needed.") from None


def _instant(w: Words, day: dt.date) -> int:
    try:
        midnight = w.instant(dt.datetime.combine(day, dt.time()))
    except (ValueError, OverflowError, OSError):
        raise Problem("substitution.day", "A day is needed.") from None
    return (midnight - EPOCH) // MICROSECOND


def _substitute(portal: Portal, asked: Asked) -> bytes | None:
    text = asked.value("substitute")
    if not text:
        return None
    try:
        row_id = from_text(text)
    except ValueError:
        raise Problem("substitution.nobody", "Choose who stands in.") from None
    people = portal.store.schema.people
    if listing.one(portal.store, asked.signed_in.rights, people, row_id) is None:
        raise Problem("substitution.nobody", "Choose who stands in.")
    return row_id


def _tried(portal: Portal, asked: Asked, person: bytes) -> tuple[Switch, Preview | None]:
    """The switch that the form asks for, and what it would do."""
    store, user = portal.store, asked.signed_in.user_id
    asked.signed_in.author("portal")  # with a password of one's own only
    if asked.value("do").endswith("off"):
        switch = plan_off(store, person, _substitute_off(portal, asked), user)
    else:
        substitute = _substitute(portal, asked)
        switch = plan_on(store, person, substitute, _plan(asked), (), user)
    if not switch.operations:
        return switch, None
    return switch, preview(store, switch.author, switch.operations)


def _substitute_off(portal: Portal, asked: Asked) -> bytes | None:
    return _substitute(portal, asked) if asked.value("substitute") else None


def _objections(asked: Asked, found: tuple[Switch, Preview | None]) -> list[str]:
    objections = found[1].verdict.objections if found[1] else ()
    if any(o.code == "access.denied" for o in objections):
        raise NotAllowed
    return [asked.words.reason(o.code, o.detail) for o in objections]


def _switched(portal: Portal, asked: Asked, person: bytes) -> None:
    store, user = portal.store, asked.signed_in.user_id
    if asked.value("do") == "off":
        switch_off(store, person, _substitute_off(portal, asked), user)
    else:
        switch_on(store, person, _substitute(portal, asked), _plan(asked), (), user)


def _business(portal: Portal, person: bytes) -> list[tuple[str, int]]:
    """How many rows of each kind a substitute gets: those that hang on the person's customers."""
    store, found = portal.store, []
    customer = store.tables.get("customer")
    if customer is None:
        return []
    own = sa.select(customer.c.id).where(customer.c.owner == person)
    with reading(store.engine) as connection:
        count = sa.select(sa.func.count()).where(customer.c.owner == person)
        found.append(("customer", connection.scalar(count) or 0))
        for child, field in store.schema.followers("customer"):
            table = store.tables[child.name]
            wanted = sa.select(sa.func.count()).where(table.c[field].in_(own))
            found.append((child.name, connection.scalar(wanted) or 0))
    return [line for line in found if line[1] or line[0] == "customer"]


def _receipts(portal: Portal, person: bytes) -> tuple[int, list[Receipt]]:
    """(when the last switch went back, what each device has shown since)."""
    store = portal.store
    entity, table = store.schema.entities[ENTITY], store.tables[ENTITY]
    active = entity.by_name["active"].number
    o, c = t.operation.c, t.changeset.c
    ids = sa.select(table.c.id).where(table.c.absent == person, table.c.active.is_(False))
    wanted = (
        sa.select(o.version, o.after, c.received)
        .join_from(t.operation, t.changeset, c.version == o.version)
        .where(o.tag == store.schema.tags[ENTITY], o.row_id.in_(ids))
        .order_by(o.version.desc())
        .limit(20)
    )
    with reading(store.engine) as connection:
        rows = connection.execute(wanted).all()
    for row in rows:
        if dict(msgpack.unpackb(row.after, raw=False)).get(active) is False:
            try:
                return row.received, receipts_of_version(store, row.version)
            except OutOfReach:
                break
    return 0, []

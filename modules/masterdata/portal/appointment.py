"""One appointment: its form, for the keyboard and for touch; alone or with all that follow in its
series. Saving is one changeset.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from functools import partial
from urllib.parse import parse_qsl, urlencode

from starlette.responses import Response

from modules.masterdata.portal import bookings, plan
from modules.masterdata.portal.bookings import ENTITY
from modules.masterdata.portal.changes import following, inserts, updates
from modules.masterdata.portal.choice import PEOPLE, PLACE
from modules.masterdata.portal.items import Items
from modules.masterdata.portal.series import MAX_EVERY, MAX_SERIES, Repeat
from modules.masterdata.portal.spans import microseconds
from server.portal.public import (
    Asked,
    Form,
    NotAllowed,
    Portal,
    Unseen,
    Words,
    choices,
    edited,
    found_row,
    hint,
    own_path,
    read_form,
    texts,
    to,
    write,
)
from syncengine.model.fields import Stored
from syncengine.model.ids import to_text
from syncengine.model.rights import Right
from syncengine.store import listing
from syncengine.store.database import reading
from syncengine.store.listing import Listed

INPUT = "%Y-%m-%dT%H:%M"  # how an input writes a time
HIDDEN = ("active", "series")  # fields that have no input of their own
ACTIVE = {"cancel": "false", "restore": "true"}  # what a button makes of it


def edit(portal: Portal, asked: Asked) -> Response:
    """The form; with POST: save it, cancel it or take that back; `scope`: of this one, or of all
    that follow.
    """
    entity = portal.store.schema.entities[ENTITY]
    row = found_row(portal, asked, entity)
    if asked.method == "GET":
        now = texts(portal, asked, entity, row)
        return page(portal, asked, row, Form(dict(now), now, row.version))
    active = ACTIVE.get(asked.value("do"), asked.value("was.active"))
    made = {"active": active, "series": asked.value("was.series")}
    form, values = edited(portal, asked, entity, row, made, {"ends_at": "starts_at"})
    if form.theirs:
        whole_times(form)
        return page(portal, asked, row, form, 409)
    _check_times(asked, form, {**row.values, **values})
    if not form.errors and values:
        rows = [row]
        if asked.value("scope") == "following":
            rows = following(portal, asked.signed_in.rights, row)
        write(portal, asked, updates(portal, asked.words, row, rows, values), form)
    if form.errors or form.general:
        return page(portal, asked, row, form, 422)
    return to(_back(asked, "saved=1"))


def new(portal: Portal, asked: Asked) -> Response:
    """An empty form; with POST: the appointment, or the series."""
    if not asked.signed_in.rights.may(Right.ADD, ENTITY):
        raise Unseen
    entity = portal.store.schema.entities[ENTITY]
    if asked.method == "GET":
        empty = {f.name: asked.value(f"with.{f.name}") for f in entity.fields}
        return page(portal, asked, None, Form(empty, {}))
    form, values = read_form(portal, asked, entity, {"active": "true", "series": ""})
    _check_times(asked, form, values)
    if not form.errors:
        operations = inserts(portal, asked, form, values)
        if not form.errors:
            write(portal, asked, operations, form)
    if form.errors or form.general:
        return page(portal, asked, None, form, 422)
    return to(_back(asked, "saved=1"))


def _check_times(asked: Asked, form: Form, values: Mapping[str, Stored]) -> None:
    """Nothing ends before it begins."""
    starts, ends = values.get("starts_at"), values.get("ends_at")
    if isinstance(starts, int) and isinstance(ends, int) and ends <= starts:
        form.errors["ends_at"] = asked.words("It has to end after it begins.")


def whole_times(form: Form) -> None:
    """Where both changed when it begins or ends, both are chosen as one: the begin of one and the
    end of the other are nobody's wish.
    """
    if form.theirs.keys() & {"starts_at", "ends_at"}:
        form.theirs |= {name: form.was[name] for name in ("starts_at", "ends_at")}


def _back(asked: Asked, said: str) -> str:
    path, _, query = own_path(asked.value("next"), PLACE).partition("?")
    kept = [p for p in parse_qsl(query) if p[0] not in ("moved", "from", "saved", "add")]
    return f"{path}?{urlencode(kept)}&{said}" if kept else f"{path}?{said}"


def page(
    portal: Portal, asked: Asked, row: Listed | None, form: Form, status: int = 200
) -> Response:
    """The form as a page. row: None where there is none yet."""
    store, rights = portal.store, asked.signed_in.rights
    entity = store.schema.entities[ENTITY]
    may = rights.may(Right.EDIT if row else Right.ADD, ENTITY)
    if not may and row is None:
        raise NotAllowed
    titles = listing.reference_titles(store, rights, entity, [row]) if row else {}
    called = {name: title for (name, _), title in titles.items()}
    coming = len(following(portal, rights, row)) if row else 0
    return portal.page(
        asked, "masterdata/appointment.html", status, open_="masterdata/calendar", form=form,
        row_id=to_text(row.id) if row else "", choices=choices(portal, asked, entity),
        fields=[field for field in entity.fields if field.name not in HIDDEN],
        hint=hint, may_edit=may, called=called, back=own_path(asked.value("next"), PLACE),
        active=row is None or bool(row.values["active"]),
        notes=_notes(portal, asked, row) if row else (), coming=coming,
        plain={
            name: asked.words.moment(value)
            for name in ("starts_at", "ends_at")
            if row and isinstance(value := row.values[name], int)
        },
        scope=asked.value("scope"), repeat=asked.value("repeat"), repeats=list(Repeat),
        every=asked.value("every") or "1", until=asked.value("until"),
        max_every=MAX_EVERY, max_series=MAX_SERIES, told=partial(_told, asked.words),
    )  # fmt: skip


def _told(w: Words, text: str) -> str:
    """What is in an input, for reading: a time as the reader writes it."""
    try:
        return w.moment(microseconds(w.instant(dt.datetime.strptime(text, INPUT))))  # noqa: DTZ007
    except (ValueError, OverflowError, OSError):
        return text


def _notes(portal: Portal, asked: Asked, row: Listed) -> tuple[str, ...]:
    """What the calendar says of it."""
    store, rights = portal.store, asked.signed_in.rights
    one = bookings.booked_of(row)
    window = one.starts, one.until
    with reading(store.engine) as connection:
        others, _ = bookings.booked(connection, store, rights, [one.rep], window, False)
        found = bookings.reach(connection, store, rights, [one], window)
        people = found.people([one.rep])
        called = listing.titles(connection, store, rights, PEOPLE, people)
        return Items(asked.words, called, plan.clashes([*others]), found, PLACE).notes(one)[1]

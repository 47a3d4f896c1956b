"""Moving an appointment to another time or rep in the calendar, and taking that back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, urlencode

from starlette.responses import Response

from modules.masterdata.portal import appointment
from modules.masterdata.portal.bookings import ENTITY
from modules.masterdata.portal.choice import PEOPLE, PLACE
from modules.masterdata.portal.series import Times
from modules.masterdata.portal.spans import microseconds
from server.portal.public import (
    Asked,
    Form,
    NotAllowed,
    Portal,
    Unclear,
    Words,
    found_row,
    operation_on,
    own_path,
    texts,
    to,
    write,
)
from syncengine.model.changeset import Operation
from syncengine.model.entity import Action
from syncengine.model.fields import Stored
from syncengine.model.ids import from_text, to_text
from syncengine.model.rights import Right
from syncengine.store import listing
from syncengine.store.listing import Listed

MINUTES = 24 * 60


@dataclass(frozen=True)
class Moved:
    """What was moved just now, and the form that takes it back."""

    row: str
    subject: str
    when: str
    rep: str
    fields: Mapping[str, str]


@dataclass(frozen=True)
class _Wanted:
    """Where it was on the page that it was moved on, and where it should be."""

    old: Times
    rep: bytes
    day: dt.date
    minute: int | None
    to: bytes | None

    def values(self, w: Words) -> dict[str, Stored]:
        """The fields that change, in stored form."""
        shown = w.local(self.old.starts).replace(tzinfo=None)
        time = shown.time() if self.minute is None else dt.time(*divmod(self.minute, 60))
        target = dt.datetime.combine(self.day, time)
        found: dict[str, Stored] = {}
        if target != shown:
            starts = microseconds(w.instant(target))
            found["starts_at"] = starts
            if self.old.length is not None:
                found["ends_at"] = starts + self.old.length
        if self.to is not None and self.to != self.rep:
            found["employee"] = self.to
        return found

    @property
    def was(self) -> dict[str, Stored]:
        """By field."""
        return {"starts_at": self.old.starts, "ends_at": self.old.ends, "employee": self.rep}


def move(portal: Portal, asked: Asked) -> Response:
    """To a day, a time of day and a rep, as far as they are given. Somebody else's change of the
    same fields since is shown beside it (409).
    """
    if not asked.signed_in.rights.may(Right.EDIT, ENTITY):
        raise NotAllowed
    entity = portal.store.schema.entities[ENTITY]
    row, wanted = found_row(portal, asked, entity), _wanted(asked)
    values, back = wanted.values(asked.words), own_path(asked.value("next"), PLACE)
    if not values:
        return to(back)
    if wanted.to is not None and not listing.visible(
        portal.store, asked.signed_in.rights, PEOPLE, [wanted.to]
    ):
        raise NotAllowed
    now = texts(portal, asked, entity, row)
    form = Form(texts(portal, asked, entity, _with(row, values)), now, row.version)
    form.theirs = {
        name: now[name]
        for name, value in values.items()
        if row.values[name] not in (wanted.was[name], value)
    }
    if form.theirs:
        appointment.whole_times(form)
        return appointment.page(portal, asked, row, form, 409)
    write(portal, asked, [_operation(portal, row, values)], form)
    if form.errors or form.general:
        return appointment.page(portal, asked, row, form, 422)
    said = {"moved": to_text(row.id), "from": f"{wanted.old.starts}.{to_text(wanted.rep)}"}
    return to(_without(back) + urlencode(said))


def _with(row: Listed, values: Mapping[str, Stored]) -> Listed:
    return replace(row, values={**row.values, **values})


def _operation(portal: Portal, row: Listed, values: Mapping[str, Stored]) -> Operation:
    entity = portal.store.schema.entities[ENTITY]
    return operation_on(portal, Action.UPDATE, entity, row.id, values)


def _wanted(asked: Asked) -> _Wanted:
    """Unclear: no script of ours sends that."""
    to_, minute, ends = asked.value("to"), asked.value("minute"), asked.value("ends")
    try:
        times = Times(int(asked.value("starts")), int(ends) if ends else None)
        asked.words.local(times.starts)
        found = _Wanted(
            times, from_text(asked.value("rep")), dt.date.fromisoformat(asked.value("day")),
            int(minute) if minute else None, from_text(to_) if to_ else None,
        )  # fmt: skip
        found.values(asked.words)
    except (ValueError, OverflowError, OSError):
        raise Unclear from None
    return found


def _without(address: str) -> str:
    """The address, up to where more parameters go, without those of an earlier move."""
    path, _, query = address.partition("?")
    kept = [p for p in parse_qsl(query) if p[0] not in ("moved", "from", "saved", "add")]
    return f"{path}?{urlencode(kept)}&" if kept else f"{path}?"


def moved(portal: Portal, asked: Asked, called: Mapping[bytes, str]) -> Moved | None:
    """What the address says was moved, as far as the user may see it."""
    if not asked.value("moved"):
        return None
    starts, _, rep = asked.value("from").partition(".")
    w, rights = asked.words, asked.signed_in.rights
    try:
        row = listing.one(portal.store, rights, ENTITY, from_text(asked.value("moved")))
        before, whose = w.local(int(starts)), from_text(rep)
    except (ValueError, OverflowError, OSError):
        raise Unclear from None
    if row is None:
        return None
    person, at = row.values["employee"], row.values["starts_at"]
    assert isinstance(person, bytes)
    assert isinstance(at, int)
    ends = row.values["ends_at"]
    fields = {
        "version": str(row.version), "starts": str(at), "ends": str(ends or ""),
        "rep": to_text(person), "day": before.date().isoformat(),
        "minute": str(before.hour * 60 + before.minute), "to": to_text(whose),
    }  # fmt: skip
    return Moved(
        to_text(row.id), str(row.values["subject"]), w.moment(at), called.get(person, ""), fields
    )

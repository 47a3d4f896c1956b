"""Devices (D4): enrolling one, and one device with what is on record of it; lock and release."""

from __future__ import annotations

import io

import segno
from markupsafe import Markup
from starlette.responses import Response

from server import devices as office
from server.portal.asked import Asked
from server.portal.board import names
from server.portal.field import field_of, group_of, people_of
from server.portal.pages import Portal, to
from server.portal.pickers import referred
from server.portal.refusals import NotAllowed, Unclear, Unseen
from server.portal.values import Wrong
from server.settings import Settings
from syncengine.model.errors import Unauthenticated
from syncengine.model.ids import from_text, to_text
from syncengine.model.rights import Right
from syncengine.store import listing
from syncengine.store.device_record import device_record, open_codes
from syncengine.store.holding import holding
from syncengine.store.sync_log import syncs_of

HOURS = (1, 24, 72, 168)  # to choose from; 72 where nobody chose
CODES = 100  # of those that nobody used yet


def enrol(portal: Portal, asked: Asked) -> Response:
    """Who gets a device; with POST: the code, which is shown this once."""
    rights, people = asked.signed_in.rights, portal.store.schema.people
    if not rights.may(Right.EDIT, people):
        raise Unseen
    text, error, code, title = asked.value("v.person").strip(), "", "", ""
    hours = asked.value("hours", "72")
    if hours not in map(str, HOURS):
        raise Unclear
    if asked.method == "POST":
        try:
            person = _person(portal, asked, text)
        except Wrong as wrong:
            error = str(wrong)
        else:
            code = office.enrol(portal.store, asked.signed_in.user_id, person, int(hours))
            title = names(portal, asked, [person])[person]
    codes = open_codes(portal.store, CODES)
    seen = listing.visible(portal.store, rights, people, {c.person for c in codes})
    return portal.page(
        asked, "enrol.html", 422 if error else 200, open_="devices", person=text, hours=hours,
        choices=HOURS, error=error, code=code, title=title, people_entity=people,
        qr=qr_of(told_by(code, portal.settings)) if code else "",
        codes=[c for c in codes if c.person in seen],
        called=names(portal, asked, seen),
    )  # fmt: skip


def _person(portal: Portal, asked: Asked, text: str) -> bytes:
    """Somebody who works here; Wrong."""
    store, w = portal.store, asked.words
    if not text:
        raise Wrong(w("This is needed."))
    person = referred(portal, asked, store.schema.people, text)
    row = listing.one(store, asked.signed_in.rights, store.schema.people, person)
    if row is None or row.values.get("active") is False:
        raise Wrong(w("This person does not work here any more."))
    return person


def told_by(code: str, settings: Settings) -> str:
    """What an app's camera reads: the code, behind the server's address as far as that is known
    (`Device.enrol` takes either).
    """
    origin = settings.device_origin or settings.portal_origin
    return f"{origin}#{code}" if origin else code


def qr_of(code: str) -> Markup:
    """A picture of that text."""
    made = io.BytesIO()
    segno.make(code, error="m", micro=False).save(
        made, kind="svg", xmldecl=False, omitsize=True, border=4, svgclass="qr", lineclass=None
    )
    return Markup(made.getvalue().decode())  # noqa: S704  drawn here


def device(portal: Portal, asked: Asked) -> Response:
    """One device; with POST: lock it, or let it work again."""
    store, rights = portal.store, asked.signed_in.rights
    seat = _seat(asked)
    field = field_of(portal, asked)
    line = next((x for x in field.lines if x.seat == seat), None)
    if line is None or not rights.may(Right.VIEW, store.schema.people):
        raise Unseen
    may, do = rights.may(Right.EDIT, store.schema.people), asked.value("do")
    if asked.method == "POST":
        acts = {"lock": office.lock, "release": office.release}
        if do not in acts:
            raise Unclear
        if not may:
            raise NotAllowed
        try:
            acts[do](store, asked.signed_in.user_id, seat)
        except Unauthenticated:
            raise Unseen from None
        return to(f"/portal/devices/{to_text(seat)}?done={do}")
    found = holding(store, rights, line.person)
    return portal.page(
        asked, "device.html", open_="devices", line=line, may=may,
        record=device_record(store, seat), syncs=syncs_of(store, seat),
        title=names(portal, asked, [line.person])[line.person], group=group_of(line, field.now),
        others=field.shared.get(seat, []), people=people_of(portal, asked, field, [line]),
        done=asked.value("done"), totals=sorted(found.totals.items(), key=lambda x: -x[1]),
        total=sum(found.totals.values()), decides=rights.limit is None,
    )  # fmt: skip


def _seat(asked: Asked) -> bytes:
    try:
        return from_text(asked.path["seat"])
    except ValueError:
        raise Unseen from None

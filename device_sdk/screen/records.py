"""The page of one row: its fields, what modules add, and its attachments."""

from __future__ import annotations

import io
from dataclasses import dataclass

from starlette.responses import JSONResponse, Response

from device_sdk import telling
from device_sdk.attachments import NotHere
from device_sdk.forms import Form
from device_sdk.rows import Row
from device_sdk.screen.asked import Asked
from device_sdk.screen.editing import form_for, found_row
from device_sdk.screen.refusals import NotThere, Unclear
from device_sdk.screen.screen import Screen
from device_sdk.screen.titles import TITLES, headed, title, title_of
from device_sdk.screen.values import shown
from syncengine.model.fields import Value

MAX_FILE = 20 * 2**20  # bytes; it is in memory once
PICTURES = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n": "image/png", b"GIF8": "image/gif"}
RIFF, WEBP = b"RIFF", b"WEBP"
LINKS = (("phone", "tel:"), ("email", "mailto:"))


@dataclass(frozen=True)
class Line:
    """One field. link: what a touch does, as calling. digest: of an attachment that is here."""

    name: str
    text: str
    link: str = ""
    digest: str = ""


def record(screen: Screen, asked: Asked) -> Response:
    """As it is on this device, own work included."""
    form, row = form_for(asked), found_row(asked)
    own, rest = _lines(asked, form, row)
    lent = telling.lent_by(asked.device, row.entity, [row.id]).get(row.id)
    absent = title_of(asked.device, telling.people(asked.device), lent) if lent else ""
    return screen.page(
        asked, "record.html", row=row, own=own, rest=rest, absent=absent, form=form,
        heading=headed(asked.words, row),
        blocks=screen.blocks(asked, row.entity, row), open_=f"/{row.entity}",
    )  # fmt: skip


def _lines(asked: Asked, form: Form, row: Row) -> tuple[list[Line], list[Line]]:
    """(what a device may set, what the office keeps), as far as there is something in it. What the
    page is headed with is not told twice.
    """
    own, rest = list[Line](), list[Line]()
    headed = next((n for n in TITLES if isinstance(row.get(n), str)), "")
    for field in form.fields:
        value = row[field.name]
        whole = isinstance(value, str) and value == title(row)
        if value is None or (field.name == headed and whole):
            continue
        text = shown(asked.words, asked.device, field, value)
        if not text:
            continue
        line = _line(asked, field.name, text, value)
        (rest if field.editable == "never" else own).append(line)
    return (own, rest) if own else (rest, own)


def _line(asked: Asked, name: str, text: str, value: Value) -> Line:
    if isinstance(value, bytes):
        here = asked.device.attachments.is_here(value)
        waiting = asked.words("It comes with one of the next syncs.")
        return Line(name, text if here else waiting, digest=value.hex() if here else "")
    scheme = next((scheme for word, scheme in LINKS if word in name), "")
    return Line(name, text, scheme + text.replace(" ", "") if scheme else "")


def attachment(_screen: Screen, asked: Asked) -> Response:
    """The bytes: pictures show, anything else is saved as a file."""
    try:
        content = b"".join(asked.device.attachments.read(bytes.fromhex(asked.path["digest"])))
    except (ValueError, NotHere):
        raise NotThere from None
    media_type = _picture(content)
    headers = {} if media_type else {"content-disposition": "attachment"}
    return Response(content, headers=headers, media_type=media_type or "application/octet-stream")


def _picture(content: bytes) -> str:
    if content[:4] == RIFF and content[8:12] == WEBP:
        return "image/webp"
    return next((kind for start, kind in PICTURES.items() if content.startswith(start)), "")


def attach(_screen: Screen, asked: Asked) -> Response:
    """Keep a file that the page's script sends as it is; the answer is the value for the field."""
    if not asked.file:
        raise Unclear
    return JSONResponse({"value": asked.device.attachments.attach(io.BytesIO(asked.file)).hex()})

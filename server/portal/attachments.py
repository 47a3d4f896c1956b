"""Attachments of rows: shown through the field that refers to one, and brought by a form's field.

A file that was chosen is uploaded at once and shows in the form; the row refers to it when the form
is saved. Until then it counts among what its user has uploaded and nothing refers to.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass

from starlette.responses import Response, StreamingResponse

from server.portal.asked import Asked
from server.portal.lists import entity_of, found_row
from server.portal.pages import Portal
from server.portal.refusals import Unclear, Unseen
from server.portal.upload import Uploaded
from syncengine.model.entity import Entity, Field
from syncengine.model.errors import Busy, SyncError, TooLarge
from syncengine.model.fields import BlobReference, Stored
from syncengine.model.ids import to_text
from syncengine.model.rights import Right
from syncengine.protocol.limits import MAX_PIECE_BYTES
from syncengine.store.blob_errors import BlobQuota
from syncengine.store.blob_store import BlobStore
from syncengine.store.uploads import Uploader

# What browsers may show beside everything else: pictures, by how they begin.
PICTURES = {
    b"\x89PNG\r\n\x1a\n": ("image/png", "png"),
    b"\xff\xd8\xff": ("image/jpeg", "jpg"),
    b"GIF8": ("image/gif", "gif"),
}
BEGIN_BYTES = 16
ANYTHING = ("application/octet-stream", "bin")
NAME = re.compile(r"[a-z0-9_.]{1,100}")  # of a form's field
PDF = b"%PDF-"


@dataclass(frozen=True)
class Shown:
    """An attachment in a form. place: where its bytes are; picture: whether a browser shows it."""

    place: str
    picture: bool


def get(portal: Portal, asked: Asked) -> Response:
    """The bytes of what a row refers to, for whoever may view the row; Unseen."""
    entity = entity_of(portal, asked)
    field = _field(entity, asked.path["field"])
    digest = found_row(portal, asked, entity).values[field.name]
    blobs = portal.blobs
    begin = _begin(blobs, digest)
    if not isinstance(digest, bytes) or begin is None:
        raise Unseen
    kind, ending = _kind(begin)
    way = "inline" if kind.startswith("image/") else "attachment"
    name = f"{entity.name}-{field.name}.{ending}"
    return StreamingResponse(
        _pieces(blobs, digest), media_type=kind,
        headers={"content-disposition": f'{way}; filename="{name}"'},
    )  # fmt: skip


def put(portal: Portal, asked: Asked) -> Response:
    """The field of a form, with the file that was chosen for it, or why it was not taken."""
    name, field_name = asked.path["entity"], asked.path["field"]
    rights = asked.signed_in.rights
    right = Right.EDIT if rights.may(Right.EDIT, name) else Right.ADD
    field = _field(entity_of(portal, asked, right), field_name)
    file, text, wrong = asked.file, asked.value("was"), ""
    if file is None:
        raise Unclear
    try:
        if file.size:
            text = _stored(portal, asked, file).hex()
        else:
            wrong = asked.words("The file is empty.")
    except (TooLarge, BlobQuota, Busy) as error:
        wrong = _refused(portal, asked, error)
    as_before = asked.words("The file stays as it was") if text else ""
    chosen = as_before if wrong else asked.words("%(name)s, ready to be saved", name=file.name)
    return portal.page(
        asked, "attachment.html", 422 if wrong else 200, entity=name, field=field,
        text=text, error=wrong, chosen=chosen, id=_called(asked),
    )  # fmt: skip


def _called(asked: Asked) -> str:
    """What the form calls the field, where it says so; Unclear."""
    name = asked.value("as")
    if name and not NAME.fullmatch(name):
        raise Unclear
    return name


def attached(portal: Portal, entity: Entity, row_id: bytes, values: dict[str, Stored]) -> (
    dict[str, Shown]
):  # fmt: skip
    """What there is to see of a row's attachments, by the names of the fields."""
    found: dict[str, Shown] = {}
    for field in entity.fields:
        begin = _begin(portal.blobs, values[field.name]) if _refers(field) else None
        if begin is not None:
            place = f"/portal/data/{entity.name}/{to_text(row_id)}/attachment/{field.name}"
            found[field.name] = Shown(place, _kind(begin)[0].startswith("image/"))
    return found


def media_type(portal: Portal, digest: bytes) -> tuple[str, str]:
    """(media type, how a file's name ends) of stored bytes, by how they begin."""
    return _kind(_begin(portal.blobs, digest) or b"")


def _refers(field: Field) -> bool:
    return isinstance(field.type, BlobReference)


def _field(entity: Entity, name: str) -> Field:
    field = entity.by_name.get(name)
    if field is None or not _refers(field):
        raise Unseen
    return field


def _begin(blobs: BlobStore, digest: Stored) -> bytes | None:
    return blobs.read(digest, 0, BEGIN_BYTES) if isinstance(digest, bytes) else None


def _kind(begin: bytes) -> tuple[str, str]:
    """(media type, how its file's name ends)."""
    if begin[:4] == b"RIFF" and begin[8:12] == b"WEBP":
        return "image/webp", "webp"
    if begin.startswith(PDF):
        return "application/pdf", "pdf"
    return next((kind for magic, kind in PICTURES.items() if begin.startswith(magic)), ANYTHING)


def _pieces(blobs: BlobStore, digest: bytes) -> Iterator[bytes]:
    at = 0
    while piece := blobs.read(digest, at, MAX_PIECE_BYTES):
        yield piece
        at += len(piece)


def _stored(portal: Portal, asked: Asked, file: Uploaded) -> bytes:
    """The digest of an uploaded file; TooLarge, BlobQuota, Busy."""
    who = Uploader(asked.signed_in.user_id, asked.signed_in.user_id)
    with file.path.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").digest()
        upload = portal.uploads.begin(who, digest, file.size)
        while upload.offset < upload.length:
            content.seek(upload.offset)
            piece = content.read(MAX_PIECE_BYTES)
            checksum = hashlib.sha256(piece).digest()
            upload = portal.uploads.add(who, upload.id, upload.offset, piece, checksum)
    return digest


def _refused(portal: Portal, asked: Asked, error: SyncError) -> str:
    w = asked.words
    if isinstance(error, TooLarge):
        most = w.number(portal.settings.blob_bytes // 2**20)
        return w("The file is too large: at most %(limit)s MiB.", limit=most)
    if isinstance(error, BlobQuota):
        return w("Too much is uploaded that is not saved anywhere yet. Try again tomorrow.")
    return w("That cannot be stored at the moment. Try again shortly.")

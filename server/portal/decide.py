"""One entry that waits: base, office and device side by side; chosen field by field, or whole."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace

import msgspec
from starlette.responses import Response

from server.portal.asked import Asked
from server.portal.board import names
from server.portal.pages import Portal, to
from server.portal.pickers import choices, referred
from server.portal.refusals import NotAllowed, Unclear
from server.portal.reviews import (
    MAX_REASON,
    kind_of,
    number_of,
    reason_in,
    said_of,
    seen,
    titles_of,
    why_not,
)
from server.portal.values import Wrong, hint, read, shown, typed
from syncengine.model.entity import Action, Field
from syncengine.model.errors import Busy, InvalidValue, SchemaDiffers, SyncError
from syncengine.model.fields import Reference, Stored
from syncengine.model.ids import to_text
from syncengine.model.rights import NEEDED
from syncengine.store import listing, review_queue
from syncengine.store.compared import Compared, Piece
from syncengine.store.database import reading
from syncengine.store.review_queue import ReviewRefused, Shown
from syncengine.store.reviews import Kind, ReviewDecided, State

TAKES = ("device", "now", "own")


@dataclass(frozen=True)
class Line:
    """A field as it is shown. take: which value is chosen; own: what was typed instead."""

    name: str
    input: Field | None  # None: the field was removed, nothing can be typed
    base: str
    server: str
    now: str
    device: str
    take: str
    own: str


@dataclass(frozen=True)
class Block:
    """An operation as it is shown."""

    place: int
    action: str
    entity: str
    row_id: bytes
    title: str
    there: bool
    lines: list[Line]
    choices: dict[str, list[tuple[str, str]]]


@dataclass
class Form:
    """What was chosen, and what is wrong with it: by (place, field), or altogether."""

    takes: dict[tuple[int, str], str] = field(default_factory=dict)
    owns: dict[tuple[int, str], str] = field(default_factory=dict)
    errors: dict[tuple[int, str], str] = field(default_factory=dict)
    general: list[str] = field(default_factory=list)
    reason: str = ""
    wrong_reason: str = ""
    moved: bool = False  # what is shown is not what the form was made from
    status: int = 200


def decide(portal: Portal, asked: Asked) -> Response:
    """The entry; with POST: the decision, made as the user."""
    kind, number = kind_of(asked.path["kind"]), number_of(asked.path["number"])
    found = seen(portal, asked, kind, number)
    form = Form()
    if asked.method == "POST":
        _read(asked, found, form)
        _decide(portal, asked, kind, found, form)
        if form.status == 200:
            return to(f"/portal/reviews?kind={kind}&done={number}")
        found = seen(portal, asked, kind, number)
    return _page(portal, asked, kind, found, form)


def _read(asked: Asked, found: Shown, form: Form) -> None:
    """What is in the form; Unclear for what no form of ours sends."""
    form.reason = reason_in(asked)
    for piece, one in _fields(found):
        key = f"{piece.place}.{one.field.name}"
        take = asked.value(f"take.{key}", "device")
        if take not in TAKES:
            raise Unclear
        form.takes[piece.place, one.field.name] = take
        form.owns[piece.place, one.field.name] = asked.value(f"v.{key}").replace("\r\n", "\n")


def _decide(portal: Portal, asked: Asked, kind: Kind, found: Shown, form: Form) -> None:
    """Make the decision, or say in the form why there is none."""
    w, do, number = asked.words, asked.value("do"), found.entry.number
    if do not in ("choose", "accept", "reject"):
        raise Unclear
    if found.entry.state == State.OPEN and asked.value("seal") != _seal(found):
        form.moved, form.status = True, 409
        return
    kept = do == "choose" and _keeps_all(found, form)
    values = _typed(portal, asked, found, form) if do == "choose" and not kept else {}
    if (do == "reject" or kept) and not form.reason:
        form.wrong_reason = w("A reason is needed to reject work: it is kept with the decision.")
    if form.errors or form.wrong_reason:
        form.status = 422
        return
    store, user, reason = portal.store, asked.signed_in.user_id, form.reason
    try:
        if do == "reject" or kept:
            review_queue.reject(store, kind, number, reason, user)
        elif values:
            review_queue.edit(store, kind, number, values, reason, user)
        else:
            review_queue.accept(store, kind, number, reason, user)
    except SyncError as error:
        _refused(asked, found, form, error)


def _keeps_all(found: Shown, form: Form) -> bool:
    """Whether what is chosen comes to leaving everything as it is; a deletion does not."""
    takes = set(form.takes.values())
    return takes == {"now"} and all(piece.action is not Action.DELETE for piece in found.pieces)


def _typed(portal: Portal, asked: Asked, found: Shown, form: Form) -> dict[int, dict[int, Stored]]:
    """The values that are to stand instead of those entered, by place and field number."""
    values: dict[int, dict[int, Stored]] = {}
    for piece, one in _fields(found):
        key = piece.place, one.field.name
        if form.takes[key] == "device":
            continue
        if form.takes[key] == "now":
            values.setdefault(piece.place, {})[one.field.number] = one.now
            continue
        text = form.owns[key]
        try:
            if isinstance(one.field.type, Reference) and text.strip():
                value: Stored = referred(portal, asked, one.field.type.entity, text.strip())
            else:
                value = read(asked.words, one.field, text)
        except Wrong as wrong:
            form.errors[key] = str(wrong)
        else:
            values.setdefault(piece.place, {})[one.field.number] = value
    return values


def _refused(asked: Asked, found: Shown, form: Form, error: SyncError) -> None:
    """What the engine says, beside the field that it concerns; NotAllowed. To try again later is
    for whoever answers all pages.
    """
    if isinstance(error, Busy | SchemaDiffers):
        raise error
    form.status = 409 if isinstance(error, ReviewDecided) else 422
    if isinstance(error, InvalidValue) and error.data.get("field"):
        for piece, one in _fields(found):
            if one.field.name == error.data["field"]:
                form.errors[piece.place, one.field.name] = asked.words.reason(
                    error.code, error.detail
                )
    elif isinstance(error, ReviewRefused):
        if any(o.code == "access.denied" and o.field is None for o in error.objections):
            raise NotAllowed
        for objection, said in zip(error.objections, why_not(asked, error), strict=True):
            key = objection.operation, objection.field or ""
            if key in form.takes:
                form.errors[key] = said
            else:
                form.general.append(said)
    if not form.errors and not form.general:
        form.general = why_not(asked, error)


def _fields(found: Shown) -> list[tuple[Piece, Compared]]:
    return [(piece, one) for piece in found.pieces for one in piece.fields]


def _seal(found: Shown) -> str:
    """Of what the office has now: a form made from something else is shown anew."""
    plain = [[piece.there, [one.now for one in piece.fields]] for piece in found.pieces]
    return hashlib.sha256(msgspec.msgpack.encode(plain)).hexdigest()[:32]


def _page(portal: Portal, asked: Asked, kind: Kind, found: Shown, form: Form) -> Response:
    entry, rights = found.entry, asked.signed_in.rights
    titles = titles_of(portal, asked, [entry])
    called = names(portal, asked, [entry.person, entry.behalf])
    may = all(rights.may(NEEDED[piece.action], piece.entity.name) for piece in found.pieces)
    blocks = [_block(portal, asked, piece, form, titles) for piece in found.pieces]
    return portal.page(
        asked, "review.html", form.status, open_="reviews", kind=str(kind), entry=entry,
        blocks=blocks, form=form, seal=_seal(found), may=may, called=called,
        waits=entry.state == State.OPEN, state=said_of(asked, entry.state),
        decider=found.decider or "", hint=hint, max_reason=MAX_REASON,
        chosen=any(block.lines for block in blocks),
    )  # fmt: skip


def _block(
    portal: Portal, asked: Asked, piece: Piece, form: Form, rows: dict[tuple[str, bytes], str]
) -> Block:
    titles, numbers = _referred(portal, asked, piece)
    w, lines = asked.words, []
    for one in piece.fields:
        key = piece.place, one.field.name
        base, server, now, device = (shown(w, one.field, v, titles) for v in one.stored)
        open_ = replace(one.field, required=False) if one.field in piece.entity.fields else None
        take = form.takes.get(key, "device")
        own = form.owns.get(key, typed(w, one.field, one.device, numbers))
        lines.append(Line(one.field.name, open_, base, server, now, device, take, own))
    return Block(
        piece.place, str(piece.action), piece.entity.name, piece.row_id,
        rows[piece.entity.name, piece.row_id], piece.there, lines,
        choices(portal, asked, piece.entity),
    )  # fmt: skip


def _referred(
    portal: Portal, asked: Asked, piece: Piece
) -> tuple[dict[tuple[str, bytes], str], dict[bytes, str]]:
    """(what rows are called by field and id, what inputs show for them)."""
    store, rights = portal.store, asked.signed_in.rights
    titles: dict[tuple[str, bytes], str] = {}
    numbers: dict[bytes, str] = {}
    with reading(store.engine) as connection:
        for one in piece.fields:
            kind = one.field.type
            if isinstance(kind, Reference):
                told = listing.titles(connection, store, rights, kind.entity, one.stored)
                titles |= {(one.field.name, row_id): said for row_id, said in told.items()}
    for one in piece.fields:
        kind, value = one.field.type, one.device
        if isinstance(kind, Reference) and isinstance(value, bytes):
            row = listing.one(store, rights, kind.entity, value)
            number = row.values.get("number") if row else None
            numbers[value] = str(number) if number else to_text(value)
    return titles, numbers

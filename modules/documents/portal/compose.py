"""A document, or another edition of one: written and published on one page, with whom it reaches
beside it.
"""

from __future__ import annotations

import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial

import sqlalchemy as sa
from starlette.responses import Response

from modules.documents.portal.reading import (
    DOCUMENT,
    EDITION,
    PLACE,
    TARGET,
    may_write,
    reached,
    targets_of,
    viewer,
)
from modules.documents.shelf import KINDS
from modules.masterdata.targets import Target
from server.portal.public import (
    MOST_TARGETS,
    TARGET_KINDS,
    Asked,
    Form,
    Portal,
    TargetLine,
    Unseen,
    Wrong,
    found_row,
    media_type,
    operation_on,
    picked,
    read,
    target_called,
    target_lines,
    to,
    write,
)
from syncengine.model.changeset import Operation
from syncengine.model.entity import Action
from syncengine.model.fields import Stored
from syncengine.model.ids import to_text
from syncengine.store import tables as t
from syncengine.store.database import reading
from syncengine.store.listing import Listed

OWN = ("title", "kind")  # of the document
FIELDS = ("language", "valid_from", "valid_until", "whats_new", "file_name")  # of the edition


@dataclass
class Draft:
    """What is typed, and the stored values of what fits. of: the document that there is."""

    form: Form
    of: Listed | None
    lines: list[TargetLine] = field(default_factory=list)
    own: dict[str, Stored] = field(default_factory=dict)
    edition: dict[str, Stored] = field(default_factory=dict)

    @property
    def fits(self) -> bool:
        """Whether it can be published."""
        wrong = any(line.error for line in self.lines)
        return not (self.form.errors or self.form.general or wrong)


def new(portal: Portal, asked: Asked) -> Response:
    """An empty form; with POST: a target more or less, whom it would reach, or the document."""
    _writer(portal, asked)
    return _answer(portal, asked, None)


def edition(portal: Portal, asked: Asked) -> Response:
    """Likewise of another edition of a document."""
    _writer(portal, asked)
    return _answer(portal, asked, found_row(portal, asked, portal.store.schema.entities[DOCUMENT]))


def _writer(portal: Portal, asked: Asked) -> None:
    if not may_write(portal, viewer(asked)):
        raise Unseen


def _answer(portal: Portal, asked: Asked, of: Listed | None) -> Response:
    if asked.method == "GET":
        texts = dict.fromkeys((*OWN, *FIELDS, "keep_offline", "file"), "") | {"kind": KINDS[0]}
        return _page(portal, asked, Draft(Form(texts, {}), of, [TargetLine(0, "market", "")]))
    draft, do = _typed(portal, asked, of), asked.value("do")
    if do != "publish":
        draft.form.errors.clear()
        for line in draft.lines:
            line.error = ""
        return _page(portal, asked, draft)
    if draft.fits:
        document = of.id if of else portal.store.environment.new_id()
        write(portal, asked, _operations(portal, draft, document), draft.form)
        if draft.fits:
            return to(f"{PLACE}/{to_text(document)}?saved=published")
    return _page(portal, asked, draft, 422)


def _typed(portal: Portal, asked: Asked, of: Listed | None) -> Draft:
    texts = {name: asked.value(name).replace("\r\n", "\n") for name in (*OWN, *FIELDS)}
    texts |= {"keep_offline": asked.value("keep_offline"), "file": asked.value("v.file")}
    draft = Draft(Form(texts, {}), of)
    if of is None:
        draft.lines = target_lines(portal, asked)
        if not draft.lines:
            draft.form.errors["target"] = asked.words("Say whom it is for.")
        draft.own["keep_offline"] = bool(texts["keep_offline"])
        _read(portal, asked, draft, DOCUMENT, OWN, draft.own)
    _read(portal, asked, draft, EDITION, ("file", *FIELDS), draft.edition)
    _complete(portal, asked, draft)
    return draft


def _read(
    portal: Portal, asked: Asked, draft: Draft, entity: str, names: tuple[str, ...],
    values: dict[str, Stored],
) -> None:  # fmt: skip
    fields = portal.store.schema.entities[entity].by_name
    for name in names:
        text = draft.form.texts[name]
        if name in ("valid_from", "file_name") and not text.strip():
            continue  # at once; after the document
        try:
            values[name] = read(asked.words, fields[name], text)
        except Wrong as wrong:
            draft.form.errors[name] = str(wrong)


def _complete(portal: Portal, asked: Asked, draft: Draft) -> None:
    """What nobody typed: from when on, and what the file is."""
    w, values, errors = asked.words, draft.edition, draft.form.errors
    now = portal.store.environment.now()
    begins, until = values.setdefault("valid_from", now), values.get("valid_until")
    if isinstance(begins, int) and isinstance(until, int):
        if until <= begins:
            errors["valid_until"] = w("It has to end after it begins.")
        elif until <= now:
            errors["valid_until"] = w("That is over already.")
    digest = values.get("file")
    if not isinstance(digest, bytes):
        return
    blob = t.blob.c
    with reading(portal.store.engine) as connection:
        size = connection.scalar(sa.select(blob.length).where(blob.digest == digest))
    if size is None:
        errors["file"] = w("Choose the file once more.")
        return
    kind, ending = media_type(portal, digest)
    title = str(draft.of.values["title"] if draft.of else draft.own.get("title", ""))
    name = str(values.get("file_name") or f"{title}.{ending}")
    values["file_name"], values["size"] = name, size
    values["media_type"] = mimetypes.guess_type(name)[0] or kind


def _operations(portal: Portal, draft: Draft, document: bytes) -> list[Operation]:
    """All of it in one changeset."""
    row = portal.store.environment.new_id()
    keeps = draft.of.values["keep_offline"] if draft.of else draft.own["keep_offline"]
    values = {**draft.edition, "document": document, "ends_at": draft.edition.get("valid_until"),
              "keep_offline": keeps, "status": "draft"}  # fmt: skip
    made = [] if draft.of else [_new(portal, DOCUMENT, document, draft.own)]
    for target in picked(draft.lines):
        named = {name: value for name, value in vars(target).items() if value}
        row_id = portal.store.environment.new_id()
        made.append(_new(portal, TARGET, row_id, {"document": document, **named}))
    entity, published = portal.store.schema.entities[EDITION], {"status": "published"}
    return [
        *made,
        _new(portal, EDITION, row, values),
        operation_on(portal, Action.UPDATE, entity, row, published),
    ]


def _new(portal: Portal, entity: str, row: bytes, values: Mapping[str, Stored]) -> Operation:
    given = {name: value for name, value in values.items() if value is not None}
    return operation_on(portal, Action.INSERT, portal.store.schema.entities[entity], row, given)


def _page(portal: Portal, asked: Asked, draft: Draft, status: int = 200) -> Response:
    store, of = portal.store, draft.of
    do = asked.value("do") if asked.method == "POST" else ""
    template = "documents/compose.html"
    if asked.partial:
        template = "documents/beside.html" if do == "look" else "documents/composer.html"
    targets: list[Target] = targets_of(store, of.id) if of else picked(draft.lines)
    entities = store.schema.entities
    return portal.page(
        asked, template, status, open_="documents/all", form=draft.form, lines=draft.lines, do=do,
        fields={**entities[EDITION].by_name, **entities[DOCUMENT].by_name},
        file_said=asked.words("The file is ready to be published.")
        if draft.form.texts["file"] else "", kinds=KINDS, fits=draft.fits,
        target_kinds=TARGET_KINDS, most=MOST_TARGETS,
        target_called=partial(target_called, asked.words), of=of.values if of else None,
        back=f"{PLACE}/{to_text(of.id)}" if of else PLACE,
        place=f"{PLACE}/{to_text(of.id)}/edition" if of else f"{PLACE}/new",
        reached=reached(portal, asked.signed_in.rights, targets),
        incomplete=len(draft.lines) - len(picked(draft.lines)),
    )  # fmt: skip

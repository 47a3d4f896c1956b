"""Imports (D1): what was brought, by whom, how far it is; bringing a file."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec
import sqlalchemy as sa
from starlette.responses import Response

from server.accounts.sign_in import declared
from server.importer import brought, works
from server.importer.brought import Brought
from server.importer.findings import FileRefused
from server.importer.guessing import importable
from server.portal.asked import Asked
from server.portal.import_words import said_of
from server.portal.pages import Portal, to
from server.portal.refusals import Unclear, Unseen
from server.portal.start import refused_lately
from syncengine.model.ids import from_text, to_text
from syncengine.model.rights import Right, Rights
from syncengine.store.database import reading
from syncengine.store.errands import Errand, TooManyErrands
from syncengine.store.overview import BulkLine, bulk_lines

SHOWN = 50


@dataclass(frozen=True)
class Line:
    """A file of the list. errand: what was done with it last."""

    file: Brought
    errand: Errand | None
    user: str


def kinds(portal: Portal, rights: Rights) -> list[str]:
    """The kinds of row that the user may import: who sees a part of the rows changes them only."""
    schema = portal.store.schema
    wanted = [Right.EDIT] if rights.limit is not None else [Right.ADD, Right.EDIT]
    return [
        entity.name
        for module in schema.modules
        for entity in module.entities
        if importable(entity) and any(rights.may(right, entity.name) for right in wanted)
    ]


def may_see(rights: Rights, user: bytes, file: Brought) -> bool:
    """What a file says is for who brought it, and for who may view all such rows."""
    if file.user == user:
        return True
    return rights.limit is None and bool(file.entity) and rights.may(Right.VIEW, file.entity)


def found_file(portal: Portal, asked: Asked) -> Brought:
    """The file that the address names; Unseen."""
    try:
        file = brought.find(portal.store, from_text(asked.path["file"]))
    except ValueError:
        raise Unseen from None
    signed_in = asked.signed_in
    if file is None or not may_see(signed_in.rights, signed_in.user_id, file):
        raise Unseen
    return file


def place(file: Brought) -> str:
    """The address of a file's page."""
    return f"/portal/imports/{to_text(file.id)}"


def user_names(portal: Portal, ids: set[bytes]) -> dict[bytes, str]:
    """What users are called."""
    u = portal.store.tables[declared(portal.store).user].c
    with reading(portal.store.engine) as connection:
        rows = connection.execute(sa.select(u.id, u.full_name, u.name).where(u.id.in_(ids)))
        return {row.id: row.full_name or row.name for row in rows}


def imports(portal: Portal, asked: Asked) -> Response:
    """Files that were brought, and large changes: under way and finished."""
    signed_in = asked.signed_in
    rights, mine = signed_in.rights, signed_in.user_id
    may_import = bool(kinds(portal, rights))
    if rights.limit is not None and not may_import:
        raise Unseen
    files = brought.newest(portal.store, SHOWN, None if rights.limit is None else mine)
    files = [file for file in files if may_see(rights, mine, file)]
    last = portal.errands.newest_of([file.id for file in files])
    called = user_names(portal, {file.user for file in files})
    lines = [Line(file, last.get(file.id), called.get(file.user, "")) for file in files]
    bulk: list[BulkLine] = []
    refused = asked.value("refused") == "1"
    if rights.limit is None:
        bulk = bulk_lines(portal.store, SHOWN)
        known = portal.errands.among([line.id for line in bulk])
        others = [line for line in bulk if line.id not in known]
        bulk = refused_lately(portal, bulk) if refused else others
    busy = any(line.errand is not None and not line.errand.finished for line in lines)
    return portal.page(
        asked, "imports_lines.html" if asked.partial else "imports.html", open_="imports",
        lines=lines, bulk=bulk, place=place, may_import=may_import, busy=busy,
        refused=refused, where="/portal/imports" + ("?refused=1" if refused else ""),
    )  # fmt: skip


def new(portal: Portal, asked: Asked) -> Response:
    """The form for a file; with POST: keep it, and look at it."""
    if not kinds(portal, asked.signed_in.rights):
        raise Unseen
    wrong = ""
    if asked.method == "POST":
        try:
            return _bring(portal, asked)
        except FileRefused as refused:
            wrong = said_of(asked.words, refused.finding.code, refused.detail)
        except TooManyErrands as refused:
            wrong = asked.words.reason(refused.code, refused.detail)
    return portal.page(
        asked, "import_new.html", 422 if wrong else 200, open_="imports", wrong=wrong,
        most=brought.MAX_BYTES // 2**20, most_bytes=brought.MAX_BYTES,
        kept=brought.KEPT // brought.DAY,
    )  # fmt: skip


def _bring(portal: Portal, asked: Asked) -> Response:
    asked.signed_in.author("import")  # with a password of one's own only
    if asked.file is None:
        raise FileRefused("file.none", "Choose a file.")
    user = asked.signed_in.user_id
    file = brought.bring(portal.store, user, asked.file.name, asked.file.path)
    look_again(portal, asked, file, "", "")
    return to(f"/portal/imports/{to_text(file)}")


def look_again(portal: Portal, asked: Asked, file: bytes, encoding: str, delimiter: str) -> None:
    """Have the server look at the file; TooManyErrands."""
    found = brought.find(portal.store, file)
    if found is None:
        raise Unclear
    ask(portal, asked, found, works.LOOK, msgspec.msgpack.encode((encoding, delimiter)))


def ask(
    portal: Portal,
    asked: Asked,
    file: Brought,
    kind: str,
    parameters: bytes,
    errand: bytes | None = None,
) -> None:
    """Have something done with a file, one thing at a time; TooManyErrands."""
    last = portal.errands.newest_of([file.id]).get(file.id)
    if last is not None and not last.finished:
        return
    user = asked.signed_in.user_id
    portal.errands.ask(kind, user, file.name, file.id, parameters, errand)
    portal.running.hasten()

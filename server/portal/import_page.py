"""One file: how far it is, what it would do, what it did; write it, take it back, put it away."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from starlette.background import BackgroundTask
from starlette.responses import FileResponse, Response

from server.export import WRITERS
from server.export_rows import Row, text_columns
from server.importer import brought, works
from server.importer.brought import Brought
from server.importer.mapping import MappingFile
from server.importer.report import Checked, Imported, Noted, Shown, TakenBack
from server.portal.asked import Asked
from server.portal.import_words import said_of, said_of_row
from server.portal.imports import ask, found_file, place, user_names
from server.portal.pages import Portal, to
from server.portal.refusals import Unclear, Unseen
from server.portal.values import shown
from server.portal.words import Words
from syncengine.model.entity import Entity
from syncengine.model.fields import Reference, Stored
from syncengine.model.ids import to_text
from syncengine.model.rights import Rights
from syncengine.store import listing
from syncengine.store.database import reading
from syncengine.store.errands import Errand, State, TooManyErrands

ROWS = 50  # of each list on the page
PAIRS = 20

T = TypeVar("T")
Titles = dict[tuple[str, bytes], str]


@dataclass(frozen=True)
class Pair:
    """So many rows go from somebody to somebody."""

    entity: str
    before: str
    after: str
    rows: int


def one(portal: Portal, asked: Asked) -> Response:
    """The page; with POST: what its buttons do."""
    file = found_file(portal, asked)
    errands = portal.errands.of(file.id)
    wrong = ""
    if asked.method == "POST":
        try:
            wrong = _do(portal, asked, file, errands)
        except TooManyErrands as refused:
            wrong = asked.words.reason(refused.code, refused.detail)
        if not wrong:
            return to(place(file))
    newest = errands[0] if errands else None
    ready = newest is not None and newest.kind == works.LOOK and newest.state is State.DONE
    if ready and file.left is None and not wrong:
        answer = to(f"{place(file)}/columns")
        if asked.partial:  # the browser would fetch that for the part of the page
            answer = Response(headers={"hx-redirect": f"{place(file)}/columns"})
        return answer
    template = "import_state.html" if asked.partial else "import.html"
    return portal.page(
        asked, template, 422 if wrong else 200, open_="imports", file=file, place=place(file),
        newest=newest, steps_done=errands, wrong=wrong,
        failed=said_of(asked.words, newest.code, newest.detail) if newest is not None else "",
        users=user_names(portal, {e.user for e in errands} | {file.user}),
        **_results(portal, asked, file, errands),
    )  # fmt: skip


def _last(errands: Iterable[Errand], kind: str, state: State = State.DONE) -> Errand | None:
    return next((e for e in errands if e.kind == kind and e.state is state), None)


def _brought(portal: Portal, errand: Errand, kind: type[T]) -> T:
    """What an errand that is done brought."""
    whole = portal.errands.find(errand.id)
    if whole is None:
        raise Unseen  # forgotten in this very moment
    return msgspec.msgpack.decode(whole.result, type=kind)


def _entity_of(portal: Portal, check: Errand) -> Entity:
    """What the rows are that were checked."""
    declared = msgspec.json.decode(check.parameters, type=MappingFile)
    return portal.store.schema.entities[declared.output[0].entity]


def _derived(errand: Errand, kind: str) -> bytes:
    """The id of what follows an errand: asked for twice, it is the same."""
    return hashlib.sha256(errand.id + kind.encode()).digest()[:16]


def _do(portal: Portal, asked: Asked, file: Brought, errands: list[Errand]) -> str:
    """What is wrong with it, if something is."""
    asked.signed_in.author("import")  # with a password of one's own only
    do, newest = asked.value("do"), errands[0] if errands else None
    check, written = _last(errands, works.CHECK), _last(errands, works.WRITE)
    if do == "write" and check is not None and written is None and file.left is None:
        return _write(portal, asked, file, check)
    if do == "undo" and written is not None:
        ask(portal, asked, file, works.UNDO, written.id, _derived(written, works.UNDO))
    elif do == "check" and check is not None and written is None and file.left is None:
        ask(portal, asked, file, works.CHECK, check.parameters)
    elif do == "away" and (newest is None or newest.finished):
        brought.put_away(portal.store, file.id)
    else:
        return asked.words("That is no longer possible: somebody was faster.")
    return ""


def _write(portal: Portal, asked: Asked, file: Brought, check: Errand) -> str:
    found = _brought(portal, check, Checked)
    if asked.value("check") != check.id.hex():
        return asked.words("The file was checked again meanwhile. Look at what it would do now.")
    if not found.ok or not found.operations:
        raise Unclear
    if found.large and asked.value("sure") != "1":
        return asked.words("Confirm first that so many rows are meant.")
    ask(portal, asked, file, works.WRITE, check.id, _derived(check, works.WRITE))
    return ""


def _results(
    portal: Portal, asked: Asked, file: Brought, errands: list[Errand]
) -> dict[str, object]:
    """What the errands of a file brought, as far as it is shown."""
    check, written = _last(errands, works.CHECK), _last(errands, works.WRITE)
    undone = _last(errands, works.UNDO)
    found: dict[str, object] = {
        "check": check, "checked": None, "imported": None, "back": None, "written": written,
        "undone": undone, "rows_shown": ROWS, "pairs_shown": PAIRS,
    }  # fmt: skip
    if check is not None and written is None:
        checked = _brought(portal, check, Checked)
        found |= _checked(portal, asked, _entity_of(portal, check), checked)
    if written is not None:
        imported = _brought(portal, written, Imported)
        found["imported"] = imported
        found["refusals"] = [
            (n, asked.words.reason(n.code, n.detail)) for n in imported.refused[:ROWS]
        ]
    if undone is not None:
        back = _brought(portal, undone, TakenBack)
        found |= {"back": back, "stays": list(_stays(portal, asked, back))}
        found["kept"] = [asked.words.reason(n.code, n.detail) for n in back.refused[:ROWS]]
    return found


def _checked(portal: Portal, asked: Asked, entity: Entity, checked: Checked) -> dict[str, object]:
    w, rights = asked.words, asked.signed_in.rights
    rows = [*checked.changed[:ROWS], *checked.made[:ROWS]]
    titles = _titles(portal, rights, entity, rows)
    return {
        "checked": checked,
        "changed": [_values(w, entity, row, titles) for row in checked.changed[:ROWS]],
        "made": [_values(w, entity, row, titles) for row in checked.made[:ROWS]],
        "errors": [(n, said_of_row(w, entity, n)) for n in checked.errors[:ROWS]],
        "warnings": [(n, said_of_row(w, entity, n)) for n in checked.warnings[:ROWS]],
        "pairs": list(_pairs(portal, asked, checked)),
    }


def _titles(portal: Portal, rights: Rights, entity: Entity, rows: list[Shown]) -> Titles:
    """What the rows are called that these refer to, as far as the user may view them."""
    found: Titles = {}
    for one in entity.fields:
        if not isinstance(one.type, Reference):
            continue
        ids = {
            value
            for row in rows
            for name, *values in row.fields
            if name == one.name
            for value in values
            if isinstance(value, bytes)
        }
        known = listing.visible(portal.store, rights, one.type.entity, ids)
        with reading(portal.store.engine) as connection:
            told = listing.titles(connection, portal.store, rights, one.type.entity, known)
        found |= {(one.name, row_id): title for row_id, title in told.items()}
    return found


def _values(
    w: Words, entity: Entity, row: Shown, titles: Titles
) -> tuple[Shown, list[tuple[str, str, str]]]:
    """(the row, [(field, value now, value then)...]) as the reader writes them."""

    def said(name: str, value: Stored) -> str:
        if isinstance(value, bytes) and (name, value) not in titles:
            return w("a new row")
        return _cut(w, entity, name, value, titles)

    return row, [(name, said(name, now), said(name, then)) for name, now, then in row.fields]


def _cut(w: Words, entity: Entity, name: str, value: Any, titles: Titles) -> str:  # noqa: ANN401
    field = entity.by_name.get(name)
    if field is None or value is None:
        return ""
    return shown(w, field, value, titles)


def _pairs(portal: Portal, asked: Asked, checked: Checked) -> Iterator[Pair]:
    store, people = portal.store, portal.store.schema.people
    ids = [one for _, *pair, _ in checked.handed[:PAIRS] for one in pair if one is not None]
    with reading(store.engine) as connection:
        rights = asked.signed_in.rights
        called = listing.titles(connection, store, rights, people, ids)
    nobody = asked.words("nobody")
    for entity, before, after, rows in checked.handed[:PAIRS]:
        yield Pair(
            entity, called[before] if before else nobody, called[after] if after else nobody, rows
        )


def _stays(
    portal: Portal, asked: Asked, back: TakenBack
) -> Iterator[tuple[str, str, str, str, str, str]]:
    """(entity, row, its title, field, imported, now) of what taking back left as it is."""
    w, rights, store = asked.words, asked.signed_in.rights, portal.store
    some = back.conflicts[:ROWS]
    for name in sorted({c.entity for c in some}):
        entity, mine = store.schema.entities[name], [c for c in some if c.entity == name]
        fields = [Shown(name, "", 0, ((c.field, c.imported, c.now),)) for c in mine if c.field]
        titles = _titles(portal, rights, entity, fields)
        with reading(store.engine) as connection:
            called = listing.titles(connection, store, rights, name, [c.row for c in mine])
        for c in mine:
            before = _cut(w, entity, c.field, c.imported, titles)
            now = _cut(w, entity, c.field, c.now, titles)
            yield name, to_text(c.row), called[c.row], c.field, before, now


def findings(portal: Portal, asked: Asked) -> Response:
    """Errors and warnings of the last check as a file, for whoever mends them."""
    file, ending = found_file(portal, asked), "." + asked.path["form"]
    check = _last(portal.errands.of(file.id), works.CHECK)
    write = WRITERS.get(ending)
    if check is None or write is None:
        raise Unseen
    checked = _brought(portal, check, Checked)
    entity, w = _entity_of(portal, check), asked.words
    with tempfile.NamedTemporaryFile(suffix=ending, delete=False) as made:
        path = Path(made.name)
    head = [w("Row"), w("Column of the file"), w("Value"), w("What is wrong"), w("Code")]
    try:
        write(path, text_columns(head), _lines(w, entity, [*checked.errors, *checked.warnings]))
    except BaseException:
        path.unlink()
        raise
    name = f"{Path(file.name).stem}-{w('errors')}{ending}"
    return FileResponse(path, filename=name, background=BackgroundTask(path.unlink))


def _lines(w: Words, entity: Entity, notes: list[Noted]) -> Iterator[Row]:
    for note in notes:
        said = said_of_row(w, entity, note)
        yield [note.row or None, note.column, note.given, said, note.code]

"""Exports of lists: short ones at once, long ones as errands that are left and found again."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import msgspec
import sqlalchemy as sa
from starlette.background import BackgroundTask
from starlette.responses import FileResponse, Response

from server import export_files
from server.export import WRITERS
from server.export_errand import KIND, LongExport, Source, asked_for, seen_in
from server.export_files import Made
from server.export_rows import Column, Row
from server.list_export import Line as Stored
from server.list_export import columns_of, lines_of, loaded, sight
from server.module_tables import KIND as TABLE
from server.module_tables import LongTable, TableSource, source_of
from server.portal.asked import Asked
from server.portal.lists import View, viewed
from server.portal.pages import Portal, to
from server.portal.refusals import Unclear, Unseen
from server.problem import Problem
from syncengine.model.ids import from_text, to_text
from syncengine.model.rights import Rights
from syncengine.store import listing
from syncengine.store.database import reading
from syncengine.store.errands import Errand, State, TooManyErrands

AT_ONCE = 5_000  # rows; more are an errand
SHOWN = 50
DAY = 24 * 3600 * 1_000_000


@dataclass(frozen=True)
class Line:
    """An export of a page. called: what it is of. file: its name. made: the file, as long as it is
    kept.
    """

    errand: Errand
    long: Source
    called: str
    file: str
    made: Made | None


def export(portal: Portal, asked: Asked) -> Response:
    """All rows of a view with its columns, as a file. Of a long one a page that says so; with POST
    the file is asked for.
    """
    view, ending = viewed(portal, asked), "." + asked.path["form"]
    if ending not in WRITERS:
        raise Unseen
    wrong, long = "", _is_long(portal, asked, view)
    try:
        if not long:
            return _at_once(portal, asked, view, ending)
        if asked.method == "POST":
            return ask(portal, asked, KIND, view.entity.name, _long(portal, asked, view, ending))
    except (Problem, TooManyErrands) as refused:
        wrong = asked.words.reason(refused.code, refused.detail)
    return portal.page(
        asked, "export_long.html", 422 if wrong else 200, open_=view.entity.name,
        back=view.address(), called=asked.words.entities(view.entity.name), long=long, wrong=wrong,
        action=view.address(f"/export{ending}"), at_once=AT_ONCE, kept=export_files.KEPT // DAY,
    )  # fmt: skip


def exports(portal: Portal, asked: Asked) -> Response:
    """The user's long exports, the newest first."""
    found = portal.errands.of(asked.signed_in.user_id, SHOWN)
    lines = _lines(portal, asked, [errand for errand in found if errand.kind in (KIND, TABLE)])
    busy = any(not line.errand.finished for line in lines)
    return portal.page(
        asked, "exports_lines.html" if asked.partial else "exports.html", open_="exports",
        lines=lines, busy=busy, kept=export_files.KEPT // DAY,
    )  # fmt: skip


def one(portal: Portal, asked: Asked) -> Response:
    """How far one is; with POST it is begun anew, as an export of now."""
    errand, wrong = _own(portal, asked), ""
    if asked.method == "POST":
        try:
            _again(portal, asked, errand)
            return to(f"/portal/exports/{to_text(errand.id)}")
        except TooManyErrands as refused:
            wrong = asked.words.reason(refused.code, refused.detail)
    return _page(portal, asked, errand, wrong)


def file(portal: Portal, asked: Asked) -> Response:
    """The file, for whoever asked for it, as long as they may see what it shows."""
    (line,) = _lines(portal, asked, [_own(portal, asked)])
    if line.made is None:
        return _page(portal, asked, line.errand, "", 404)
    if seen_in(portal.store, asked.signed_in.user_id, line.long) != line.long.sight:
        return _page(portal, asked, line.errand, "", 403)
    path = export_files.fetch(portal.store, line.errand.id, line.made)
    if path is None:
        return _page(portal, asked, line.errand, "", 404)
    return _answer(path, line.file)


def _page(portal: Portal, asked: Asked, errand: Errand, wrong: str, status: int = 200) -> Response:
    (line,) = _lines(portal, asked, [errand])
    seen = seen_in(portal.store, asked.signed_in.user_id, line.long)
    return portal.page(
        asked, "export_state.html" if asked.partial else "export.html",
        422 if wrong else status, open_="exports", line=line, wrong=wrong,
        outdated=seen != line.long.sight, possible=seen is not None,
        kept=export_files.KEPT // DAY,
    )  # fmt: skip


def _own(portal: Portal, asked: Asked) -> Errand:
    """The user's export that the address names; Unseen, whoever else's it is."""
    try:
        errand = portal.errands.find(from_text(asked.path["errand"]))
    except ValueError:
        raise Unseen from None
    if errand is None or errand.kind not in (KIND, TABLE) or errand.user != asked.signed_in.user_id:
        raise Unseen
    return errand


def _lines(portal: Portal, asked: Asked, errands: Sequence[Errand]) -> list[Line]:
    done = [errand.id for errand in errands if errand.state is State.DONE]
    made: dict[bytes, Made] = {}
    for kept in export_files.kept_of(portal.store, done):  # a few at most
        whole = portal.errands.find(kept)
        if whole is not None:
            made[kept] = msgspec.msgpack.decode(whole.result, type=Made)
    return [_line(portal, asked, errand, made.get(errand.id)) for errand in errands]


def _line(portal: Portal, asked: Asked, errand: Errand, made: Made | None) -> Line:
    w = asked.words
    if errand.kind == KIND:
        list_ = asked_for(errand)
        called, file = w.entities(list_.entity), list_.entity + list_.ending
        return Line(errand, list_, called, file, made)
    source = source_of(errand, portal.tables)
    label = w(source.table.label) if source.table else source.long.table
    file = source.long.file + source.ending
    return Line(errand, source, f"{label} · {errand.label}", file, made)


def _is_long(portal: Portal, asked: Asked, view: View) -> bool:
    rights = asked.signed_in.rights
    return listing.count(portal.store, rights, view.wanted, AT_ONCE + 1) > AT_ONCE


def _long(portal: Portal, asked: Asked, view: View, ending: str) -> LongExport:
    store, wanted, rights = portal.store, view.wanted, asked.signed_in.rights
    with reading(store.engine) as connection:
        seen = sight(connection, store, rights, view.entity, view.columns)
    head = tuple(asked.words.field(name) for name in view.columns)
    return LongExport(
        view.entity.name, wanted.search, wanted.filters, wanted.order, wanted.descending,
        view.columns, head, ending, seen,
    )  # fmt: skip


def ask(
    portal: Portal, asked: Asked, kind: str, label: str, long: LongExport | LongTable
) -> Response:
    """To its errand; to one that is under way already, where it is the same. TooManyErrands."""
    user, said = asked.signed_in.user_id, msgspec.msgpack.encode(long)
    for errand in portal.errands.of(user):
        if errand.kind == kind and not errand.finished and errand.parameters == said:
            return to(f"/portal/exports/{to_text(errand.id)}")
    made = portal.errands.ask(kind, user, label, user, said)
    portal.running.hasten()
    return to(f"/portal/exports/{to_text(made)}")


def _again(portal: Portal, asked: Asked, errand: Errand) -> None:
    """Begin one anew that failed, with the rights of now."""
    if errand.state is not State.FAILED:
        return
    (line,) = _lines(portal, asked, [errand])
    seen = seen_in(portal.store, errand.user, line.long)
    if seen is None:
        raise Unclear
    long = line.long.long if isinstance(line.long, TableSource) else asked_for(errand)
    said = msgspec.msgpack.encode(msgspec.structs.replace(long, sight=seen))
    portal.errands.ask(errand.kind, errand.user, errand.label, errand.subject, said, errand.id)
    portal.running.hasten()


def _at_once(portal: Portal, asked: Asked, view: View, ending: str) -> Response:
    head = [asked.words.field(name) for name in view.columns]
    columns = columns_of(view.entity, view.columns, head)
    lines = partial(_lines_of, portal, asked.signed_in.rights, view)
    return at_once(portal, columns, lines, view.entity.name + ending)


def _lines_of(
    portal: Portal, rights: Rights, view: View, connection: sa.Connection
) -> Iterator[list[Stored]]:
    return lines_of(connection, portal.store, rights, view.wanted, view.columns)


def at_once(
    portal: Portal,
    columns: Sequence[Column],
    lines: Callable[[sa.Connection], Iterator[list[Stored]]],
    name: str,
) -> Response:
    """A file of that name with these lines, in one snapshot. Problem: it would be too much."""
    ending = Path(name).suffix
    with tempfile.NamedTemporaryFile(suffix=ending, delete=False) as made:
        path = Path(made.name)
    try:
        with reading(portal.store.engine) as connection:
            WRITERS[ending](path, columns, _rows(columns, lines(connection)))
    except BaseException:
        path.unlink()
        raise
    return _answer(path, name)


def _rows(columns: Sequence[Column], lines: Iterator[list[Stored]]) -> Iterator[Row]:
    for some in lines:
        yield from (loaded(columns, line) for line in some)


def _answer(path: Path, name: str) -> Response:
    return FileResponse(path, filename=name, background=BackgroundTask(path.unlink))

"""Tables of modules as files: short ones at once, long ones as errands, as lists are exported."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import msgspec
import sqlalchemy as sa
from starlette.responses import Response

from server import export_files
from server.export import WRITERS
from server.list_export import Line
from server.module_tables import KIND, LongTable, TableSource
from server.portal.asked import Asked
from server.portal.exports import AT_ONCE, DAY, ask, at_once
from server.portal.pages import Portal
from server.portal.refusals import Unseen
from server.problem import Problem
from syncengine.store.database import reading
from syncengine.store.errands import TooManyErrands


@dataclass(frozen=True)
class WantedTable:
    """table: <module>/<name>. parameters: what of it. head: what its columns are called. of: what
    the file is about, for whoever finds it later. file: its name, with the ending. action: the
    address of this. back: the page that it stands on.
    """

    table: str
    parameters: bytes
    head: tuple[str, ...]
    of: str
    file: str
    action: str
    back: str


def export_table(portal: Portal, asked: Asked, wanted: WantedTable) -> Response:
    """The file; of a long table a page that says so, and with POST the errand that makes it.
    Unseen: there is no such form of files, or nothing of what is wanted.
    """
    name, dot, form = wanted.file.rpartition(".")
    table = portal.tables[wanted.table]
    rights, store, wrong = asked.signed_in.rights, portal.store, ""
    ending = dot + form
    if ending not in WRITERS:
        raise Unseen
    asked_long = LongTable(wanted.table, wanted.parameters, wanted.head, name, ending, b"")
    with reading(store.engine) as connection:
        seen = TableSource(asked_long, table).seen(connection, store, rights)
        if seen is None:
            raise Unseen
        source = TableSource(msgspec.structs.replace(asked_long, sight=seen), table)
        columns = source.typed(connection, store)
        long = source.count(connection, store, rights, AT_ONCE + 1) > AT_ONCE

    def lines(connection: sa.Connection) -> Iterator[list[Line]]:
        return source.lines(connection, store, rights)

    try:
        if not long:
            return at_once(portal, columns, lines, wanted.file)
        if asked.method == "POST":
            return ask(portal, asked, KIND, wanted.of, source.long)
    except (Problem, TooManyErrands) as refused:
        wrong = asked.words.reason(refused.code, refused.detail)
    return portal.page(
        asked, "export_long.html", 422 if wrong else 200, open_="exports", back=wanted.back,
        called=wanted.of, long=long, wrong=wrong, action=wanted.action, at_once=AT_ONCE,
        kept=export_files.KEPT // DAY,
    )  # fmt: skip

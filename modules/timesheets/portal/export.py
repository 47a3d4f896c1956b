"""The days of a sheet as a file, as far as the user has them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import sqlalchemy as sa
from starlette.responses import Response

from modules.timesheets.portal.reading import DAY, PLACE, SHEET, shown_days, viewer
from server.portal.public import (
    Asked,
    ModuleTable,
    Portal,
    Unseen,
    WantedTable,
    export_table,
    found_row,
)
from syncengine.model.fields import FieldType, Stored
from syncengine.model.ids import to_text
from syncengine.model.rights import Rights
from syncengine.store.accounts import shown_to
from syncengine.store.store import Store

COLUMNS = ("day", "starts_at", "ends_at", "worked", "breaks", "travel", "visits", "notices")
PARQUET = "parquet"  # its columns are called the same in every language


def _types(_connection: sa.Connection, store: Store, _: bytes) -> Sequence[FieldType]:
    return [store.schema.entities[DAY].by_name[name].type for name in COLUMNS]


def _found(store: Store, rights: Rights, sheet: bytes) -> sa.ColumnElement[bool]:
    day = store.tables[DAY].c
    return sa.and_(day[SHEET] == sheet, shown_to(rights, store.schema, store.tables, DAY))


def _count(connection: sa.Connection, store: Store, rights: Rights, sheet: bytes, most: int) -> int:
    some = sa.select(store.tables[DAY].c.id).where(_found(store, rights, sheet)).limit(most)
    return connection.scalar(sa.select(sa.func.count()).select_from(some.subquery())) or 0


def _lines(
    connection: sa.Connection, store: Store, rights: Rights, sheet: bytes
) -> Iterator[list[list[Stored]]]:
    """A month has few."""
    day = store.tables[DAY].c
    wanted = sa.select(*(day[name] for name in COLUMNS)).where(_found(store, rights, sheet))
    yield [list(row) for row in connection.execute(wanted.order_by(day.day, day.id))]


TABLES = {"days": ModuleTable("Working days", (DAY,), _types, _count, _lines)}


def export(portal: Portal, asked: Asked) -> Response:
    """The file; Unseen while evaluation by person is off."""
    rights = viewer(asked)
    row = found_row(portal, asked, portal.store.schema.entities[SHEET])
    if not shown_days(rights):
        raise Unseen
    form, place = asked.path["form"], f"{PLACE}/{to_text(row.id)}"
    head = COLUMNS if form == PARQUET else tuple(asked.words.field(name) for name in COLUMNS)
    month = str(row.values["month"])[:7]
    return export_table(portal, asked, WantedTable(
        "timesheets/days", row.id, head, month, f"days-{month}.{form}",
        f"{place}/days.{form}", place,
    ))  # fmt: skip

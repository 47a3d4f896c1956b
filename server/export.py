"""Exports: all rows of one entity as a CSV file, an Excel workbook or a Parquet file, custom fields
included.
"""

from __future__ import annotations

import csv
import datetime as dt
import decimal
import os
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import xlsxwriter

from server.export_parquet import write_parquet
from server.export_rows import Column, Row, Write
from server.problem import Problem
from syncengine.model.entity import Entity, Field
from syncengine.model.fields import Reference, Stored, Text, Value
from syncengine.model.ids import to_text
from syncengine.store.database import reading
from syncengine.store.store import Store

STREAM = 1_000  # rows in memory at once
MAX_SHEET_ROWS = 1_048_575  # of a workbook's sheet, besides the head
MAX_CELL = 32_767  # characters of a workbook's cell
MAX_DIGITS = 15  # of a workbook's number; more are written as text, exactly
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # how a text begins that a spreadsheet would run


def export(store: Store, name: str, path: Path, progress: Callable[[int], None]) -> int:
    """Write every row of an entity to `path`, whose ending says the form, one of WRITERS; how
    many.

    One snapshot, ordered by id. The columns are the fields by name; a reference shows the number
    of the row that it refers to, or its id where there is none. Instants are in UTC. A text that a
    spreadsheet would take for a formula stays text: in CSV it gets an apostrophe in front. The file
    appears whole or not at all. Problem: what stands in the way.
    """
    entity = store.schema.entities.get(name)
    if entity is None:
        known = ", ".join(sorted(store.schema.entities))
        raise Problem("entity.unknown", f"There is no kind of row {name}. Known: {known}.")
    write = WRITERS.get(path.suffix.lower())
    if write is None:
        raise Problem("export.form", f"{path.name}: the name must end with {', '.join(WRITERS)}.")
    begun = path.with_name(f".{path.name}.part")
    try:
        with reading(store.engine) as connection, closing(_rows(store, connection, entity)) as rows:
            columns = [Column("id", Text()), *(Column(f.name, f.type) for f in entity.fields)]
            number = write(begun, columns, _counted(rows, progress))
        os.replace(begun, path)
    except OSError as error:
        raise Problem("export.file", f"{path} cannot be written: {error.strerror}.") from None
    finally:
        with suppress(OSError):
            begun.unlink()
    return number


def _rows(store: Store, connection: sa.Connection, entity: Entity) -> Generator[Row, None, None]:
    """Program values; references as numbers of the rows referred to."""
    table = store.tables[entity.name]
    source: sa.FromClause = table
    none: sa.ColumnElement[Any] = sa.literal(None, sa.Text())
    numbers: list[sa.ColumnElement[Any]] = []
    for field in entity.fields:
        kind, number = field.type, none
        if isinstance(kind, Reference) and "number" in store.schema.entities[kind.entity].by_name:
            target = store.tables[kind.entity].alias()
            source = source.outerjoin(target, target.c.id == table.c[field.name])
            number = target.c.number
        numbers.append(number)
    fields = [table.c[field.name] for field in entity.fields]
    wanted = sa.select(table.c.id, *fields, *numbers).select_from(source).order_by(table.c.id)
    with connection.execute(wanted.execution_options(yield_per=STREAM)) as found:
        for row_id, *values in found:
            known = values[len(fields) :]
            yield [to_text(row_id), *map(_value, entity.fields, values, known)]


def _value(field: Field, stored: Stored, number: str | None) -> Value | None:
    """As programs have it; of a reference the number that was found, or the id."""
    return number if number is not None or stored is None else field.type.load(stored)


def _counted(rows: Iterator[Row], progress: Callable[[int], None]) -> Iterator[Row]:
    for number, row in enumerate(rows, 1):
        yield row
        if number % STREAM == 0:
            progress(number)


def _csv(path: Path, columns: Sequence[Column], rows: Iterator[Row]) -> int:
    number = 0
    with path.open("w", encoding="utf-8-sig", newline="") as file:  # the mark is for Excel
        writer = csv.writer(file)
        writer.writerow([name for name, _ in columns])
        for row in rows:
            writer.writerow([_as_text(value) for value in row])
            number += 1
    return number


def _as_text(value: Value | None) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return f"'{value}" if value.startswith(FORMULA) else value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dt.date):
        return value.isoformat()
    return str(value)


def _xlsx(path: Path, columns: Sequence[Column], rows: Iterator[Row]) -> int:
    number = 0
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(str(path), options) as book:
        sheet = book.add_worksheet()
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        instant = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        sheet.write_row(0, 0, [name for name, _ in columns])
        sheet.freeze_panes(1, 0)
        for number, row in enumerate(rows, 1):
            if number > MAX_SHEET_ROWS:
                limit = f"A sheet holds {MAX_SHEET_ROWS:,} rows; there are more: use .csv."
                raise Problem("export.too_many_rows", limit)
            for place, value in enumerate(row):
                _write_cell(sheet, number, place, value, day, instant)
    return number


def _write_cell(
    sheet: xlsxwriter.worksheet.Worksheet,
    row: int,
    place: int,
    value: Value | None,
    day: xlsxwriter.format.Format,
    instant: xlsxwriter.format.Format,
) -> None:
    match value:
        case None:
            pass
        case bool():
            sheet.write_boolean(row, place, value)
        case dt.datetime():
            moment = value.astimezone(dt.UTC).replace(tzinfo=None)
            sheet.write_datetime(row, place, moment, instant)
        case dt.date():
            sheet.write_datetime(row, place, value, day)
        case int() | decimal.Decimal() if (
            len(decimal.Decimal(value).as_tuple().digits) <= MAX_DIGITS
        ):
            sheet.write_number(row, place, float(value))
        case _:
            text = str(value)
            if len(text) > MAX_CELL:
                limit = f"Row {row} has a text longer than a cell's {MAX_CELL:,}: use .csv."
                raise Problem("export.text_too_long", limit)
            sheet.write_string(row, place, text)


WRITERS: dict[str, Write] = {".csv": _csv, ".xlsx": _xlsx, ".parquet": write_parquet}

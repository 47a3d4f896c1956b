"""Reading CSV files and workbooks as rows of cells, bounded and never guessing an encoding
wrong.
"""

from __future__ import annotations

import codecs
import csv
import datetime as dt
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook

from server.importer.findings import FileRefused

Cell = str | int | float | bool | dt.date | dt.datetime | None
Row = tuple[int, dict[str, Cell]]  # (number as a person counts, cell by column)

MAX_FIELD = 1 * 2**20  # characters of one CSV field
MAX_UNPACKED = 512 * 2**20  # bytes of a workbook, unpacked
MAX_RATIO = 200  # unpacked to packed, of parts beyond 1 MiB
MAX_PARTS = 10_000
BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
XML_HEAD = 4_096


def read_rows(path: Path, columns: list[str], encoding: str, delimiter: str) -> Iterator[Row]:
    """The rows of a .csv or .xlsx file, only the named columns; FileRefused when it cannot be."""
    if path.suffix.lower() == ".xlsx":
        return _workbook(path, columns)
    return _csv(path, columns, encoding, delimiter)


def _select(head: list[str], columns: list[str]) -> dict[str, int]:
    """Column -> place; refuses a header that lacks one or names one twice."""
    names = [name.strip() for name in head]
    for name in columns:
        if names.count(name) == 0:
            raise FileRefused("header.missing", f"The column {name} is missing.", 1, name)
        if names.count(name) > 1:
            raise FileRefused("header.duplicate", f"The column {name} stands twice.", 1, name)
    return {name: names.index(name) for name in columns}


def _encoding(path: Path, declared: str) -> str:
    """A byte order mark decides; else what is declared. Bytes that do not fit are refused later."""
    with path.open("rb") as file:
        head = file.read(4)
    return next((name for mark, name in BOMS if head.startswith(mark)), declared)


def _csv(path: Path, columns: list[str], encoding: str, delimiter: str) -> Iterator[Row]:
    csv.field_size_limit(MAX_FIELD)
    number = 1
    try:
        with path.open(encoding=_encoding(path, encoding), newline="", errors="strict") as file:
            rows = csv.reader(file, delimiter=delimiter, strict=True)
            head = next(rows, None)
            if head is None:
                raise FileRefused("file.unreadable", "The file is empty.")
            places = _select(head, columns)
            for row in rows:
                number += 1
                if not row:
                    continue
                if len(row) != len(head):
                    raise FileRefused(
                        "row.ragged", f"{len(row)} fields where the header has {len(head)}.", number
                    )
                yield number, {name: row[place] or None for name, place in places.items()}
    except UnicodeError:
        raise FileRefused(
            "encoding.unknown",
            f"The file is not {encoding}; declare its encoding in the mapping.",
            number + 1,
        ) from None
    except csv.Error as error:
        raise FileRefused("file.unreadable", f"Not a CSV file: {error}.", number + 1) from None
    except OSError as error:
        raise FileRefused("file.unreadable", f"{path.name}: {error.strerror}.") from None


def _check_parts(path: Path) -> None:
    """Refuse a workbook that is dangerous to unpack, by its directory and the heads of its
    parts.
    """
    try:
        with zipfile.ZipFile(path) as parts:
            infos = parts.infolist()
            if len(infos) > MAX_PARTS or sum(i.file_size for i in infos) > MAX_UNPACKED:
                raise FileRefused("file.too_large", "The workbook is too large when unpacked.")
            for info in infos:
                if info.filename.startswith(("/", "\\")) or ".." in Path(info.filename).parts:
                    raise FileRefused("file.dangerous", "A part of the workbook leads outside.")
                big = info.file_size > 2**20
                if big and info.file_size > MAX_RATIO * max(info.compress_size, 1):
                    raise FileRefused("file.dangerous", "A part of the workbook is a zip bomb.")
                if info.filename.endswith((".xml", ".rels")):
                    with parts.open(info) as part:
                        head = part.read(XML_HEAD)
                    if b"<!DOCTYPE" in head or b"<!ENTITY" in head:
                        raise FileRefused("file.dangerous", "A part of the workbook has entities.")
    except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, ValueError) as error:
        raise FileRefused("file.unreadable", f"Not a workbook: {error}.") from None


def _workbook(path: Path, columns: list[str]) -> Iterator[Row]:
    _check_parts(path)
    try:
        sheet = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0)
        rows: Iterator[list[Any]] = iter(sheet.to_python())
    except (CalamineError, OSError, ValueError, IndexError) as error:
        raise FileRefused("file.unreadable", f"Not a workbook: {error}.") from None
    head = next(rows, None)
    if head is None:
        raise FileRefused("file.unreadable", "The first sheet is empty.")
    places = _select([str(cell) for cell in head], columns)
    for number, row in enumerate(rows, 2):
        cells = {name: _cell(row[place]) for name, place in places.items()}
        if any(cell is not None for cell in row) and any(cell != "" for cell in row):
            yield number, cells


def _cell(value: Any) -> Cell:  # noqa: ANN401  whatever the workbook holds
    """Empty cells as None; numbers without a fraction as integers, since workbooks have floats
    only.
    """
    if value == "":
        return None
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    cell: Cell = value
    return cell

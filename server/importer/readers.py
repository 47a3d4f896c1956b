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

from server.importer.findings import FileRefused, Findings

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


def read_rows(
    path: Path, columns: list[str], encoding: str, delimiter: str, findings: Findings | None = None
) -> Iterator[Row]:
    """The rows of a .csv or .xlsx file, only the named columns; FileRefused when it cannot be.

    findings: where rows with too few or too many fields are noted and passed over; without it the
    first one refuses the file.
    """
    if path.suffix.lower() == ".xlsx":
        rows = workbook(path)
        head = next(rows)
        return _selected(rows, [str(cell) for cell in head], columns)
    return _csv(path, columns, encoding, delimiter, findings)


def _select(head: list[str], columns: list[str]) -> dict[str, int]:
    """Column -> place; refuses a header that lacks one or names one twice."""
    names = [name.strip() for name in head]
    for name in columns:
        if names.count(name) == 0:
            raise FileRefused("header.missing", f"The column {name} is missing.", 1, name)
        if names.count(name) > 1:
            raise FileRefused("header.duplicate", f"The column {name} stands twice.", 1, name)
    return {name: names.index(name) for name in columns}


def marked(path: Path) -> str | None:
    """The encoding that a byte order mark tells."""
    with path.open("rb") as file:
        head = file.read(4)
    return next((name for mark, name in BOMS if head.startswith(mark)), None)


def lines(path: Path, encoding: str, delimiter: str) -> Iterator[list[str]]:
    """The rows of a CSV file as they are, the head first; FileRefused. A byte order mark decides;
    else the encoding that is given. Bytes that do not fit it are refused, never guessed.
    """
    csv.field_size_limit(MAX_FIELD)
    number = 0
    try:
        named = marked(path) or encoding
        with path.open(encoding=named, newline="", errors="strict") as file:
            for row in csv.reader(file, delimiter=delimiter, strict=True):
                number += 1
                yield row
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
    if not number:
        raise FileRefused("file.unreadable", "The file is empty.")


def _csv(
    path: Path, columns: list[str], encoding: str, delimiter: str, findings: Findings | None
) -> Iterator[Row]:
    rows = lines(path, encoding, delimiter)
    head = next(rows)
    places = _select(head, columns)
    for number, row in enumerate(rows, 2):
        if not row:
            continue
        if len(row) != len(head):
            detail = f"{len(row)} fields where the header has {len(head)}."
            if findings is None:
                raise FileRefused("row.ragged", detail, number)
            findings.error(number, "", "row.ragged", detail)
            continue
        yield number, {name: row[place] or None for name, place in places.items()}


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


def workbook(path: Path) -> Iterator[list[Any]]:
    """The rows of a workbook's first sheet as they are, the head first; FileRefused."""
    _check_parts(path)
    try:
        sheet = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0)
        rows: Iterator[list[Any]] = sheet.iter_rows()
    except (CalamineError, OSError, ValueError, IndexError) as error:
        raise FileRefused("file.unreadable", f"Not a workbook: {error}.") from None
    head = next(rows, None)
    if head is None:
        raise FileRefused("file.unreadable", "The first sheet is empty.")
    yield head
    yield from rows


def _selected(rows: Iterator[list[Any]], head: list[str], columns: list[str]) -> Iterator[Row]:
    places = _select(head, columns)
    for number, row in enumerate(rows, 2):
        if any(cell is not None for cell in row) and any(cell != "" for cell in row):
            yield number, {name: cell_of(row[place]) for name, place in places.items()}


def cell_of(value: Any) -> Cell:  # noqa: ANN401  whatever the workbook holds
    """Empty cells as None; numbers without a fraction as integers, since workbooks have floats
    only.
    """
    if value == "":
        return None
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    cell: Cell = value
    return cell

"""A first look at a file that somebody brought: columns, a few rows, how it may be written.

Nothing is decided here: what was guessed is shown to a person, who may say otherwise.
"""

from __future__ import annotations

import codecs
import datetime as dt
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from server.importer.convert import as_text
from server.importer.findings import FileRefused
from server.importer.readers import cell_of, lines, marked, workbook

MAX_ROWS = 500_000  # of a file that is brought to the portal
MAX_COLUMNS = 250
MAX_HEAD = 200  # characters of a column's name
SAMPLES = 5
MAX_SAMPLE = 60  # characters shown of a cell
SOME = 200  # rows by which decimals and dates are guessed
ENCODINGS = ("utf-8", "cp1252", "iso-8859-15")
DELIMITERS = (";", ",", "\t", "|")
DATES = ("%Y-%m-%d", "%d.%m.%Y", "%d.%m.%y", "%d/%m/%Y", "%m/%d/%Y", "%Y/%m/%d", "%Y%m%d")
PIECE = 2**20
COMMA = re.compile(r"[+-]?\d{1,3}(\.\d{3})*,\d+|[+-]?\d+,\d+")
POINT = re.compile(r"[+-]?\d+\.\d+")


class Look(msgspec.Struct, frozen=True, array_like=True):
    """What was seen. rows: without the head. samples: the first rows, shortened. encoding,
    delimiter: of a CSV file, empty for a workbook. decimal, date: by column, where its cells tell:
    "." or ",", and the one form of DATES that all of them have.
    """

    head: tuple[str, ...]
    samples: tuple[tuple[str, ...], ...]
    rows: int
    encoding: str
    delimiter: str
    decimal: dict[str, str]
    date: dict[str, str]


def look(path: Path, encoding: str = "", delimiter: str = "") -> Look:
    """At a .csv or .xlsx file; FileRefused. encoding, delimiter: as a person says; else guessed."""
    if path.suffix.lower() == ".xlsx":
        return _seen(path, workbook(path), "", "")
    encoding = marked(path) or encoding or _encoding(path)
    delimiter = delimiter or _delimiter(path, encoding)
    return _seen(path, lines(path, encoding, delimiter), encoding, delimiter)


def _seen(path: Path, rows: Iterator[list[Any]], encoding: str, delimiter: str) -> Look:
    head = tuple(str(cell).strip() for cell in next(rows))
    _check_head(head)
    some: list[list[Any]] = []
    number = 0
    for row in rows:
        if not any(cell not in ("", None) for cell in row):
            continue
        number += 1
        if number <= SOME:
            some.append(row)
        if number > MAX_ROWS:
            raise FileRefused("file.too_many_rows", f"A file has at most {MAX_ROWS:,} rows.")
    columns = {name: [r[place] for r in some if place < len(r)] for place, name in enumerate(head)}
    return Look(
        head,
        tuple(tuple(_short(cell) for cell in row[: len(head)]) for row in some[:SAMPLES]),
        number,
        encoding,
        delimiter,
        {name: point for name, cells in columns.items() if (point := _decimal(cells))},
        {name: form for name, cells in columns.items() if (form := _date(cells))},
    )


def _check_head(head: Sequence[str]) -> None:
    if len(head) > MAX_COLUMNS:
        raise FileRefused("header.invalid", f"A file has at most {MAX_COLUMNS} columns.", 1)
    if not any(head):
        raise FileRefused("header.invalid", "The first row names no columns.", 1)
    if too_long := next((name for name in head if len(name) > MAX_HEAD), None):
        detail = f"The name of a column has at most {MAX_HEAD} characters."
        raise FileRefused("header.invalid", detail, 1, too_long[:MAX_HEAD])


def _short(cell: object) -> str:
    shown = cell_of(cell)
    text = "" if shown is None else as_text(shown)
    return text if len(text) <= MAX_SAMPLE else text[: MAX_SAMPLE - 1] + "\N{HORIZONTAL ELLIPSIS}"


def _encoding(path: Path) -> str:
    """UTF-8 where all of it is, else what Windows writes; FileRefused where that cannot be."""
    for name in ("utf-8", "cp1252"):
        decoder = codecs.getincrementaldecoder(name)(errors="strict")
        try:
            with path.open("rb") as file:
                while piece := file.read(PIECE):
                    if b"\0" in piece:
                        raise FileRefused(
                            "encoding.unknown", "The file is no text: save it as CSV UTF-8."
                        )
                    decoder.decode(piece)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            continue
        return name
    raise FileRefused("encoding.unknown", "The file's encoding is not known: save it as CSV UTF-8.")


def _delimiter(path: Path, encoding: str) -> str:
    """The one that stands in the first line most often, outside of quotes."""
    with path.open(encoding=encoding, errors="replace") as file:
        outside = re.sub(r'"[^"]*"', "", file.readline(PIECE))
    return max(DELIMITERS, key=outside.count)


def _decimal(cells: list[Any]) -> str:
    texts = [cell.strip() for cell in cells if isinstance(cell, str) and cell.strip()]
    if any(COMMA.fullmatch(text) for text in texts):
        return "," if not any(POINT.fullmatch(text) for text in texts) else ""
    return "." if any(POINT.fullmatch(text) for text in texts) else ""


def _date(cells: list[Any]) -> str:
    """Nothing where two forms fit, or none: 03/04/2005 is for a person to say."""
    texts = [cell.strip() for cell in cells if isinstance(cell, str) and cell.strip()]
    fitting = [form for form in DATES if texts and all(_is_day(text, form) for text in texts)]
    return fitting[0] if len(fitting) == 1 else ""


def _is_day(text: str, form: str) -> bool:
    try:
        dt.datetime.strptime(text, form)  # noqa: DTZ007  a day has no zone
    except ValueError:
        return False
    return True

"""Cells to stored values, by the field's type and what the mapping declares of the source."""

from __future__ import annotations

import datetime as dt
import decimal
import re

from server.importer.findings import Findings
from server.importer.mapping import FieldSource
from server.importer.readers import Cell
from syncengine.model.entity import Field
from syncengine.model.errors import InvalidValue
from syncengine.model.fields import Bool, Date, Decimal, Enum, Integer, Reference, Stored, Text

SCIENTIFIC = re.compile(r"\d+(\.\d+)?E\+\d+", re.IGNORECASE)
PLAIN = {
    ".": re.compile(r"[+-]?\d+(\.\d+)?"),
    ",": re.compile(r"[+-]?(\d+|\d{1,3}(\.\d{3})+)(,\d+)?"),
}
TRUE = {"true", "yes", "1", "ja", "x"}
FALSE = {"false", "no", "0", "nein", ""}


def as_text(cell: Cell) -> str:
    """A cell as the person who typed it saw it, as far as the workbook still tells."""
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat() if cell.time() == dt.time() else cell.isoformat()
    if isinstance(cell, float):
        return format(decimal.Decimal(repr(cell)), "f")
    return str(cell)


def convert(field: Field, source: FieldSource, cell: Cell) -> Stored:
    """The stored value of a cell; InvalidValue when it does not fit. A reference stays a lookup
    key.
    """
    if cell is None:
        return None
    kind = field.type
    if isinstance(kind, Reference):
        return source.prefix + as_text(cell).strip()
    if isinstance(kind, Date):
        return kind.store(_date(cell, source.date))
    if isinstance(cell, dt.date):
        raise InvalidValue("the spreadsheet made a date of it; format the column as text")
    if isinstance(kind, Decimal):
        return kind.store(_decimal(cell, source.decimal))
    if isinstance(kind, Integer):
        return kind.store(_integer(cell))
    if isinstance(kind, Bool):
        return _bool(cell, source)
    text = as_text(cell).strip()
    if isinstance(kind, Enum):
        text = str(source.words.get(text, text))
    if isinstance(kind, Text):
        text = source.prefix + text
    return kind.store(text)


def warn_of_spreadsheets(
    source: FieldSource, cell: Cell, row: int, column: str, findings: Findings
) -> None:
    """What a spreadsheet may have done to a number that is a name."""
    text = as_text(cell)
    if SCIENTIFIC.fullmatch(text):
        findings.warn(
            row, column, "number.as_text", f"{text} looks like a number that was rounded.", text
        )
    if source.width is not None and text.isdigit() and len(text) < source.width:
        detail = f"{text} seems to have lost its leading zeros."
        findings.warn(row, column, "zeros.lost", detail, text)


def _date(cell: Cell, form: str) -> dt.date:
    if isinstance(cell, dt.datetime):
        return cell.date()
    if isinstance(cell, dt.date):
        return cell
    if not isinstance(cell, str):
        raise InvalidValue(f"a date like {form} expected, {cell} given")
    try:
        return dt.datetime.strptime(cell.strip(), form).date()  # noqa: DTZ007  a day has no zone
    except ValueError:
        raise InvalidValue(f"a date like {form} expected, {cell[:40]} given") from None


def _decimal(cell: Cell, point: str) -> decimal.Decimal:
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return decimal.Decimal(repr(cell))
    text = str(cell).strip()
    if not PLAIN[point].fullmatch(text):
        raise InvalidValue(
            f"a number with {point!r} before its decimals expected, {text[:40]} given"
        )
    if point == ",":
        text = text.replace(".", "").replace(",", ".")
    return decimal.Decimal(text)


def _integer(cell: Cell) -> int:
    if isinstance(cell, int) and not isinstance(cell, bool):
        return cell
    text = str(cell).strip()
    if not re.fullmatch(r"[+-]?\d{1,18}", text):
        raise InvalidValue(f"a whole number expected, {text[:40]} given")
    return int(text)


def _bool(cell: Cell, source: FieldSource) -> bool:
    if isinstance(cell, bool):
        return cell
    text = as_text(cell).strip()
    if text in source.words:
        return bool(source.words[text])
    if text.lower() in TRUE:
        return True
    if text.lower() in FALSE:
        return False
    raise InvalidValue(f"yes or no expected, {text[:40]} given")

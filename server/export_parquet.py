"""Parquet files: columns with types, in row groups, so that a file larger than memory is written
and read piece by piece.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from server.export_rows import Column, Row
from syncengine.model.fields import Bool, Date, Decimal, FieldType, Integer, Timestamp, Value

CELLS = 250_000  # of a row group, all of them in memory at once
DIGITS = 19  # of a stored number


def write_parquet(path: Path, columns: Sequence[Column], rows: Iterator[Row]) -> int:
    """Write the rows; how many. Columns keep their types: whole and decimal numbers exactly, days,
    instants in UTC, yes and no; everything else is text. Of two columns with one name the later one
    gets a number.
    """
    import pyarrow as pa  # takes its time, and most servers never write such a file
    from pyarrow import parquet

    types = [_arrow(pa, column.type) for column in columns]
    schema = pa.schema(list(zip(_distinct(columns), types, strict=True)))
    number = 0
    with parquet.ParquetWriter(path, schema, compression="zstd") as out:
        while some := list(islice(rows, max(1, CELLS // len(columns)))):
            arrays = [
                pa.array(map(_text, cells) if pa.types.is_string(kind) else cells, kind)
                for cells, kind in zip(zip(*some, strict=True), types, strict=True)
            ]
            out.write_table(pa.Table.from_arrays(arrays, schema=schema))
            number += len(some)
    return number


def _arrow(pa: Any, kind: FieldType) -> Any:  # noqa: ANN401 - it has no types
    match kind:
        case Bool():
            return pa.bool_()
        case Integer():
            return pa.int64()
        case Decimal():
            return pa.decimal128(DIGITS, kind.scale)
        case Date():
            return pa.date32()
        case Timestamp():
            return pa.timestamp("us", tz="UTC")
    return pa.string()


def _text(value: Value | None) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bytes):
        return value.hex()
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else str(value)


def _distinct(columns: Sequence[Column]) -> list[str]:
    """Names that no two columns share."""
    found: dict[str, None] = {}
    for name, _ in columns:
        new, number = name, 2
        while new in found:
            new, number = f"{name} ({number})", number + 1
        found[new] = None
    return list(found)

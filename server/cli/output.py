"""What commands print: tables for people, JSON for scripts."""

from __future__ import annotations

import datetime as dt
import json
import sys
from collections.abc import Iterable, Sequence
from typing import Literal

from syncengine.model.fields import EPOCH, MICROSECOND


def print_json(data: object) -> None:
    """One indented JSON document on standard output."""
    json.dump(data, sys.stdout, indent=2, ensure_ascii=False, default=_plain)
    sys.stdout.write("\n")


def _plain(value: object) -> object:
    if isinstance(value, dt.datetime):
        return value.isoformat()
    return value.hex() if isinstance(value, bytes) else str(value)


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A table; columns whose name ends with # are set to the right. Nothing is cut off."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=SIMPLE_HEAD, header_style="bold", pad_edge=False)
    for name in columns:
        side: Literal["left", "right"] = "right" if name.endswith("#") else "left"
        table.add_column(name.rstrip("#"), justify=side, overflow="fold", no_wrap=name == "device")
    for row in rows:
        table.add_row(*("" if v is None else escape(str(v)) for v in row))
    Console().print(table)


def moment(microseconds: int) -> dt.datetime | None:
    """A time in UTC; None for 0, which stands for never."""
    return EPOCH + microseconds * MICROSECOND if microseconds else None


def local(when: dt.datetime | None) -> str:
    """As the machine's user reads it, to the second."""
    return when.astimezone().strftime("%Y-%m-%d %H:%M:%S") if when else "never"

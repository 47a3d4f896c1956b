"""What files are written from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from syncengine.model.fields import FieldType, Text, Value


class Column(NamedTuple):
    """name: its head. type: of its values; of references and attachments values may be text."""

    name: str
    type: FieldType


Row = list[Value | None]
Write = Callable[[Path, Sequence[Column], Iterator[Row]], int]


def text_columns(head: Iterable[str]) -> list[Column]:
    """Columns of texts."""
    return [Column(name, Text()) for name in head]

"""What rows are called."""

from __future__ import annotations

import uuid

from device_sdk.device import Device
from device_sdk.rows import Row
from device_sdk.screen.words import Words
from syncengine.model.fields import Value

TITLES = ("name", "subject", "title", "login", "text", "number")  # the first one that a row has
MOST = 80  # characters


def name_of(row: Row) -> str:
    """Empty where no field says how a person calls it."""
    for name in TITLES:
        text = row.get(name)
        if isinstance(text, str) and text.strip():
            line = text.strip().splitlines()[0]
            return line if len(line) <= MOST else line[: MOST - 1] + "\N{HORIZONTAL ELLIPSIS}"
    return ""


def headed(words: Words, row: Row) -> str:
    """For the page of a row; what kind of row it is where no field says more."""
    return name_of(row) or words.entity(row.entity)


def title(row: Row) -> str:
    """For a person; the beginning of the id where no field says more."""
    return name_of(row) or str(row.id)[:8]


def named(device: Device, entity: str, row: Value) -> str:
    """A row by its id, for people; empty when it is here and no field says how it is called."""
    found = device.get(entity, row) if isinstance(row, uuid.UUID) else None
    return name_of(found) if found is not None else title_of(device, entity, row)


def title_of(device: Device, entity: str, row: Value) -> str:
    """Of a row by its id; the beginning of the id when it is not here."""
    if not isinstance(row, uuid.UUID):
        return ""
    found = device.get(entity, row)
    return title(found) if found is not None else str(row)[:8]

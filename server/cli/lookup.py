"""From what people type to ids: employee numbers, devices, rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from server.problem import Problem
from syncengine.model.errors import Unauthenticated
from syncengine.model.ids import from_text

if TYPE_CHECKING:
    import datetime as dt

    from syncengine.store.seats import Seat
    from syncengine.store.store import Store

KEY = "number"  # the field that carries the leading system's key


def person(store: Store, number: str) -> bytes:
    """The person with this employee number."""
    found = _by_number(store, store.schema.people, number)
    if found is None:
        raise Problem(
            "person.unknown", f"There is no {store.schema.people} with the number {number}."
        )
    return found


def person_of_device(store: Store, device: str) -> bytes:
    """Whose device it is: a seat's id, or the employee number of who has it."""
    return person(store, device) if _id(device) is None else seat(store, device).person


def seat(store: Store, text: str) -> Seat:
    """The seat whose id `device list` shows."""
    seat_id = _id(text)
    if seat_id is None:
        raise Problem("device.unknown", f"{text} is no device id: `device list` shows them.")
    try:
        return store.seats.find(seat_id)
    except Unauthenticated:
        raise Problem("device.unknown", f"There is no device {text}.") from None


def numbers(store: Store, people: Sequence[bytes]) -> list[str]:
    """The people's numbers, in the same order."""
    from sqlalchemy import select

    from syncengine.store.database import reading

    table = store.tables[store.schema.people]
    with reading(store.engine) as connection:
        rows = connection.execute(
            select(table.c.id, table.c[KEY]).where(table.c.id.in_(set(people)))
        )
        known = {bytes(row_id): str(number) for row_id, number in rows}
    return [known.get(p, "?") for p in people]


def tag(store: Store, entity: str) -> int:
    """The tag of a kind of row."""
    if entity not in store.schema.tags:
        known = ", ".join(sorted(store.schema.tags))
        raise Problem("row.unknown", f"There is no kind of row {entity}. Known: {known}.")
    return store.schema.tags[entity]


def row(store: Store, text: str, at: int | dt.datetime | None = None) -> tuple[int, bytes]:
    """(tag, row id) of `entity:number` or `entity:id`; `at`: of who had the number at that version
    or instant, or else has it now.
    """
    name, _, key = text.partition(":")
    if not key:
        raise Problem("row.invalid", f"Name a row as customer:292 (or customer:<id>), not {text}.")
    number = tag(store, name)
    found = _id(key)
    if found is None and at is not None:
        found = _by_number_then(store, name, key, at)
    found = found or _by_number(store, name, key)
    if found is None:
        raise Problem("row.unknown", f"There is no {name} with the number {key}.")
    return number, found


def _id(text: str) -> bytes | None:
    try:
        return from_text(text) if len(text) in (32, 36) else None
    except ValueError:
        return None


def ids(store: Store, entity: str, keys: Sequence[str]) -> dict[str, bytes]:
    """Key -> id, of rows of one kind; a key is a number or an id. Numbers nobody has are left
    out.
    """
    found = {key: row_id for key in keys if (row_id := _id(key)) is not None}
    return found | _by_numbers(store, entity, [key for key in keys if key not in found])


def _by_number(store: Store, entity: str, number: str) -> bytes | None:
    return _by_numbers(store, entity, [number]).get(number)


def _by_number_then(store: Store, entity: str, number: str, at: int | dt.datetime) -> bytes | None:
    from syncengine.store.past import rows_numbered

    if KEY not in store.tables[entity].c:
        return None
    found = rows_numbered(store, store.schema.tags[entity], number, at)
    if len(found) > 1:
        raise _ambiguous(entity, number)
    return found[0] if found else None


def _ambiguous(entity: str, number: str) -> Problem:
    return Problem(
        "row.ambiguous", f"Several rows of {entity} have the number {number}: use the id."
    )


def _by_numbers(store: Store, entity: str, wanted: Sequence[str]) -> dict[str, bytes]:
    from sqlalchemy import select

    from syncengine.store.database import KEYS_PER_STATEMENT, reading
    from syncengine.store.working import batches

    table = store.tables[entity]
    found: dict[str, bytes] = {}
    if not wanted:
        return found
    if KEY not in table.c:
        raise Problem("row.invalid", f"A {entity} has no number: name it by its id.")
    with reading(store.engine) as connection:
        for some in batches(sorted(set(wanted)), KEYS_PER_STATEMENT):
            rows = connection.execute(
                select(table.c[KEY], table.c.id).where(table.c[KEY].in_(some))
            )
            for number, row_id in rows:
                if number in found:
                    raise _ambiguous(entity, number)
                found[number] = bytes(row_id)
    return found

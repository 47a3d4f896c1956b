"""Ids, ids of rows of a store, and what is an id."""

from __future__ import annotations

from collections.abc import Iterator

from syncengine.model.ids import bound_uuid7, is_id, uuid7
from tests.protocol.vectors.sample import INCARNATION, NOW, Case, an_id, good

RANDOM = bytes(range(0xF0, 0xFA))


def make() -> Iterator[Case]:
    """The cases."""
    for now in (NOW, 0, 1_767_225_600_999_999):
        more = {"now": now, "random": RANDOM}
        yield good("id", uuid7(now, RANDOM), **more)
        row = bound_uuid7(now, RANDOM, INCARNATION)
        yield good("id of a row of a store", row, incarnation=INCARNATION, **more)
    good_one = bytearray(an_id(9))
    for name, place, value in (
        ("an id", 0, 1), ("version 4", 6, 0x40), ("variant 0", 8, 0x00), ("variant 11", 8, 0xC0),
    ):  # fmt: skip
        altered = bytearray(good_one)
        altered[place] = value
        yield good(name, bytes(altered), is_id=is_id(bytes(altered)))
    for data in (b"", bytes(16), bytes(good_one[:15]), bytes(good_one) + b"\0"):
        yield good(f"{len(data)} bytes", data, is_id=is_id(data))

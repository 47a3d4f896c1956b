"""What a request's body may cost in memory, whatever it names (invariant 28)."""

from __future__ import annotations

import tracemalloc

import msgspec
import pytest

from syncengine.model.errors import TooLarge
from syncengine.protocol.frames import frame
from syncengine.protocol.limits import MAX_CHANGESETS_PER_PUSH, MAX_HELLO_BYTES, MAX_PUSHES
from syncengine.protocol.messages import Cursor, Hello, Push, Repair, Signed, encode
from syncengine.protocol.request import read_request
from tests.protocol.vectors.messages import requests

HELLO = next(message for message in requests() if isinstance(message, Hello))
GREETING = frame(encode(HELLO))
EMPTY = frame(encode(Push([])))


def greeting(**changes: object) -> bytes:
    return frame(encode(msgspec.structs.replace(HELLO, **changes)))


def peak(body: bytes, limit: int) -> int:
    tracemalloc.start()
    try:
        with pytest.raises(TooLarge) as refused:
            read_request(body)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
        assert refused.value.data["limit"] == limit


def test_a_greeting_that_names_a_million_buckets_in_a_thousand_bytes() -> None:
    """Each would become an object of its own: 100 MB from a body of 810 bytes."""
    for body in (
        greeting(cursors=[Cursor(1, 1, 1, b"")] * 1_000_000),
        greeting(repair=[Repair(1, 0, [])] * 1_000_000),
        greeting(parts=[""] * 4_000_000),
    ):
        assert len(body) < 2_000
        assert peak(body, MAX_HELLO_BYTES) < 24 * 2**20


def test_a_push_of_a_million_empty_changesets() -> None:
    body = GREETING + frame(encode(Push([Signed(b"", b"")] * 1_000_000)))
    assert len(body) < 2_000
    assert peak(body, MAX_CHANGESETS_PER_PUSH) < 24 * 2**20


def test_a_million_pushes() -> None:
    assert peak(GREETING + EMPTY * 1_000_000, MAX_PUSHES) < 2**20
    hello, changesets = read_request(GREETING + EMPTY * MAX_PUSHES)
    assert (hello, changesets) == (HELLO, [])

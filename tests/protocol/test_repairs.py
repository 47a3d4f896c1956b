"""The repairs of a Hello: what a server takes and what it refuses before it looks anything up."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncengine.model.checksum import range_of
from syncengine.model.errors import Malformed, SyncError, TooLarge
from syncengine.model.ids import bound_uuid7, uuid7
from syncengine.protocol.frames import frame
from syncengine.protocol.limits import MAX_RANGE_BITS, MAX_RANGE_SUMS
from syncengine.protocol.messages import Hello, Repair, encode
from syncengine.protocol.request import read_request


@pytest.mark.parametrize(
    ("repairs", "error"),
    [
        ([Repair(1, -1, [])], Malformed),
        ([Repair(1, MAX_RANGE_BITS + 1, [(0, 0)] * 2 ** (MAX_RANGE_BITS + 1))], Malformed),
        ([Repair(1, 2**62, [])], Malformed),
        ([Repair(1, 1, [])], Malformed),
        ([Repair(1, 1, [(0, 0)])], Malformed),
        ([Repair(1, 0, [(0, 0), (0, 0)])], Malformed),
        ([Repair(1, 0, []), Repair(1, 0, [(0, 0)])], Malformed),
        ([Repair(n, 12, [(0, 0)] * 4096) for n in range(MAX_RANGE_SUMS // 4096 + 1)], TooLarge),
    ],
)
def test_repairs_that_cannot_be_are_refused(repairs: list[Repair], error: type[SyncError]) -> None:
    hello = Hello(2, bytes(16), b"", None, bytes(16), [], repairs, [], [], "")
    with pytest.raises(error):
        read_request(frame(encode(hello)))


@given(st.lists(st.integers(0, 5), unique=True, max_size=4), st.integers(0, 5))
def test_repairs_that_can_be_are_taken(buckets: list[int], bits: int) -> None:
    repairs = [Repair(bucket, bits, [(1, 2**63 - 1)] * 2**bits) for bucket in buckets]
    whole = [Repair(9, 0, [])]
    hello = Hello(2, bytes(16), b"", None, bytes(16), [], repairs + whole, [], [], "")
    assert read_request(frame(encode(hello)))[0].repair == repairs + whole


@given(st.binary(min_size=10, max_size=10), st.integers(0, MAX_RANGE_BITS))
def test_ranges_divide_ids_by_what_is_random_in_them(random: bytes, bits: int) -> None:
    """Also those that devices make: time and the store's binding play no part."""
    made = {bound_uuid7(now, random, bytes([now])) for now in range(3)}
    assert {range_of(row, bits) for row in made} == {range_of(uuid7(99, random), bits)}
    assert range_of(uuid7(0, random), bits) == int.from_bytes(random[2:4], "big") >> 16 - bits

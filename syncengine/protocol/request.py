"""What a sync's request carries, read from its body. No I/O."""

from __future__ import annotations

from collections.abc import Callable

from syncengine.model.errors import Malformed, TooLarge
from syncengine.protocol.frames import FrameReader
from syncengine.protocol.limits import (
    MAX_CHANGESETS_PER_PUSH,
    MAX_RANGE_BITS,
    MAX_RANGE_SUMS,
    MAX_REQUEST_INFLATED,
    PROTOCOL_VERSION,
)
from syncengine.protocol.messages import Hello, Push, Repair, Request, Signed, decode_request
from syncengine.protocol.session import REQUEST, Order
from syncengine.protocol.version1 import decode_request1

DECODERS: dict[int, Callable[[bytes], Request]] = {1: decode_request1, 2: decode_request}


def read_request(body: bytes, version: int = PROTOCOL_VERSION) -> tuple[Hello, list[Signed]]:
    """The greeting and the changesets of the body of a request in that version of the protocol;
    Malformed, TooLarge or UpgradeRequired.
    """
    reader = FrameReader(MAX_REQUEST_INFLATED)
    order = Order(REQUEST)
    hello: Hello | None = None
    changesets: list[Signed] = []
    decode = DECODERS[version]
    for data in reader.feed(body):
        message = decode(data)
        order.see(message)
        if isinstance(message, Hello):
            check_repairs(message.repair)
            hello = message
        elif isinstance(message, Push):
            changesets += message.changesets
            if len(changesets) > MAX_CHANGESETS_PER_PUSH:
                raise TooLarge(
                    f"A request carries at most {MAX_CHANGESETS_PER_PUSH} changesets.",
                    limit=MAX_CHANGESETS_PER_PUSH,
                )
    reader.finish()
    if hello is None:
        raise Malformed("a request starts with a Hello")
    return hello, changesets


def check_repairs(repairs: list[Repair]) -> None:
    """Malformed, or TooLarge beyond the sums that a Hello may have."""
    for repair in repairs:
        if not 0 <= repair.bits <= MAX_RANGE_BITS:
            raise Malformed(f"a Repair has 0 to {MAX_RANGE_BITS} bits")
        if len(repair.sums) != (2**repair.bits if repair.sums or repair.bits else 0):
            raise Malformed("a Repair has a sum for each of its ranges, or none and no bits")
    if len({repair.bucket for repair in repairs}) != len(repairs):
        raise Malformed("a bucket is repaired once")
    if sum(len(repair.sums) for repair in repairs) > MAX_RANGE_SUMS:
        raise TooLarge(f"A Hello has at most {MAX_RANGE_SUMS} sums.", limit=MAX_RANGE_SUMS)

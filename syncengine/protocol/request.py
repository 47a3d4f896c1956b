"""What a sync's request carries, read from its body. No I/O."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Annotated

import msgspec

from syncengine.model.errors import Malformed, TooLarge
from syncengine.protocol.frames import FrameReader
from syncengine.protocol.limits import (
    MAX_CHANGESETS_PER_PUSH,
    MAX_HELLO_BYTES,
    MAX_PUSHES,
    MAX_RANGE_BITS,
    MAX_RANGE_SUMS,
    MAX_REQUEST_INFLATED,
    PROTOCOL_VERSION,
)
from syncengine.protocol.messages import (
    Hello,
    Push,
    Repair,
    Request,
    Signed,
    Struct,
    decode_as,
    decode_request,
)
from syncengine.protocol.session import REQUEST, Order
from syncengine.protocol.version1 import decode_request1

STEP_BYTES = 65_536
DECODERS: dict[int, Callable[[bytes], Request]] = {1: decode_request1, 2: decode_request}


class BoundedPush(Struct, tag=2, frozen=True):
    """A Push whose length is refused at the array's head, before anything is made of it."""

    changesets: Annotated[list[Signed], msgspec.Meta(max_length=MAX_CHANGESETS_PER_PUSH)]


_push: msgspec.msgpack.Decoder[BoundedPush] = msgspec.msgpack.Decoder(BoundedPush)


def read_request(body: bytes, version: int = PROTOCOL_VERSION) -> tuple[Hello, list[Signed]]:
    """The greeting and the changesets of the body of a request in that version of the protocol;
    Malformed, TooLarge or UpgradeRequired.
    """
    order = Order(REQUEST)
    hello: Hello | None = None
    changesets: list[Signed] = []
    for number, data in enumerate(_messages(body)):
        if number > MAX_PUSHES:
            raise TooLarge(f"A request carries at most {MAX_PUSHES} pushes.", limit=MAX_PUSHES)
        message = _greeting(data, version) if number == 0 else _further(data)
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
    if hello is None:
        raise Malformed("a request starts with a Hello")
    return hello, changesets


def _messages(body: bytes) -> Iterator[bytes]:
    """The messages of a body, in steps: a body may be nothing but a million empty frames."""
    reader = FrameReader(MAX_REQUEST_INFLATED)
    for start in range(0, len(body), STEP_BYTES):
        yield from reader.feed(body[start : start + STEP_BYTES])
    reader.finish()


def _greeting(data: bytes, version: int) -> Request:
    """The first message, bounded before it is decoded: what it lists becomes many small objects."""
    if len(data) > MAX_HELLO_BYTES:
        raise TooLarge(f"A Hello has at most {MAX_HELLO_BYTES} bytes.", limit=MAX_HELLO_BYTES)
    return DECODERS[version](data)


def _further(data: bytes) -> Push:
    """A message behind the first one, which can only be a Push."""
    return Push(decode_as(_push, data).changesets)


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

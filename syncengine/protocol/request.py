"""What a sync's request carries, read from its body. No I/O."""

from __future__ import annotations

from syncengine.model.errors import Malformed, TooLarge
from syncengine.protocol.frames import FrameReader
from syncengine.protocol.limits import MAX_CHANGESETS_PER_PUSH, MAX_REQUEST_INFLATED
from syncengine.protocol.messages import Hello, Push, Signed, decode_request
from syncengine.protocol.session import REQUEST, Order


def read_request(body: bytes) -> tuple[Hello, list[Signed]]:
    """The greeting and the changesets of a request's body; Malformed or TooLarge."""
    reader = FrameReader(MAX_REQUEST_INFLATED)
    order = Order(REQUEST)
    hello: Hello | None = None
    changesets: list[Signed] = []
    for data in reader.feed(body):
        message = decode_request(data)
        order.see(message)
        if isinstance(message, Hello):
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

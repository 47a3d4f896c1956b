"""One request's content and answer: decoding, and taking pieces from the store. No HTTP here."""

from __future__ import annotations

import threading
from collections.abc import Iterator

from server.http.errors import failure_of, unexpected
from server.http.seats import SeatCache
from syncengine.model.environment import Environment
from syncengine.model.errors import Malformed, SyncError, TooLarge
from syncengine.model.ids import to_text
from syncengine.protocol.frames import FrameReader, frame
from syncengine.protocol.limits import MAX_CHANGESETS_PER_PUSH, MAX_REQUEST_INFLATED
from syncengine.protocol.messages import (
    Checkpoint,
    Failure,
    Hello,
    Push,
    Signed,
    Struct,
    Unchanged,
    decode_request,
    encode,
)
from syncengine.protocol.session import REQUEST, Order
from syncengine.store.store import Store

PIECE_BYTES = 64 * 1024  # what is collected before it is sent; a chunk is larger and goes alone
LAST = (Checkpoint, Unchanged, Failure)


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


class Exchange:
    """One request's answer, taken from the store piece by piece; each call runs in a worker thread.

    The lock is for the one moment at which two threads may meet: a request that is cancelled while
    a piece is being made closes the stream from another thread.
    """

    def __init__(
        self, store: Store, seats: SeatCache, environment: Environment, seat_id: bytes
    ) -> None:
        self._store = store
        self._seats = seats
        self._environment = environment
        self._seat_id = seat_id
        self._lock = threading.Lock()
        self._stream: Iterator[Struct] = iter(())
        self.changesets = 0
        self.bytes_out = 0
        self.last: Struct | None = None  # the message that ended the stream

    def begin(self, body: bytes) -> bytes:
        """The first piece; raises what is wrong with the request as a whole."""
        seat = self._seats.get(self._seat_id)
        hello, changesets = read_request(body)
        self.changesets = len(changesets)
        self._stream = iter(self._store.sync(seat, hello, changesets))
        frames: list[bytes] = []
        try:
            self._collect(frames)
        except Exception as error:
            if not frames:
                raise
            frames.append(self._failed(error))
        return self._joined(frames)

    def next(self) -> bytes:
        """A further piece. What goes wrong now ends the stream with a Failure."""
        frames: list[bytes] = []
        with self._lock:
            try:
                self._seats.check(self._seat_id)
                self._collect(frames)
            except Exception as error:
                frames.append(self._failed(error))
        return self._joined(frames)

    def stop(self, error: SyncError) -> bytes:
        """End the stream before its time."""
        return self._joined([self._failed(error)])

    def close(self) -> None:
        """Let the store clean up after a stream that nobody reads to its end."""
        with self._lock:
            self._finish()

    def _collect(self, frames: list[bytes]) -> None:
        """Append frames until they make a piece or the stream has ended."""
        size = 0
        for message in self._stream:
            frames.append(frame(encode(message)))
            size += len(frames[-1])
            if isinstance(message, LAST):
                self.last = message
                self._finish()
                return
            if size >= PIECE_BYTES:
                return
        raise RuntimeError("the store ended a stream without its last message")

    def _finish(self) -> None:
        close = getattr(self._stream, "close", None)  # a generator has one, a plain iterator not
        if close is not None:
            close()

    def _failed(self, error: Exception) -> bytes:
        if isinstance(error, SyncError):
            failure = failure_of(error)
        else:
            failure = unexpected(error, self._environment, seat=to_text(self._seat_id))
        self.last = failure
        return frame(encode(failure))

    def _joined(self, frames: list[bytes]) -> bytes:
        piece = frames[0] if len(frames) == 1 else b"".join(frames)
        self.bytes_out += len(piece)
        return piece

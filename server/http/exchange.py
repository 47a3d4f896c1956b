"""One request's answer, taken from the store in pieces. No HTTP here."""

from __future__ import annotations

import threading
from collections.abc import Iterator

from server.http.errors import failure_of, unexpected
from server.http.seats import SeatCache
from syncengine.model.environment import Environment
from syncengine.model.errors import SyncError
from syncengine.model.ids import to_text
from syncengine.protocol.frames import frame
from syncengine.protocol.messages import (
    Checkpoint,
    EarlyCheckpoint,
    Failure,
    Hello,
    Struct,
    Unchanged,
    encode,
)
from syncengine.protocol.request import read_request
from syncengine.store.store import Store

PIECE_BYTES = 64 * 1024  # what is collected before it is sent; a chunk is larger and goes alone
LAST = (Checkpoint, EarlyCheckpoint, Unchanged, Failure)


class Exchange:
    """One request's answer, taken from the store piece by piece; each call runs in a worker thread.

    The lock is for the one moment at which two threads may meet: a request that is cancelled while
    a piece is being made closes the stream from another thread.
    """

    def __init__(
        self,
        store: Store,
        seats: SeatCache,
        environment: Environment,
        seat_id: bytes,
        protocol: int,
    ) -> None:
        self._store = store
        self._seats = seats
        self._environment = environment
        self._seat_id = seat_id
        self._protocol = protocol
        self._lock = threading.Lock()
        self._stream: Iterator[Struct] = iter(())
        self.changesets = 0
        self.bytes_out = 0
        self.hello: Hello | None = None  # once it was read
        self.last: Struct | None = None  # the message that ended the stream

    def begin(self, body: bytes) -> bytes:
        """The first piece; raises what is wrong with the request as a whole."""
        seat = self._seats.get(self._seat_id)
        hello, changesets = read_request(body, self._protocol)
        self.hello, self.changesets = hello, len(changesets)
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

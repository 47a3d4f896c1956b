"""Streams of frames and the messages in them. `cut`: the stream ends inside a frame."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from tests.protocol.vectors.sample import Case, bad, good

MALFORMED, TOO_LARGE = "request.malformed", "request.too_large"
MAGIC = bytes.fromhex("28b52ffd")
RAW, RLE = 0, 1
BLOCK = 128 * 1024


def _frame(body: bytes, flag: int) -> bytes:
    return struct.pack(">IB", len(body), flag) + body


def _block(kind: int, size: int, body: bytes, last: bool) -> bytes:
    return (size << 3 | kind << 1 | last).to_bytes(3, "little") + body


def _raw(message: bytes, stated: int | None = None) -> bytes:
    """A zstd frame of one segment with one block that is not compressed."""
    size = len(message) if stated is None else stated
    return MAGIC + bytes([0x20, size]) + _block(RAW, len(message), message, True)


def _runs(window_log: int, blocks: int, size: int = BLOCK) -> bytes:
    """A zstd frame with a window that inflates to so many blocks of zeros."""
    head = MAGIC + bytes([0x00, (window_log - 10) << 3])
    last = [i == blocks - 1 for i in range(blocks)]
    return head + b"".join(_block(RLE, size, b"\0", end) for end in last)


def make() -> Iterator[Case]:
    """The cases."""
    one, two = b"\x91\x08", bytes(range(100))
    yield good("plain", _frame(one, 0), messages=[one])
    yield good("compressed", _frame(_raw(two), 1), messages=[two])
    yield good("an empty message", _frame(b"", 0), messages=[b""])
    yield good("several", _frame(one, 0) + _frame(_raw(two), 1), messages=[one, two])
    yield good("nothing", b"", messages=[])
    yield good("the largest window", _frame(_runs(23, 2, 300), 1), messages=[bytes(600)])
    yield good("ends inside a frame", _frame(one, 0) + b"\0\0\0\x02\0\x91", cut=True)
    yield good("ends inside a head", b"\0\0\0", cut=True)
    yield bad("unknown flag", _frame(one, 2), MALFORMED)
    yield bad("longer than a frame may be", struct.pack(">IB", 8 * 2**20 + 1, 0), TOO_LARGE)
    yield bad("inflates beyond 8 MiB", _frame(_runs(23, 65), 1), TOO_LARGE)
    yield bad("window beyond 8 MiB", _frame(_runs(24, 1), 1), MALFORMED)
    yield bad("no zstd", _frame(b"no zstd", 1), MALFORMED)
    yield bad("two zstd frames", _frame(_raw(one) + _raw(two), 1), MALFORMED)
    yield bad("half a zstd frame", _frame(_raw(two)[:-1], 1), MALFORMED)
    yield bad("a size that is not so", _frame(_raw(two, 99), 1), MALFORMED)

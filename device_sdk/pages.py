"""The pages of a store's file and of its -wal, one by one: what is left when SQLite gives up.

SQLite reads a page only by way of others, and nothing without the first one. Here each is taken by
its number. It is encrypted as "chacha20" of SQLite3 Multiple Ciphers does: ChaCha20 by the store's
key, the page's number and a nonce at its end, then a Poly1305 tag. That is a stream cipher: a byte
that was altered alters that byte and no other, so that a page which is not what was written may
still have much that is.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms
from cryptography.hazmat.primitives.poly1305 import Poly1305

from device_sdk.swap import FILE

PAGE_BYTES = 8192  # as database.py sets it
TAG_BYTES = 16
NONCE_BYTES = 16
USABLE = PAGE_BYTES - NONCE_BYTES - TAG_BYTES
WAL_HEAD = 32
WAL_MAGIC = bytes.fromhex("377f06")
FRAME_HEAD = 24
Place = tuple[BinaryIO, int]  # a file and where in it a page begins


@dataclass(frozen=True)
class Page:
    """One page, decrypted. intact: it is what was written, and nothing newer is known of it."""

    number: int
    data: bytes
    intact: bool


class Pages:
    """Of a closed store; `close` it, or use it as a context manager. A file that is not there, or
    was cut, has the fewer pages.
    """

    def __init__(self, directory: Path, key: bytes) -> None:
        self._key = key
        self._files = ExitStack()
        self._places: dict[int, list[Place]] = {}  # newest first
        self._tail: dict[int, list[Place]] = {}  # of a commit that did not come to its end
        self.committed = 0  # frames of the -wal, to the end of the last commit
        self._index_wal(directory / (FILE + "-wal"))
        file = self._open(directory / FILE)
        if file is not None:
            for number in range(1, file[1] // PAGE_BYTES + 1):
                place = (file[0], (number - 1) * PAGE_BYTES)
                self._places.setdefault(number, []).append(place)

    def __enter__(self) -> Pages:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Release the files."""
        self._files.close()

    def intact(self) -> Iterator[Page]:
        """Those that are what was written last, all but the first one: that has SQLite's own."""
        for number in self._places:
            page = self._newest(number)
            if number > 1 and page.intact:
                yield page

    def doubtful(self) -> Iterator[Page]:
        """What there is of the others, newest first: the page as it lies there, and as it was
        before in the -wal or in the file; and what was written of a commit that was broken off.
        """
        for number in self._places.keys() | self._tail.keys():
            places = self._places.get(number, [])
            known = bool(places) and self._newest(number).intact
            for place in [*([] if known else places), *self._tail.get(number, [])]:
                yield Page(number, self._read(number, place)[0], False)

    def best(self, number: int) -> Page | None:
        """The newest that was written, else what lies there; None beyond the end."""
        places = self._places.get(number, [])
        for place in places:
            data, sound = self._read(number, place)
            if sound:
                return Page(number, data, place is places[0])
        return self._newest(number) if places else None

    def _newest(self, number: int) -> Page:
        return Page(number, *self._read(number, self._places[number][0]))

    def _open(self, path: Path) -> tuple[BinaryIO, int] | None:
        """(the file, its length)."""
        if not path.exists():
            return None
        return self._files.enter_context(path.open("rb")), path.stat().st_size

    def _index_wal(self, path: Path) -> None:
        """Frames of the -wal's present run, whether SQLite would still follow them or not: it stops
        at the first that does not fit.
        """
        wal = self._open(path)
        if wal is None:
            return
        file, length = wal
        frames = range(WAL_HEAD, length - FRAME_HEAD - PAGE_BYTES + 1, FRAME_HEAD + PAGE_BYTES)
        run = self._run(file, frames)
        found: list[tuple[int, int, Place]] = []
        for at in frames:
            number, size, salts = _frame(file, at)
            if salts == run:
                found.append((number, size, (file, at + FRAME_HEAD)))
        self.committed = max((n for n, (_, size, _) in enumerate(found, 1) if size), default=0)
        for n, (number, _, place) in reversed(list(enumerate(found))):
            into = self._places if n < self.committed else self._tail
            into.setdefault(number, []).append(place)

    def _run(self, file: BinaryIO, frames: range) -> bytes | None:
        """What marks the frames of the present run, in front of those of runs before: the head says
        so, or else the first frame that is what was written.
        """
        file.seek(0)
        head = file.read(WAL_HEAD)
        if head.startswith(WAL_MAGIC) and head[24:] == _checksum(head[:24]):
            return head[16:24]
        for at in frames:
            number, _, salts = _frame(file, at)
            if self._read(number, (file, at + FRAME_HEAD))[1]:
                return salts
        return None

    def _read(self, number: int, place: Place) -> tuple[bytes, bool]:
        file, at = place
        file.seek(at)
        return decrypted(self._key, number, file.read(PAGE_BYTES))


def decrypted(key: bytes, number: int, raw: bytes) -> tuple[bytes, bool]:
    """(what is on a page, whether that is what was written)."""
    sealed, nonce, tag = raw[:USABLE], raw[USABLE:-TAG_BYTES], raw[-TAG_BYTES:]
    count = int.from_bytes(nonce[12:], "little") ^ number
    once = _stream(key, count, nonce, bytes(64))
    data = _stream(once[32:], count + 1, nonce, sealed)
    try:
        Poly1305.verify_tag(once[:32], raw[:-TAG_BYTES], tag)
    except InvalidSignature:
        return data, False
    return data, True


def _stream(key: bytes, count: int, nonce: bytes, data: bytes) -> bytes:
    start = (count % 2**32).to_bytes(4, "little") + nonce[:12]
    made: bytes = Cipher(algorithms.ChaCha20(key, start), None).encryptor().update(data)
    return made


def _frame(file: BinaryIO, at: int) -> tuple[int, int, bytes]:
    """(page, pages of the file when it ends a commit or else 0, mark of the run)."""
    file.seek(at)
    number, size, salts = struct.unpack(">II8s", file.read(16))
    return number, size, salts


def _checksum(head: bytes) -> bytes:
    """Of the head of a -wal, as SQLite has it (file format, 4.2)."""
    order = ">" if head[3] & 1 else "<"
    first = second = 0
    for one, other in struct.iter_unpack(order + "II", head):
        first = (first + one + second) % 2**32
        second = (second + other + first) % 2**32
    return struct.pack(">II", first, second)

"""A form with a file (multipart/form-data), read piece by piece: the file goes to disk as it comes,
memory holds a piece.
"""

from __future__ import annotations

import asyncio
import re
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO
from urllib.parse import urlencode

from starlette.requests import Request

from server.importer.brought import MAX_BYTES
from server.portal.refusals import FileTooLarge, TooMuch, Unclear
from syncengine.model.errors import Busy

MAX_PART_HEAD = 4_096  # bytes before a part's contents
MAX_OTHERS = 64 * 1024  # bytes of all that is not the file
MAX_PARTS = 20
MAX_BOUNDARY = 70  # of RFC 2046
DRAINED = 4  # times MAX_BYTES are read of what is too large, so that the browser hears the answer
AT_ONCE = 4  # files that arrive at a process
BOUNDARY = re.compile(r'multipart/form-data;\s*boundary="?([\w\'()+,./:=? -]+?)"?\s*', re.ASCII)
NAME = re.compile(rb'[;\s]name="([^"]*)"')
FILENAME = re.compile(rb'[;\s]filename="([^"]*)"')


@dataclass(frozen=True)
class Uploaded:
    """A file that came with a form. name: as the browser calls it; size: bytes."""

    name: str
    path: Path
    size: int


@dataclass
class Parts:
    """The parser: feed it pieces, then `end`. No I/O but writing to `out`. TooMuch, Unclear."""

    boundary: bytes
    out: IO[bytes]
    fields: list[tuple[str, str]] = field(default_factory=list)
    filename: str | None = None
    size: int = 0
    _waiting: bytearray = field(default_factory=lambda: bytearray(b"\r\n"))
    _state: str = "before"  # before | after a delimiter | head | value | file | over
    _name: str = ""
    _value: bytearray = field(default_factory=bytearray)
    _others: int = 0
    _parts: int = 0

    def feed(self, data: bytes) -> None:
        """The next piece, of any size."""
        self._waiting += data
        while self._state != "over" and self._step():
            pass
        if self._state == "over":
            self._waiting.clear()

    def end(self) -> None:
        """Nothing more comes."""
        if self._state != "over":
            raise Unclear

    def _step(self) -> bool:
        """Whether there may be more to do with what waits."""
        if self._state == "after":
            return self._after()
        if self._state == "head":
            return self._head()
        mark = b"\r\n--" + self.boundary
        place = self._waiting.find(mark)
        if place >= 0:
            self._take(self._waiting[:place])
            del self._waiting[: place + len(mark)]
            self._close()
            self._state = "after"
            return True
        safe = len(self._waiting) - len(mark) + 1
        if safe > 0:
            self._take(self._waiting[:safe])
            del self._waiting[:safe]
        return False

    def _after(self) -> bool:
        if len(self._waiting) < 2:
            return False
        end = bytes(self._waiting[:2])
        del self._waiting[:2]
        if end not in (b"\r\n", b"--"):
            raise Unclear
        self._state = "over" if end == b"--" else "head"
        return True

    def _head(self) -> bool:
        place = self._waiting.find(b"\r\n\r\n")
        if place > MAX_PART_HEAD or (place < 0 and len(self._waiting) > MAX_PART_HEAD):
            raise Unclear
        if place < 0:
            return False
        head = bytes(self._waiting[:place])
        del self._waiting[: place + 4]
        name, filename = NAME.search(head), FILENAME.search(head)
        self._parts += 1
        if name is None or self._parts > MAX_PARTS:
            raise Unclear
        self._name = _text(name[1])
        if filename is None:
            self._state = "value"
        elif self.filename is not None:
            raise Unclear
        else:
            self.filename, self._state = _text(filename[1]), "file"
        return True

    def _take(self, data: bytearray) -> None:
        if self._state == "file":
            self.size += len(data)
            if self.size <= MAX_BYTES:
                self.out.write(data)
            return
        self._others += len(data)
        if self._others > MAX_OTHERS:
            raise TooMuch
        if self._state == "value":
            self._value += data

    def _close(self) -> None:
        if self._state == "value":
            self.fields.append((self._name, _text(bytes(self._value))))
            self._value.clear()


def _text(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        raise Unclear from None


class Uploads:
    """The files that arrive at this process now."""

    def __init__(self) -> None:
        self._under_way = 0

    @asynccontextmanager
    async def received(
        self, request: Request, stall_seconds: float
    ) -> AsyncIterator[tuple[str, Uploaded | None]]:
        """(the form's other fields as a query, the file). The file is there during the block.
        Busy, FileTooLarge, TooMuch, Unclear.
        """
        found = BOUNDARY.fullmatch(request.headers.get("content-type", ""))
        if found is None or len(found[1]) > MAX_BOUNDARY:
            raise Unclear
        if self._under_way >= AT_ONCE:
            raise Busy("Several files arrive at the moment: try again shortly.")
        self._under_way += 1
        try:
            with tempfile.NamedTemporaryFile(prefix="upload-") as out:
                parts = Parts(found[1].encode(), out)
                await _read(request, parts, stall_seconds)
                if parts.size > MAX_BYTES:
                    raise FileTooLarge
                out.flush()
                file = Uploaded(parts.filename or "", Path(out.name), parts.size)
                yield urlencode(parts.fields), file if parts.filename else None
        finally:
            self._under_way -= 1


async def _read(request: Request, parts: Parts, stall_seconds: float) -> None:
    read, stream = 0, request.stream().__aiter__()
    while True:
        try:
            async with asyncio.timeout(stall_seconds):
                piece = await anext(stream)
        except StopAsyncIteration:
            break
        except TimeoutError:
            raise Unclear from None
        read += len(piece)
        if read > DRAINED * MAX_BYTES:
            raise FileTooLarge
        parts.feed(piece)
    parts.end()

"""Recorded requests played again from several connections, without the SDK: what the server can
take.

Run as a process of its own: `python -m benchmarks.replay FILE SECONDS`; prints requests a second.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

WARM_UP_SECONDS = 0.5


class Recorded(msgspec.Struct, frozen=True):
    """One request as the SDK sent it."""

    url: str
    headers: dict[str, str]
    body: bytes

    def wire(self) -> bytes:
        """The bytes on the connection, HTTP/1.1 with keep-alive."""
        place = urlsplit(self.url)
        lines = [f"POST {place.path} HTTP/1.1", f"Host: {place.netloc}"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        lines.append(f"Content-Length: {len(self.body)}")
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + self.body


async def _connection(request: Recorded, until: float, began: float) -> int:
    """Requests answered between `began` and `until` on one connection."""
    place = urlsplit(request.url)
    assert place.hostname is not None
    reader, writer = await asyncio.open_connection(place.hostname, place.port)
    wire = request.wire()
    answered = 0
    while (now := time.perf_counter()) < until:
        writer.write(wire)
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(f"unexpected answer: {head[:80]!r}")
        length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        await reader.readexactly(length)
        answered += now >= began
    writer.close()
    return answered


async def replay(requests: list[Recorded], seconds: float) -> float:
    """Requests a second over one connection for each of `requests`."""
    began = time.perf_counter() + WARM_UP_SECONDS
    until = began + seconds
    answered = await asyncio.gather(*(_connection(r, until, began) for r in requests))
    return sum(answered) / seconds


def main(arguments: list[str]) -> int:
    """FILE holds the requests as MessagePack."""
    path, seconds = arguments
    requests = msgspec.msgpack.decode(Path(path).read_bytes(), type=list[Recorded])
    print(json.dumps({"requests_s": asyncio.run(replay(requests, float(seconds)))}))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

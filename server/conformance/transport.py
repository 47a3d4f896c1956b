"""Transport: what HTTP, frames and messages have to look like."""

from __future__ import annotations

import msgpack

from server.conformance.check import check, expect, expect_refused
from server.conformance.wire import HEADERS, SYNC, Wire
from syncengine.protocol.compression import zstd
from syncengine.protocol.frames import HEADER, ZSTD, frame
from syncengine.protocol.limits import MAX_FRAME_BYTES, MAX_REQUEST_BYTES, SPOKEN
from syncengine.protocol.messages import Push, encode

GROUP = "transport"
MALFORMED = (400, "request.malformed")
TOO_LARGE = (413, "request.too_large")
FIRST_PATHS = ("/v1/enrol", "/v1/challenge", "/v1/token")


@check(GROUP, "another media type is refused with 415")
def another_media_type(wire: Wire) -> None:
    for path in (SYNC, *FIRST_PATHS):
        answer = wire.send("POST", path, b"\x90", HEADERS | {"content-type": "application/json"})
        expect_refused(answer, (415, "http.415"))


@check(GROUP, "a content encoding is refused with 415")
def a_content_encoding(wire: Wire) -> None:
    answer = wire.post(wire.seat, b"", **{"content-encoding": "gzip"})
    expect_refused(answer, (415, "http.415"))


@check(GROUP, "other methods are refused with 405, other paths with 404")
def methods_and_paths(wire: Wire) -> None:
    expect_refused(wire.send("GET", SYNC, b"", HEADERS), (405, "http.405"))
    later = max(SPOKEN) + 1
    expect_refused(wire.post(wire.seat, b"", f"/v{later}/sync"), (404, "http.404"))


@check(GROUP, "bodies that are no message are refused with 400")
def no_message(wire: Wire) -> None:
    for path in FIRST_PATHS:
        for body in (b"", b"\x00", b"\xc1", b"\x80", b"\xdd\x10\x00\x00\x00", b"\x91" * 3_000):
            expect_refused(wire.send("POST", path, body, HEADERS), MALFORMED)


@check(GROUP, "requests that are no frames are refused with 400")
def no_frames(wire: Wire) -> None:
    hello = encode(wire.hello(wire.seat))
    for body in (
        b"", b"\x00", HEADER.pack(len(hello), 0) + hello[:-1], frame(hello) + b"\x00",
        HEADER.pack(len(hello), 7) + hello, HEADER.pack(3, ZSTD) + b"abc",
    ):  # fmt: skip
        expect_refused(wire.post(wire.seat, body), MALFORMED)


@check(GROUP, "messages with a wrong, a missing or an additional element are refused with 400")
def elements(wire: Wire) -> None:
    fields = msgpack.unpackb(encode(wire.hello(wire.seat)), raw=False)
    for wrong in (
        fields[:-3], [*fields, None], [*fields[:1], True, *fields[2:]], dict(enumerate(fields)),
        [*fields[:-3], b"bytes", False, None], [99, *fields[1:]], [*fields[:5], {}, *fields[6:]],
    ):  # fmt: skip
        expect_refused(wire.post(wire.seat, frame(msgpack.packb(wrong))), MALFORMED)


@check(GROUP, "a Hello that does not say `early` or `waiting` is taken")
def left_out(wire: Wire) -> None:
    fields = msgpack.unpackb(encode(wire.hello(wire.seat)), raw=False)
    for said in (fields[:-1], fields[:-2]):
        answer = wire.post(wire.seat, frame(msgpack.packb(said)))
        expect(answer.status == 200, f"it got {answer.status}")


@check(GROUP, "a Push before Hello and a second Hello are refused with 400")
def order(wire: Wire) -> None:
    hello, push = frame(encode(wire.hello(wire.seat))), frame(encode(Push([])))
    expect_refused(wire.post(wire.seat, push + hello), MALFORMED)
    expect_refused(wire.post(wire.seat, hello + hello), MALFORMED)


@check(GROUP, "a frame may be compressed; more than one zstd frame in it is refused with 400")
def compression(wire: Wire) -> None:
    packed = zstd.compress(encode(wire.hello(wire.seat)))
    answer = wire.post(wire.seat, HEADER.pack(len(packed), ZSTD) + packed)
    expect(answer.status == 200, f"a compressed Hello got {answer.status}")
    twice = packed + packed
    expect_refused(wire.post(wire.seat, HEADER.pack(len(twice), ZSTD) + twice), MALFORMED)


@check(GROUP, "what inflates beyond the limit of a frame is refused with 413")
def inflating(wire: Wire) -> None:
    bomb = zstd.compress(bytes(MAX_FRAME_BYTES + 1))
    expect_refused(wire.post(wire.seat, HEADER.pack(len(bomb), ZSTD) + bomb), TOO_LARGE)
    head = HEADER.pack(MAX_FRAME_BYTES + 1, 0)
    expect_refused(wire.post(wire.seat, head + bytes(100)), TOO_LARGE)


@check(GROUP, "bodies beyond the limit are refused with 413")
def too_large(wire: Wire) -> None:
    answer = wire.post(wire.seat, bytes(MAX_REQUEST_BYTES + 1))
    expect_refused(answer, TOO_LARGE)

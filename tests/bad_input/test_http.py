"""What HTTP itself is asked to carry: lengths that lie, wrong types, endless heads."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from syncengine.protocol.limits import MAX_REQUEST_BYTES
from tests.bad_input.scene import Case, Scene, answered, judge, table
from tests.server.wire import Answer

TOO_LARGE = "request.too_large"
LIMIT = {"limit": str(MAX_REQUEST_BYTES)}
MEGABYTE = "a" * 2**20
PIECE = b"10000\r\n" + bytes(65_536) + b"\r\n"


def raw(*lines: str, body: bytes = b"") -> Callable[[Scene], Answer | None]:
    """A request with these headers beside the usual ones."""
    return lambda scene: scene.raw(*lines, body=body)


def bare(sent: bytes) -> Callable[[Scene], Answer | None]:
    """Bytes as they are."""
    return lambda scene: answered(scene.client.raw(sent))


def header(**headers: str) -> Callable[[Scene], Answer]:
    """A good body under other headers."""
    return lambda scene: scene.device.send(scene.device.body(), **headers)


def longer(scene: Scene) -> Answer | None:
    """A body longer than declared: what is beyond would be the next request, and is none."""
    body = scene.device.body()
    return scene.raw(f"Content-Length: {len(body)}", body=body + bytes(64))


def asked(method: str, path: str) -> Callable[[Scene], Answer | None]:
    """Another path or method."""
    return bare(f"{method} {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n".encode())


LENGTHS = (
    Case("declared beyond the limit", 413, TOO_LARGE,
         raw(f"Content-Length: {MAX_REQUEST_BYTES + 1}"), data=LIMIT),
    Case("length below zero", 400, "http.400", raw("Content-Length: -1")),
    Case("length that is no number", 400, "http.400", raw("Content-Length: 1e3")),
    Case("two lengths", 400, "http.400", raw("Content-Length: 5, 6")),
    Case("length of 26 digits", 400, "http.400", raw("Content-Length: " + "9" * 26)),
    Case("length and chunks", 400, "http.400",
         raw("Content-Length: 5", "Transfer-Encoding: chunked", body=b"0\r\n\r\n")),
    Case("longer than declared", 400, "http.400", longer),
    Case("chunks beyond the limit", 413, TOO_LARGE,
         raw("Transfer-Encoding: chunked", body=PIECE * 130), data=LIMIT, grows=32, cut=True),
    Case("chunk that is none", 400, "http.400", raw("Transfer-Encoding: chunked", body=b"zz\r\n")),
)  # fmt: skip
TYPES = (
    *(
        Case(f"content type {name or 'empty'}", 415, "http.415", header(content_type=name))
        for name in ("", "application/json", "text/plain", "application/msgpack")
    ),
    *(
        Case(f"content encoding {name}", 415, "http.415", header(content_encoding=name))
        for name in ("gzip", "zstd", "br", "identity, gzip")
    ),
)
HEADS = (
    Case("header of 17 KB", 431, "http.431", raw("X: " + "a" * 17_000)),
    Case("header of 1 MB", 431, "http.431", raw("X: " + MEGABYTE), cut=True),
    Case("10,000 headers", 431, "http.431",
         raw(*(f"X-{i}: {'a' * 100}" for i in range(10_000))), cut=True),
    Case("request line of 20 KB", 431, "http.431",
         bare(b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n")),
    Case("trailer of 1 MB", 431, "http.431",
         raw("Transfer-Encoding: chunked", body=b"1\r\na\r\n0\r\nX: " + MEGABYTE.encode()),
         cut=True),
    Case("no HTTP", 400, "http.400", bare(b"\x16\x03\x01\0\xa5\x01\0\0\xa1\x03\x03\r\n\r\n")),
)  # fmt: skip
PLACES = (
    Case("GET a sync", 405, "http.405", asked("GET", "/v2/sync")),
    Case("PUT an enrolment", 405, "http.405", asked("PUT", "/v1/enrol")),
    Case("POST a health check", 405, "http.405", asked("POST", "/health")),
    Case("unknown version", 404, "http.404", asked("POST", "/v99/sync")),
    Case("slash too many", 404, "http.404", asked("POST", "/v1/sync/")),
    Case("file of the machine", 404, "http.404", asked("GET", "/../etc/passwd")),
)


@table(*LENGTHS, *TYPES, *HEADS, *PLACES)
def test_what_http_refuses(scene: Scene, case: Case) -> None:
    judge(scene, case)


@pytest.mark.parametrize("sent", [b"", b"abc"])
def test_a_client_that_hangs_up_in_the_middle(scene: Scene, sent: bytes) -> None:
    """Nobody is left to answer, and nothing is left behind."""
    scene.settle()
    before = scene.state()
    assert scene.raw("Content-Length: 1000", body=sent, end=True) is None
    assert scene.state() == before
    assert scene.device.sync().status == 200

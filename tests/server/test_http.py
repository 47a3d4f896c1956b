"""bad-input.md, sync endpoints: what HTTP itself is asked to carry."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

from server.http.errors import STATUS
from syncengine.model.errors import SyncError, error_classes
from syncengine.protocol.enrolment import MEDIA_TYPE
from syncengine.protocol.limits import MAX_REQUEST_BYTES
from syncengine.protocol.messages import Failure
from tests.server.conftest import Served
from tests.server.wire import Device

pytestmark = pytest.mark.usefixtures("unchanged")


@pytest.fixture(scope="module")
def device(shared: Served) -> Device:
    return shared.device("279")


def head(device: Device, *lines: str) -> bytes:
    always = (
        "POST /v2/sync HTTP/1.1", "Host: x", f"Content-Type: {MEDIA_TYPE}",
        f"Authorization: Bearer {device.token}",
    )  # fmt: skip
    return "".join(f"{line}\r\n" for line in (*always, *lines, "")).encode()


def answered(raw: bytes) -> tuple[int, Failure]:
    top, _, body = raw.partition(b"\r\n\r\n")
    return int(top.split(b" ")[1]), msgspec.msgpack.decode(body, type=Failure)


def test_every_code_has_a_status() -> None:
    """Of what a request can raise; the store's and the importer's own never travel."""
    travelling = {
        c for c, kind in error_classes().items() if kind.__module__ == SyncError.__module__
    }
    assert travelling == set(STATUS)


def test_the_document_names_every_status_and_advice() -> None:
    """docs/PROTOCOL.md is what other clients are written from."""
    text = Path("docs/PROTOCOL.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([a-z._]+)` \| (\d{3}) \| (\w+) \|", text, re.MULTILINE)
    classes = error_classes()
    assert {c: (int(s), a) for c, s, a in rows} == {
        code: (status, str(classes[code].advice)) for code, status in STATUS.items()
    }


def test_declared_length_beyond_the_limit(shared: Served, device: Device) -> None:
    """Refused from the header alone: not one byte of the body is sent."""
    raw = shared.client.raw(head(device, f"Content-Length: {MAX_REQUEST_BYTES + 1}"))
    status, failure = answered(raw)
    assert (status, failure.code) == (413, "request.too_large")
    assert dict(failure.data)["limit"] == str(MAX_REQUEST_BYTES)


@pytest.mark.parametrize("length", ["-1", "1e3", "5, 6", "99999999999999999999999999"])
def test_absurd_content_length(shared: Served, device: Device, length: str) -> None:
    status, failure = answered(shared.client.raw(head(device, f"Content-Length: {length}")))
    assert status in (400, 413)
    assert failure.code in ("http.400", "request.too_large")


def test_body_shorter_than_declared(shared: Served, device: Device) -> None:
    """The client hangs up in the middle: nobody is answered, nothing is left behind."""
    shared.client.raw(head(device, "Content-Length: 1000") + b"abc", end=True)
    assert device.sync().status == 200


def test_body_longer_than_declared(shared: Served, device: Device) -> None:
    """What is beyond the declared length would be the next request, and is none."""
    body = device.body()
    raw = shared.client.raw(head(device, f"Content-Length: {len(body)}") + body + b"\x00" * 64)
    assert raw.startswith((b"HTTP/1.1 200", b"HTTP/1.1 400"))
    assert b"HTTP/1.1 400" in raw


def test_chunked_beyond_the_limit(shared: Served, device: Device) -> None:
    piece = b"10000\r\n" + bytes(65536) + b"\r\n"
    raw = shared.client.raw(head(device, "Transfer-Encoding: chunked") + piece * 130)
    assert raw == b"" or answered(raw)[1].code == "request.too_large"
    assert device.sync().status == 200


def test_length_and_chunked_together(shared: Served, device: Device) -> None:
    """The classic of request smuggling."""
    lines = ("Content-Length: 5", "Transfer-Encoding: chunked")
    raw = shared.client.raw(head(device, *lines) + b"0\r\n\r\nGET /health HTTP/1.1\r\n\r\n")
    assert answered(raw)[0] == 400


@pytest.mark.parametrize(
    "media_type", ["", "application/json", "text/plain", "application/msgpack"]
)
def test_wrong_content_type(device: Device, media_type: str) -> None:
    answer = device.send(device.body(), content_type=media_type)
    assert (answer.status, answer.failure.code) == (415, "http.415")


@pytest.mark.parametrize("encoding", ["gzip", "zstd", "br", "identity, gzip"])
def test_wrong_content_encoding(device: Device, encoding: str) -> None:
    answer = device.send(device.body(), content_encoding=encoding)
    assert (answer.status, answer.failure.code) == (415, "http.415")


@pytest.mark.parametrize(
    "lines",
    [
        ["X: " + "a" * 2**20],
        [f"X-{i}: {'a' * 100}" for i in range(10_000)],
        ["X: " + "a" * 17_000],
    ],
    ids=["one", "many", "just-beyond"],
)
def test_long_head(shared: Served, device: Device, lines: list[str]) -> None:
    raw = shared.client.raw(head(device, *lines))
    # a client that sends on after the refusal may lose the answer to the reset connection
    assert raw == b"" or answered(raw)[0] == 431
    assert device.sync().status == 200


def test_long_request_line(shared: Served) -> None:
    raw = shared.client.raw(b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n")
    assert answered(raw)[0] == 431


def test_long_trailer(shared: Served, device: Device) -> None:
    start = head(device, "Transfer-Encoding: chunked") + b"1\r\na\r\n0\r\nX: "
    raw = shared.client.raw(start + b"a" * 2**19)
    assert raw == b"" or raw.startswith((b"HTTP/1.1 431", b"HTTP/1.1 400"))


def test_not_http(shared: Served) -> None:
    assert (
        answered(shared.client.raw(b"\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03\r\n\r\n"))[0]
        == 400
    )


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v2/sync", 405), ("PUT", "/v1/enrol", 405), ("POST", "/health", 405),
        ("POST", "/v3/sync", 404), ("POST", "/v1/sync/", 404), ("GET", "/../etc/passwd", 404),
    ],
)  # fmt: skip
def test_unknown_paths_and_methods(shared: Served, method: str, path: str, status: int) -> None:
    answer = shared.client.http.request(method, path, follow_redirects=False)
    assert answer.status_code == status
    assert ("allow" in answer.headers) == (status == 405)
    assert msgspec.msgpack.decode(answer.content, type=Failure).code == f"http.{status}"


def test_health_and_readiness(shared: Served) -> None:
    assert shared.client.http.get("/health").json() == {"status": "alive"}
    assert shared.client.http.get("/ready").json() == {"status": "ready"}


def test_small_messages_have_a_small_bound(shared: Served) -> None:
    for path in ("/v1/enrol", "/v1/challenge", "/v1/token"):
        answer = shared.client.post(path, bytes(5_000))
        assert (answer.status, answer.failure.code) == (413, "request.too_large")
        answer = shared.client.post(path, b"\x91\xc1")
        assert (answer.status, answer.failure.code) == (400, "request.malformed")

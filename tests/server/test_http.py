"""Statuses, paths and health. What HTTP refuses besides: tests/bad_input/test_http.py."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

from server.http.errors import STATUS
from syncengine.model.errors import SyncError, error_classes
from syncengine.protocol.messages import Failure
from syncengine.store.blob_errors import BlobUnknown
from tests.server.conftest import Served

pytestmark = pytest.mark.usefixtures("unchanged")


def test_every_code_has_a_status() -> None:
    """Of what a request can raise; the store's and the importer's own never travel."""
    modules = {SyncError.__module__, BlobUnknown.__module__}
    travelling = {c for c, kind in error_classes().items() if kind.__module__ in modules}
    assert travelling == set(STATUS)


def test_the_document_names_every_status_and_advice() -> None:
    """docs/PROTOCOL.md is what other clients are written from."""
    text = Path("docs/PROTOCOL.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([a-z._]+)` \| (\d{3}) \| (\w+) \|", text, re.MULTILINE)
    classes = error_classes()
    assert {c: (int(s), a) for c, s, a in rows} == {
        code: (status, str(classes[code].advice)) for code, status in STATUS.items()
    }


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

"""Uploads over HTTP; what is refused: tests/bad_input/test_blobs.py."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from server.settings import load_settings
from syncengine.protocol.limits import MIN_PIECE_BYTES
from tests.server.blob_wire import ask, begin, digest, send
from tests.server.conftest import Served, running
from tests.server.wire import WORLD

CONTENT = bytes(MIN_PIECE_BYTES) + b"end"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server with a folder for blobs."""
    folder: Path = tmp_path_factory.mktemp("blobs")
    database = f"sqlite:///{folder / 'server.db'}"
    settings = load_settings(
        None, {}, database=database, port=0, blob_folder=str(folder / "blobs"), blob_bytes=2**20
    )
    with running(settings, WORLD) as made:
        yield made


def test_an_upload_that_is_cut_goes_on_where_it_was(served: Served) -> None:
    device = served.device("279")
    begun = begin(device, CONTENT)
    assert (begun.status, begun.headers["upload-offset"]) == (201, "0")
    path = begun.headers["location"]
    assert send(device, path, 0, CONTENT[:MIN_PIECE_BYTES]).status == 204
    asked = ask(device, "HEAD", path)
    assert asked.status == 200
    assert asked.headers["upload-offset"] == str(MIN_PIECE_BYTES)
    assert asked.headers["upload-length"] == str(len(CONTENT))
    assert asked.headers["cache-control"] == "no-store"
    assert begin(device, CONTENT).headers["location"] == path
    ended = send(device, path, MIN_PIECE_BYTES, CONTENT[MIN_PIECE_BYTES:])
    assert (ended.status, ended.headers["upload-offset"]) == (204, str(len(CONTENT)))
    assert begin(device, CONTENT).headers["upload-offset"] == str(len(CONTENT))


def test_no_request_body_may_be_cut_short(served: Served) -> None:
    """A piece counts whole or not at all: what came of one that broke off is not kept."""
    device = served.device("279")
    path = begin(device, CONTENT + b"2").headers["location"]
    head = (
        f"PATCH {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {device.token}\r\n"
        "Content-Type: application/offset+octet-stream\r\nUpload-Offset: 0\r\n"
        f"Upload-Checksum: sha256 {'A' * 43}=\r\nContent-Length: {MIN_PIECE_BYTES}\r\n\r\n"
    )
    assert served.client.raw(head.encode() + bytes(1_000), end=True) == b""
    assert ask(device, "HEAD", path).headers["upload-offset"] == "0"


def test_an_upload_is_given_up(served: Served) -> None:
    device = served.device("279")
    path = begin(device, b"given up").headers["location"]
    assert ask(device, "DELETE", path).status == 204
    assert ask(device, "HEAD", path).status == 404


def test_a_locked_seat_uploads_nothing(served: Served) -> None:
    device = served.device("276")
    path = begin(device, CONTENT).headers["location"]
    served.store.seats.lock(device.seat)
    for answer in (begin(device, CONTENT), send(device, path, 0, CONTENT[:MIN_PIECE_BYTES])):
        assert (answer.status, answer.failure.code) == (403, "auth.seat_locked")


def test_the_same_bytes_of_two_people_are_stored_once(served: Served, tmp_path: Path) -> None:
    paths = []
    for number in ("279", "276"):
        device = served.device(number)
        path = begin(device, b"twice").headers["location"]
        assert send(device, path, 0, b"twice").status == 204
        paths.append(path)
    assert paths[0] != paths[1]
    folder = Path(str(served.store.engine.url.database)).parent / "blobs" / "blobs"
    assert len(list(folder.rglob(digest(b"twice").hex()))) == 1

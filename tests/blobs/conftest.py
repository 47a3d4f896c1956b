"""Every implementation of the port, for one acceptance suite; uploads on each kind of database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from syncengine.store.blob_folder import BlobFolder
from syncengine.store.blob_store import BlobStore
from tests.blobs.s3 import Service, serving
from tests.blobs.scene import Place

Reached = Callable[[str], None]
Open = Callable[[Reached], BlobStore]


@pytest.fixture(scope="session")
def s3() -> Iterator[Service]:
    """A service that speaks S3, by HTTP."""
    with serving() as service:
        yield service


@pytest.fixture(params=["folder", "bucket"])
def open_blobs(request: pytest.FixtureRequest, tmp_path: Path) -> Open:
    """Opens the same store as often as wanted, like so many processes, each with its crash hook."""
    if request.param == "folder":
        return lambda reached: BlobFolder(tmp_path / "blobs", reached)
    service: Service = request.getfixturevalue("s3")
    bucket = service.new_bucket()
    return lambda reached: service.open(bucket, reached)


@pytest.fixture
def blobs(open_blobs: Open) -> BlobStore:
    """A store that nothing is in."""
    return open_blobs(lambda _point: None)


@pytest.fixture
def place(database_url: str, tmp_path: Path) -> Iterator[Place]:
    """Invariant 24: every test here runs on SQLite and on PostgreSQL."""
    made = Place(database_url, tmp_path)
    yield made
    made.world.close()

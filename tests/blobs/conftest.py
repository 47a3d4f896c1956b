"""Every implementation of the port, for one acceptance suite; uploads on each kind of database."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from syncengine.protocol.limits import MIN_PIECE_BYTES
from syncengine.store.blob_folder import BlobFolder
from syncengine.store.blob_store import BlobStore
from syncengine.store.uploads import Bounds, Upload, Uploader, Uploads
from tests.support.world import World

Reached = Callable[[str], None]
Open = Callable[[Reached], BlobStore]
PIECE = MIN_PIECE_BYTES
BOUNDS = Bounds(blob=10 * PIECE, unused=20 * PIECE)


def digest(content: bytes) -> bytes:
    """The hash by which a blob goes."""
    return hashlib.sha256(content).digest()


@pytest.fixture(params=["folder"])
def open_blobs(request: pytest.FixtureRequest, tmp_path: Path) -> Open:
    """Opens the same store as often as wanted, like so many processes, each with its crash hook."""
    return lambda reached: BlobFolder(tmp_path / "blobs", reached)


@pytest.fixture
def blobs(open_blobs: Open) -> BlobStore:
    """A store that nothing is in."""
    return open_blobs(lambda _point: None)


@dataclass
class Place:
    """A server's store with its blobs; people upload with a seat of their own."""

    world: World
    blobs: BlobStore
    uploads: Uploads

    def seat(self, name: str) -> Uploader:
        """A new seat of that person."""
        return Uploader(self.world.environment.new_id(), self.world.people[name])

    def send(self, who: Uploader, upload: Upload, content: bytes) -> Upload:
        """Go on with an upload until it is complete."""
        while upload.offset < upload.length:
            piece = content[upload.offset : upload.offset + PIECE]
            upload = self.uploads.add(who, upload.id, upload.offset, piece, digest(piece))
        return upload

    def upload(self, who: Uploader, content: bytes) -> bytes:
        """The hash of a content that is uploaded whole."""
        self.send(who, self.uploads.begin(who, digest(content), len(content)), content)
        return digest(content)


@pytest.fixture
def place(database_url: str, tmp_path: Path) -> Iterator[Place]:
    """Invariant 24: every test here runs on SQLite and on PostgreSQL."""
    world = World(database_url, tmp_path)
    blobs = BlobFolder(tmp_path / "blobs", world.environment.reached)
    yield Place(world, blobs, Uploads(world.store, blobs, BOUNDS))
    world.close()

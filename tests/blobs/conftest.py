"""Every implementation of the port, for one acceptance suite."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from syncengine.store.blob_folder import BlobFolder
from syncengine.store.blob_store import BlobStore

Reached = Callable[[str], None]
Open = Callable[[Reached], BlobStore]


@pytest.fixture(params=["folder"])
def open_blobs(request: pytest.FixtureRequest, tmp_path: Path) -> Open:
    """Opens the same store as often as wanted, like so many processes, each with its crash hook."""
    return lambda reached: BlobFolder(tmp_path / "blobs", reached)


@pytest.fixture
def blobs(open_blobs: Open) -> BlobStore:
    """A store that nothing is in."""
    return open_blobs(lambda _point: None)

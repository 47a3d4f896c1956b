"""Which store of blobs an installation has, and its bounds."""

from __future__ import annotations

from pathlib import Path

from server.settings import Settings
from syncengine.model.environment import Environment
from syncengine.store.blob_folder import BlobFolder
from syncengine.store.blob_store import BlobStore
from syncengine.store.uploads import Bounds


def blob_store_of(settings: Settings, environment: Environment) -> BlobStore:
    """The configured one. Nothing is made before the first upload."""
    return BlobFolder(Path(settings.blob_folder), environment.reached)


def bounds_of(settings: Settings) -> Bounds:
    """How much may be uploaded."""
    return Bounds(settings.blob_bytes, settings.blob_unused_bytes)

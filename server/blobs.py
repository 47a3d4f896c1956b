"""Which store of blobs an installation has, and its bounds."""

from __future__ import annotations

from pathlib import Path

from server.problem import Problem
from server.settings import Settings
from syncengine.model.environment import Environment
from syncengine.store.blob_folder import BlobFolder
from syncengine.store.blob_store import BlobStore
from syncengine.store.uploads import Bounds


def blob_store_of(settings: Settings, environment: Environment) -> BlobStore:
    """The configured one; Problem. Nothing is made or asked before the first upload."""
    if settings.blob_bucket is not None:
        return _bucket(settings.blob_bucket, environment)
    return BlobFolder(Path(settings.blob_folder), environment.reached)


def _bucket(url: str, environment: Environment) -> BlobStore:
    try:
        from syncengine.store.blob_bucket import open_bucket
    except ImportError:
        told = "blob_bucket needs a library of its own: install syncengine[server,s3]."
        raise Problem("settings.invalid", told) from None
    try:
        return open_bucket(url, environment.reached)
    except ValueError as error:
        raise Problem("settings.invalid", f"blob_bucket: {error}.") from None


def bounds_of(settings: Settings) -> Bounds:
    """How much may be uploaded."""
    return Bounds(settings.blob_bytes, settings.blob_unused_bytes)

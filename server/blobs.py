"""Which store of blobs an installation has, its bounds, and what works with it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from server.problem import Problem
from server.settings import Settings
from syncengine.model.environment import Environment
from syncengine.model.windows import DAY
from syncengine.store.blob_collection import Collector
from syncengine.store.blob_folder import BlobFolder
from syncengine.store.blob_store import BlobStore
from syncengine.store.downloads import Downloads
from syncengine.store.files import Files
from syncengine.store.store import Store
from syncengine.store.uploads import Bounds, Uploads

UNBOUNDED = 2**62  # what jobs make and no row refers to yet is bounded by the jobs


@dataclass(frozen=True)
class Attachments:
    """Those of one server process, whichever way they come and go. files: for jobs."""

    blobs: BlobStore
    uploads: Uploads
    downloads: Downloads
    collector: Collector
    files: Files


def attachments_of(store: Store, settings: Settings) -> Attachments:
    """Problem, as `blob_store_of`."""
    blobs = blob_store_of(settings, store.environment)
    uploads = Uploads(store, blobs, Bounds(settings.blob_bytes, settings.blob_unused_bytes))
    collector = Collector(store, blobs, uploads, settings.blob_days * DAY)
    own = Uploads(store, blobs, Bounds(settings.blob_bytes, UNBOUNDED))
    return Attachments(blobs, uploads, Downloads(store, blobs), collector, Files(own, blobs))


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

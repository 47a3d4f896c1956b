"""Where the bytes of blobs lie: the port. A folder is one (blob_folder.py).

An upload arrives in pieces, each durable before it is answered, and becomes a blob under its hash
at once or not at all. Nothing here knows who may do what, or what a row refers to (blobs.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol


class BlobStore(Protocol):
    """Safe to call from several threads and processes. upload: an id of 16 bytes. digest: the
    SHA-256 of a blob, 32 bytes.
    """

    def size(self, upload: bytes) -> int:
        """How many bytes of an upload are there; 0 for one that nothing is there of."""

    def add(self, upload: bytes, offset: int, piece: bytes) -> bool:
        """Put a piece of at least one byte behind what is there, durably. False, and nothing has
        changed, unless exactly `offset` bytes are there: of two writers at one offset, one wins.
        """

    def finish(self, upload: bytes, digest: bytes) -> bool:
        """Make the blob of an upload's pieces, durably; they stay until they are discarded. False,
        and there is no blob, when they have another hash. Harmless when repeated.
        """

    def discard(self, upload: bytes) -> None:
        """Remove an upload's pieces, if any."""

    def uploads(self) -> Iterator[bytes]:
        """Every upload of which something is there."""

    def read(self, digest: bytes, start: int, length: int) -> bytes | None:
        """At most so many bytes of a blob from `start` on, fewer only at its end; None when there
        is no such blob.
        """

    def delete(self, digest: bytes) -> None:
        """Remove a blob, if it is there."""

    def digests(self) -> Iterator[bytes]:
        """Every blob."""

"""Blobs as jobs use them: read whole, within a bound, and made.

A job's rows may refer to any complete blob; who may read it follows from the row that refers to it.
"""

from __future__ import annotations

import hashlib

from syncengine.model.ids import ZERO_ID
from syncengine.protocol.limits import MAX_PIECE_BYTES
from syncengine.store.blob_store import BlobStore
from syncengine.store.uploads import Uploader, Uploads

SERVER = Uploader(ZERO_ID, ZERO_ID)


class Files:
    """Those of one installation. Safe to call from several threads."""

    def __init__(self, uploads: Uploads, blobs: BlobStore) -> None:
        self._uploads = uploads
        self._blobs = blobs

    def read(self, digest: bytes, most: int) -> bytes | None:
        """A blob of at most so many bytes; None for a larger one, and for one that is not there."""
        found = bytearray()
        while piece := self._blobs.read(digest, len(found), MAX_PIECE_BYTES):
            found += piece
            if len(found) > most:
                return None
        return bytes(found) or None

    def keep(self, content: bytes) -> bytes:
        """Its SHA-256, once it is a complete blob; kept for as long as uploads are that no row
        refers to yet. TooLarge, BlobQuota, Busy.
        """
        digest = hashlib.sha256(content).digest()
        upload = self._uploads.begin(SERVER, digest, len(content))
        while upload.offset < upload.length:
            piece = content[upload.offset : upload.offset + MAX_PIECE_BYTES]
            checksum = hashlib.sha256(piece).digest()
            upload = self._uploads.add(SERVER, upload.id, upload.offset, piece, checksum)
        return digest

"""What the write path has to know of blobs, read set-based under the clock's lock."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import sqlalchemy as sa

from syncengine.store import tables as t
from syncengine.store.database import KEYS_PER_STATEMENT
from syncengine.store.working import batches

_b, _by = t.blob.c, t.blob_uploader.c


class BlobFacts:
    """Of the blobs that a commit names: which are complete, and who has uploaded them."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection
        self._complete: dict[bytes, bool] = {}
        self._uploaders: set[tuple[bytes, bytes]] = set()
        self._uses: set[tuple[bytes, bytes]] = set()

    def load(self, digests: Iterable[bytes]) -> None:
        """Read what is not known yet, in two statements whether there are such blobs or not."""
        for some in batches(sorted(set(digests) - self._complete.keys()), KEYS_PER_STATEMENT):
            complete = sa.select(_b.digest).where(_b.digest.in_(some), ~_b.doomed)
            there = set(self._connection.scalars(complete))
            self._complete |= {digest: digest in there for digest in some}
            rows = sa.select(_by.uploader, _by.digest).where(_by.digest.in_(some))
            self._uploaders |= {(r.uploader, r.digest) for r in self._connection.execute(rows)}

    def is_complete(self, digest: bytes) -> bool:
        """Whether it is there, and stays."""
        self.load((digest,))
        return self._complete[digest]

    def uploaded(self, digest: bytes, uploader: bytes) -> bool:
        """Whether this person or user has uploaded all of it, lately."""
        self.load((digest,))
        return (uploader, digest) in self._uploaders

    def use(self, uploaders: Iterable[bytes | None], digests: Collection[bytes]) -> None:
        """Note that rows refer to these blobs by the uploads of whoever is named."""
        self._uses |= {(who, digest) for who in uploaders if who for digest in digests}

    def store(self) -> None:
        """Write what was noted."""
        if self._uses:
            key = (_by.uploader == sa.bindparam("k_who"), _by.digest == sa.bindparam("k_digest"))
            self._connection.execute(
                sa.update(t.blob_uploader).where(*key).values(used=True),
                [{"k_who": who, "k_digest": digest} for who, digest in sorted(self._uses)],
            )

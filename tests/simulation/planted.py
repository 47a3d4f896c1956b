"""Planted bugs: what the simulator has to find. Each is switched on for a run, in this process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from device_sdk.sync import Sync
from syncengine.model.manifest import Schema
from syncengine.store import feed, pull
from syncengine.store.pull import Pull

Planted = Callable[[], Any]


def followers_forgotten() -> Any:
    """Rows that follow a moved one stay where they are."""
    return patch.object(Schema, "followers", lambda self, parent: [])


def nothing_leaves() -> Any:
    """A row that left a bucket is not told."""
    right = feed.read_bucket

    def wrong(*arguments: Any) -> feed.Read:
        read = right(*arguments)
        for piece in read.pieces.values():
            piece.left.clear()
        return read

    return patch.object(pull, "read_bucket", wrong)


def grants_once_a_pull() -> Any:
    """Grants are not computed again in the snapshot of each chunk."""
    right = Pull._granted

    def wrong(self: Pull, connection: Any, at: int) -> Any:
        return self.sent if self.sent is not None else right(self, connection, at)

    return patch.object(Pull, "_granted", wrong)


def omitted_too_often() -> Any:
    """A row of several buckets is never sent with the second one."""
    return patch.object(
        pull, "settled_elsewhere", lambda c, tag, shared, cursors: {row for row, _, _ in shared}
    )


def cursor_too_far() -> Any:
    """A pull that goes on skips the version in which it stopped."""
    right = feed.read_bucket

    def wrong(*arguments: Any) -> feed.Read:
        read = right(*arguments)
        if read.cursor is not None:
            c = read.cursor
            read.cursor = type(c)(c.bucket, c.version, feed.END_TAG, c.row)
        return read

    return patch.object(pull, "read_bucket", wrong)


def old_answers_taken() -> Any:
    """A device takes whatever arrives, also once more."""

    def wrong(self: Sync, message: Any, changesets: int) -> None:
        self._tally.sent += changesets
        self._repair = []
        self._store.welcome(message)

    return patch.object(Sync, "_welcome", wrong)


ALL: dict[str, Planted] = {
    made.__name__: made
    for made in (
        followers_forgotten,
        nothing_leaves,
        grants_once_a_pull,
        omitted_too_often,
        cursor_too_far,
        old_answers_taken,
    )
}


@contextmanager
def planted(name: str) -> Iterator[None]:
    """The bug of that name, while the block runs."""
    with ALL[name]():
        yield

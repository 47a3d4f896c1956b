"""A module's job that looks again only once something happened that it looks at.

Looking costs what all documents, templates or the like cost, and every run would find the same.
"""

from __future__ import annotations

from collections.abc import Callable, Collection

from syncengine.store.changed import Place, changed_since, present
from syncengine.store.store import Store

AGAIN = 300 * 1_000_000  # microseconds: what comes with time alone is seen that late at most
Work = Callable[[Store, int], int]  # a module's: (the store, batches at most) -> rows written


class Watching:
    """Work that depends on rows of these entities, as one process does it. It looks after rows of
    them were written, by whomever, after a run that wrote something or failed, and every five
    minutes.
    """

    def __init__(self, work: Work, entities: Collection[str]) -> None:
        self._work = work
        self._entities = entities
        self._still: Place | None = None  # from there on the history is to be looked through
        self._again = 0

    def __call__(self, store: Store, batches: int) -> int:
        """How many rows were written."""
        begin, now = present(store), store.environment.now()
        if now < self._again and self._is_still(store):
            return 0
        self._still = None
        written = self._work(store, batches)
        if not written:  # a batch that was refused was so for a change that comes after `begin`
            self._still, self._again = begin, now + AGAIN
        return written

    def _is_still(self, store: Store) -> bool:
        if self._still is None:
            return False
        page = changed_since(store, self._entities, self._still, 1)
        if page is None or page.changes:
            return False
        self._still = page.following
        return True

"""A replica of the simulated server's database, which follows it, or lags behind for a while."""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from sqlite3 import Connection

from syncengine.store.database import open_engine
from syncengine.store.store import Status, Store


class Replica:
    """lags: it does not follow."""

    def __init__(self, counts: Counter[str]) -> None:
        self.engine = open_engine("sqlite://")
        self.lags = False
        self._counts = counts
        self._shown: tuple[Status, bytes] | None = None

    def follow(self, store: Store) -> None:
        """Show all that is committed, unless it lags."""
        status = self._status(store)
        if self.lags or status == self._shown:
            return
        source, target = store.engine.raw_connection(), self.engine.raw_connection()
        with closing(source), closing(target):
            there, here = source.driver_connection, target.driver_connection
            assert isinstance(there, Connection)
            assert isinstance(here, Connection)
            there.backup(here)
        self._shown = status

    def asked(self, store: Store) -> None:
        """A sync begins."""
        self._counts["replica_behind"] += self._shown != self._status(store)

    @staticmethod
    def _status(store: Store) -> tuple[Status, bytes]:
        return store.status(), store.schema.hash

"""How a server process learns that something was committed: its own commits it hears of at once,
those of other processes on PostgreSQL by NOTIFY. A signal may be lost or come for nothing; whoever
needs to be sure reads the clock now and then (store/news.py).
"""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from syncengine.store.clock import CHANNEL

# A connection whose other end is gone without a word is noticed after half a minute (TCP only).
_KEEPALIVE = {"keepalives_idle": 15, "keepalives_interval": 5, "keepalives_count": 3}


class Signals:
    """This process's own commits. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._heard: list[Callable[[], object]] = []

    @contextmanager
    def heard_by(self, call: Callable[[], object]) -> Iterator[None]:
        """During the block `call` is made after each commit, in the thread that committed: it must
        not wait for anything.
        """
        with self._lock:
            self._heard.append(call)
        try:
            yield
        finally:
            with self._lock:
                self._heard.remove(call)

    def committed(self) -> None:
        """A commit with a new version is durable."""
        with self._lock:  # nobody is called whose block has ended
            for call in self._heard:
                call()


async def notifications(engine: sa.Engine) -> AsyncIterator[None]:
    """One item as soon as the connection listens, then one a commit of any process (PostgreSQL).

    Raises psycopg.Error when the connection is lost: commits are missed from then on, until the
    first item of the next call says that something may have happened.
    """
    import psycopg

    _, options = engine.dialect.create_connect_args(engine.url)
    async with await psycopg.AsyncConnection.connect(
        **{**_KEEPALIVE, **options}, autocommit=True
    ) as connection:
        await connection.execute(f"LISTEN {CHANNEL}".encode())
        yield
        async for _ in connection.notifies():
            yield


def notifies(engine: sa.Engine) -> bool:
    """Whether commits of other processes can be heard on this database."""
    return engine.dialect.name == "postgresql"

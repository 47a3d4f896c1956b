"""Where pulls read: the database, or a replica of it that is not behind.

A replica is asked only for what it surely has: its snapshot must be of the same epoch and schema,
and show at least what was committed when it was asked for. So nothing else has to know of replicas:
no device goes back, and no chunk misses a revocation, however far one lags. Where it is behind, or
does not answer, the database itself is read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import sqlalchemy as sa

from syncengine.store import clock as clocks
from syncengine.store.clock import Clock
from syncengine.store.database import reading

REST = 10_000_000  # microseconds without asking a replica that did not answer


class Snapshots:
    """Snapshots of one database. now: as in Environment. failed: told why the replica is not asked
    for a while; once each time.
    """

    def __init__(
        self,
        engine: sa.Engine,
        replica: sa.Engine | None,
        now: Callable[[], int],
        failed: Callable[[Exception], None],
    ) -> None:
        self.engine = engine
        self._replica = replica
        self._now = now
        self._failed = failed
        self._resting_until = 0

    @contextmanager
    def newest(self) -> Iterator[sa.Connection]:
        """A snapshot that shows all that is committed by now."""
        with ExitStack() as stack:
            found = self._of_replica(stack)
            yield stack.enter_context(reading(self.engine)) if found is None else found

    def _of_replica(self, stack: ExitStack) -> sa.Connection | None:
        """None: there is none that can be used. stack: what ends the snapshot."""
        if self._replica is None or self._now() < self._resting_until:
            return None
        with reading(self.engine) as connection:
            due = clocks.read(connection)
        try:
            with ExitStack() as opened:
                found = opened.enter_context(reading(self._replica))
                if not shows(clocks.read(found), due):
                    return None
                stack.enter_context(opened.pop_all())
                return found
        except (sa.exc.DBAPIError, sa.exc.TimeoutError) as error:
            self._resting_until = self._now() + REST
            self._failed(error)
            return None


def shows(there: Clock, due: Clock) -> bool:
    """Whether a snapshot with the one clock has all that the other one's has."""
    same = (there.epoch, there.schema) == (due.epoch, due.schema)
    return same and there.version >= due.version

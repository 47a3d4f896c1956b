"""Watching queries: a callback gets the result now, and again whenever it has changed."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence

from syncengine.model.fields import Stored

Result = list[tuple[Stored, ...]]
MAX_WATCHES = 1_000


class Watch:
    """One watched query; `stop()` ends it."""

    def __init__(
        self, watches: Watches, query: Callable[[], Result], callback: Callable[[Result], None]
    ) -> None:
        self._watches = watches
        self._query = query
        self._callback = callback
        self._last: Result | None = None
        self._turn = threading.RLock()  # results arrive in the order in which they came about
        self._stopped = False

    def _refresh(self) -> None:
        """Ask again; call back when the result is another one."""
        with self._turn:
            result = [] if self._stopped else self._query()
            if self._stopped or result == self._last:
                return
            self._last = result
            self._callback(result)

    def stop(self) -> None:
        """No call-back from now on, but for one that runs already."""
        self._stopped = True
        self._watches.remove(self)


class Watches:
    """All watched queries of a device. Call-backs run in the thread that changed something."""

    def __init__(self, query: Callable[[str, Sequence[object]], Result]) -> None:
        self._query = query
        self._guard = threading.Lock()
        self._watches: list[Watch] = []

    def add(
        self, sql: str, parameters: Sequence[object], callback: Callable[[Result], None]
    ) -> Watch:
        """Begin to watch; calls back at once."""
        watch = Watch(self, lambda: self._query(sql, parameters), callback)
        with self._guard:
            if len(self._watches) >= MAX_WATCHES:
                raise ValueError(f"at most {MAX_WATCHES} queries can be watched")
            self._watches.append(watch)
        try:
            watch._refresh()
        except BaseException:
            watch.stop()
            raise
        return watch

    def remove(self, watch: Watch) -> None:
        """It is no longer asked."""
        with self._guard:
            if watch in self._watches:
                self._watches.remove(watch)

    def changed(self) -> None:
        """Rows may have changed: look at every query.

        What changed is durable whatever a call-back does: its error is logged and no more.
        """
        with self._guard:
            watches = list(self._watches)
        for watch in watches:
            try:
                watch._refresh()
            except Exception:
                logging.getLogger(__name__).exception("a watched query's call-back failed")

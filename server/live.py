"""Open pages that are told which of their panels are stale. On the event loop only.

What the panels look like is read from the database, as marks: whichever process changed it, it is
seen. Reading happens after a commit that was heard of (store/signals.py), and else every few
seconds, never twice a second, and only while a page is open. A stream holds no thread and no queue:
it knows which marks its page was told.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from server.logs import logger
from syncengine.model.errors import Busy

LOOK_SECONDS = 1.0  # between two looks at least, and so between two refreshes of a page
USER_STREAMS = 20  # pages of one user; a browser shows few at once, and hidden ones have none

Marks = Mapping[str, str]  # panel -> what changes whenever the panel may


@dataclass(frozen=True)
class Look:
    """What was read: the panels' marks, and those of the sessions asked about that are over."""

    marks: Marks
    over: Collection[str]


# Of which panels marks are wanted at least, and which sessions are asked about.
Read = Callable[[Collection[str], Collection[str]], Awaitable[Look]]


@dataclass(frozen=True)
class LivePace:
    """streams: open pages of a process. Seconds between two looks without a signal, and between
    two signs of life.
    """

    streams: int
    poll_seconds: float
    beat_seconds: float


class LivePage:
    """The stream of one open page, from `Live.joined`. told: the marks that the page has."""

    def __init__(self, user: bytes, session: str, told: Marks, beat_seconds: float) -> None:
        self.user = user
        self.session = session
        self.told = dict(told)
        self._marks: Marks = told
        self._ended = False
        self._beat_seconds = beat_seconds
        self._event = asyncio.Event()

    def show(self, marks: Marks) -> None:
        """What its panels look like now."""
        self._marks = marks
        if self._stale():
            self._event.set()

    def end(self) -> None:
        """The stream is to end."""
        self._ended = True
        self._event.set()

    async def next(self) -> list[str] | None:
        """The panels that are stale, and are told by that; none: a sign of life; None: the end."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._beat_seconds):
                await self._event.wait()
        self._event.clear()
        if self._ended:
            return None
        stale = self._stale()
        self.told |= {panel: self._marks[panel] for panel in stale}
        return stale

    def _stale(self) -> list[str]:
        return [panel for panel, mark in self.told.items() if self._marks.get(panel, mark) != mark]


class Live:
    """The open pages of a process. The task that looks lives as long as there are some."""

    def __init__(self, read: Read, pace: LivePace) -> None:
        """read: the marks of the panels that are open, and which of the sessions are over."""
        self.marks: Marks = {}  # as last read; no page is open: they may be old
        self._read = read
        self._pace = pace
        self._pages: dict[LivePage, None] = {}
        self._signal = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._closed = False

    @contextmanager
    def joined(self, user: bytes, session: str, told: Marks) -> Iterator[LivePage]:
        """A place for the block; Busy when all are taken. told: a mark for each panel of the page,
        as it was when the page was made; an empty one is told at once.
        """
        mine = sum(page.user == user for page in self._pages)
        if self._closed or len(self._pages) >= self._pace.streams or mine >= USER_STREAMS:
            raise Busy("Too many pages are open to be kept up to date.")
        page = LivePage(user, session, told, self._pace.beat_seconds)
        self._pages[page] = None
        self._signal.set()
        if self._task is None:
            self._task = asyncio.create_task(self._follow())
        try:
            yield page
        finally:
            del self._pages[page]
            if not self._pages and self._task is not None:
                self._task.cancel()
                self._task = None

    def signal(self) -> None:
        """Something was committed, or may have been."""
        self._signal.set()

    def close(self) -> None:
        """End all streams, now and from now on."""
        self._closed = True
        for page in self._pages:
            page.end()

    async def _follow(self) -> None:
        """Look after each signal, and at the latest when it is time to."""
        failing = False
        while True:
            self._signal.clear()
            try:
                await self._look()
            except Exception as error:  # whatever keeps the database from answering may pass
                if not failing:
                    logger().warning("live_not_read", error=f"{type(error).__name__}: {error}")
                failing = True
            else:
                failing = False
            await asyncio.sleep(LOOK_SECONDS)
            with suppress(TimeoutError):
                async with asyncio.timeout(self._pace.poll_seconds):
                    await self._signal.wait()

    async def _look(self) -> None:
        panels = {panel for page in self._pages for panel in page.told}
        found = await self._read(panels, {page.session for page in self._pages})
        self.marks = found.marks
        for page in list(self._pages):
            if page.session in found.over:
                page.end()
            else:
                page.show(found.marks)

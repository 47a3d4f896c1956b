"""Hints to the seats that wait for one: which seat gets one and when. On the event loop only.

A commit is heard of (store/signals.py) or found by looking at the clock; then those whom it may
concern get a hint each, so many a second at most, so that what follows, a sync each, leaves room
for others. Whoever waits for a hint holds no thread, and no queue: a seat is due or it is not.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import islice

from server.logs import logger
from syncengine.model.errors import Busy
from syncengine.store.news import News

DEBOUNCE_SECONDS = 0.05  # commits that follow the first one so soon are looked at together
REST = 9  # times as long as looking took: with many seats or much to do it is a tenth of the time
BATCH_SECONDS = 0.05  # hints for so long go out together
FIRST_PAUSE_SECONDS = 0.5  # before listening again; doubles up to the longest
LONGEST_PAUSE_SECONDS = 30.0

Read = Callable[[Collection[bytes]], Awaitable[News]]
Locked = Callable[[Collection[bytes]], Awaitable[Collection[bytes]]]


@dataclass(frozen=True)
class Pace:
    """The bounds: connected seats, hints a second; seconds between two looks at the clock, and
    between two signs of life.
    """

    seats: int
    hints_per_second: int
    poll_seconds: float
    beat_seconds: float


class Waiting:
    """One connected seat, from `Wake.joined`. `expires`: of its token, microseconds since 1970."""

    __slots__ = ("_event", "ended", "expires", "hinted", "seat")

    def __init__(self, seat: bytes, expires: int) -> None:
        self.seat = seat
        self.expires = expires
        self.hinted = False
        self.ended = False
        self._event = asyncio.Event()

    def hint(self) -> None:
        """There may be something new."""
        self.hinted = True
        self._event.set()

    def beat(self) -> None:
        """A sign of life is due."""
        self._event.set()

    def end(self) -> None:
        """The stream is to end."""
        self.ended = True
        self._event.set()

    async def next(self) -> bool | None:
        """What is due: True for a hint, False for a sign of life, None for the end."""
        await self._event.wait()
        self._event.clear()
        hinted, self.hinted = self.hinted, False
        return None if self.ended else hinted


class Wake:
    """The connected seats of a process, and the tasks that tell them (`running`)."""

    def __init__(self, read: Read, locked: Locked, now: Callable[[], int], pace: Pace) -> None:
        """read: what is new, for which of the seats. locked: those of the seats that are."""
        self.version = 0  # the clock's, as last read: what a hint says
        self._read = read
        self._locked = locked
        self._now = now
        self._pace = pace
        self._seats: dict[bytes, Waiting] = {}
        self._due: dict[bytes, None] = {}  # in the order in which they get their hint
        self._signal = asyncio.Event()
        self._tellable = asyncio.Event()
        self._closed = False

    @contextmanager
    def joined(self, seat: bytes, expires: int) -> Iterator[Waiting]:
        """A place for the block; Busy when all are taken. A seat has one: an earlier stream of the
        seat, whose other end may be gone, ends.
        """
        if self._closed or (len(self._seats) >= self._pace.seats and seat not in self._seats):
            raise Busy("Too many devices are connected for hints: go on without, try again later.")
        if seat in self._seats:
            self._seats[seat].end()
        waiting = self._seats[seat] = Waiting(seat, expires)
        waiting.hint()  # it may have missed something
        try:
            yield waiting
        finally:
            if self._seats.get(seat) is waiting:
                del self._seats[seat]

    def close(self) -> None:
        """End all streams, now and from now on."""
        self._closed = True
        for waiting in self._seats.values():
            waiting.end()

    def signal(self) -> None:
        """Something was committed, or may have been."""
        self._signal.set()

    async def running(self) -> None:
        """Tell the seats until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._follow())
            tasks.create_task(self._tell())
            tasks.create_task(self._keep())

    async def look(self) -> None:
        """Read what is new; whoever it may concern is due for a hint, and so is who joined while it
        was read.
        """
        asked = dict.fromkeys(self._seats)
        news = await self._read(asked.keys())
        if news.version == self.version:
            return
        self.version = news.version
        new = dict.fromkeys([*news.seats, *(self._seats.keys() - asked.keys())])
        everybody = len(new) >= len(asked)
        # Those concerned alone come before those who are told because everybody is.
        self._due = {**self._due, **new} if everybody else {**new, **self._due}
        self._tellable.set()

    # -- the tasks

    async def _follow(self) -> None:
        """Read what is new at each signal, and at the latest when it is time to look."""
        failing, clock = False, asyncio.get_running_loop().time
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._pace.poll_seconds):
                    await self._signal.wait()
            self._signal.clear()
            began = clock()
            try:
                await self.look()
            except Exception as error:  # whatever keeps the database from answering may pass
                if not failing:
                    logger().warning("wake_not_read", error=f"{type(error).__name__}: {error}")
                failing = True
            else:
                failing = False
            rest = max(DEBOUNCE_SECONDS, REST * (clock() - began))
            await asyncio.sleep(min(rest, self._pace.poll_seconds))

    async def _tell(self) -> None:
        """Give those that are due their hint, batch by batch."""
        rate = self._pace.hints_per_second
        batch = math.ceil(rate * BATCH_SECONDS)
        while True:
            await self._tellable.wait()
            for seat in list(islice(self._due, batch)):
                del self._due[seat]
                if seat in self._seats:
                    self._seats[seat].hint()
            if not self._due:
                self._tellable.clear()
            await asyncio.sleep(batch / rate)

    async def _keep(self) -> None:
        """Signs of life; the end for seats that were locked, and for tokens that are over."""
        while True:
            await asyncio.sleep(self._pace.beat_seconds)
            locked: Collection[bytes] = ()
            with suppress(Exception):  # said in the log by whoever reads news
                locked = await self._locked(list(self._seats))
            for seat, waiting in list(self._seats.items()):
                if seat in locked or waiting.expires <= self._now():
                    waiting.end()
                else:
                    waiting.beat()


async def listen(
    notifications: Callable[[], AsyncIterator[None]], signal: Callable[[], None]
) -> None:
    """Signal other processes' commits until cancelled; when they cannot be heard any more, listen
    again after a growing pause. Until then looking at the clock has to do.
    """
    failures = 0
    while True:
        try:
            async for _ in notifications():
                failures = 0
                signal()
        except Exception as error:  # lost or never had: the kind does not matter
            logger().warning("wake_deaf", error=f"{type(error).__name__}: {error}".strip())
        await asyncio.sleep(min(FIRST_PAUSE_SECONDS * 2**failures, LONGEST_PAUSE_SECONDS))
        failures = min(failures + 1, 10)

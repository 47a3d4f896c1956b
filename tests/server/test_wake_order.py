"""Who gets a hint first, and that nobody is forgotten: without a network or a database."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from contextlib import ExitStack

import pytest

from server.wake import Pace, Waiting, Wake
from syncengine.model.errors import Busy
from syncengine.store.news import News

LONG = 3_600.0
A, B, C, D = (bytes([n]) * 16 for n in range(1, 5))
PACE = Pace(seats=4, hints_per_second=20, poll_seconds=LONG, beat_seconds=LONG)  # one at a time


async def nobody(_seats: Collection[bytes]) -> Collection[bytes]:
    return ()


class Script:
    """What is read, call by call; the seats that join while it is read."""

    def __init__(self, *news: News) -> None:
        self.news = list(news)
        self.wake = Wake(self.read, nobody, lambda: 0, PACE)
        self.joining: list[bytes] = []
        self.stack = ExitStack()
        self.waiting: dict[bytes, Waiting] = {}

    async def read(self, _seats: Collection[bytes]) -> News:
        self.waiting = {seat: self.join(seat) for seat in self.joining}
        return self.news.pop(0)

    def join(self, seat: bytes) -> Waiting:
        return self.stack.enter_context(self.wake.joined(seat, 1))


def test_the_few_come_before_those_who_are_told_because_all_are() -> None:
    async def scenario() -> None:
        script = Script(News(1, [A, B, C]), News(2, [C]))
        waiting = {seat: script.join(seat) for seat in (A, B, C)}
        assert [await one.next() for one in waiting.values()] == [True] * 3  # what was missed
        await script.wake.look()
        await script.wake.look()
        running = asyncio.create_task(script.wake.running())
        assert await waiting[C].next()
        assert not (waiting[A].hinted)
        assert not (waiting[B].hinted)
        assert [await waiting[A].next(), await waiting[B].next()] == [True, True]
        assert script.wake.version == 2
        running.cancel()

    asyncio.run(scenario())


def test_who_joins_while_news_are_read_is_told_of_them() -> None:
    """Its first hint named the version before."""

    async def scenario() -> None:
        script = Script(News(1, []))
        waiting = script.join(A)
        await waiting.next()
        script.joining = [D]
        await script.wake.look()
        joined = script.waiting[D]
        assert await joined.next()
        running = asyncio.create_task(script.wake.running())
        assert await joined.next()
        assert not waiting.hinted
        running.cancel()

    asyncio.run(scenario())


def test_nobody_comes_in_after_the_end() -> None:
    async def scenario() -> None:
        script = Script()
        waiting = script.join(A)
        script.wake.close()
        assert await waiting.next() is None
        with pytest.raises(Busy):
            script.join(B)

    asyncio.run(scenario())

"""The device for asyncio apps: the same work, in threads, so that the loop never waits for a disk
or a network.

A call that is cancelled goes on in its thread to a safe end: what it commits is durable, and what a
sync has received is kept.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, overload

from device_sdk.device import Device
from device_sdk.draft import Draft, RowId
from device_sdk.events import Event
from device_sdk.inbox import Item
from device_sdk.keys import KeyProvider
from device_sdk.rebuild import Rebuilt
from device_sdk.report import Progress, SyncReport
from device_sdk.rows import Row
from device_sdk.status import DeviceStatus
from device_sdk.transport import Transport
from device_sdk.verify import Verification
from device_sdk.watch import Result
from syncengine.model.environment import Environment

if TYPE_CHECKING:
    from device_sdk.attachments.aio import AsyncAttachments

R = TypeVar("R")
T = TypeVar("T", bound=Row)


class AsyncDevice:
    """Made by `enrol` or `open`, or around a Device; `close` it, or use it as an async context
    manager. `device` is the one that does the work: for what is not here, and for other threads.
    """

    def __init__(self, device: Device) -> None:
        self.device = device

    @classmethod
    async def enrol(
        cls,
        directory: Path | str,
        server: str | Transport | None,
        code: str,
        name: str,
        keys: KeyProvider | None = None,
        environment: Environment | None = None,
        log: Callable[[Event], None] | None = None,
        made_for: Mapping[str, int] | None = None,
    ) -> AsyncDevice:
        """As Device.enrol."""
        made = partial(
            Device.enrol, directory, server, code, name, keys, environment, log, made_for
        )
        return cls(await asyncio.to_thread(made))

    @classmethod
    async def open(
        cls,
        directory: Path | str,
        server: str | Transport,
        keys: KeyProvider | None = None,
        environment: Environment | None = None,
        log: Callable[[Event], None] | None = None,
        made_for: Mapping[str, int] | None = None,
    ) -> AsyncDevice:
        """As Device.open."""
        made = partial(Device.open, directory, server, keys, environment, log, made_for)
        return cls(await asyncio.to_thread(made))

    @staticmethod
    async def rebuild(
        directory: Path | str,
        server: str | Transport,
        keys: KeyProvider | None = None,
        environment: Environment | None = None,
        log: Callable[[Event], None] | None = None,
        made_for: Mapping[str, int] | None = None,
    ) -> Rebuilt:
        """As Device.rebuild."""
        made = partial(Device.rebuild, directory, server, keys, environment, log, made_for)
        return await asyncio.to_thread(made)

    async def close(self) -> None:
        """Release the store, after a sync that is under way."""
        await asyncio.to_thread(self.device.close)

    async def __aenter__(self) -> AsyncDevice:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    # -- writing

    async def write(self, work: Callable[[Draft], R]) -> R:
        """One changeset: `work` gets the draft, in a thread; durable when this returns what `work`
        did. Nothing is written when it raises.
        """
        return await asyncio.to_thread(self._write, work)

    def _write(self, work: Callable[[Draft], R]) -> R:
        with self.device.changeset() as changes:
            return work(changes)

    # -- reading

    @overload
    async def rows(
        self, entity: str, where: str = ..., parameters: Sequence[object] = ...
    ) -> list[Row]: ...

    @overload
    async def rows(
        self, entity: type[T], where: str = ..., parameters: Sequence[object] = ...
    ) -> list[T]: ...

    async def rows(
        self, entity: str | type[T], where: str = "1", parameters: Sequence[object] = ()
    ) -> Sequence[Row]:
        """As Device.rows."""
        return await asyncio.to_thread(self.device.rows, entity, where, parameters)

    @overload
    async def get(self, entity: str, row: RowId) -> Row | None: ...

    @overload
    async def get(self, entity: type[T], row: RowId) -> T | None: ...

    async def get(self, entity: str | type[T], row: RowId) -> Row | None:
        """As Device.get."""
        return await asyncio.to_thread(self.device.get, entity, row)

    async def query(self, sql: str, parameters: Sequence[object] = ()) -> Result:
        """As Device.query."""
        return await asyncio.to_thread(self.device.query, sql, parameters)

    @asynccontextmanager
    async def watch(
        self, query: str, parameters: Sequence[object] = ()
    ) -> AsyncIterator[AsyncIterator[Result]]:
        """`async with device.watch("customer") as results: async for rows in results: ...`

        The result now, and again whenever it changes. One that nobody has taken yet is replaced by
        the next: memory stays bounded, and a slow app sees the newest.
        """
        loop = asyncio.get_running_loop()
        newest: asyncio.Queue[Result] = asyncio.Queue(1)

        def put(result: Result) -> None:
            if newest.full():
                newest.get_nowait()
            newest.put_nowait(result)

        def told(result: Result) -> None:
            loop.call_soon_threadsafe(put, result)

        async def results() -> AsyncIterator[Result]:
            while True:
                yield await newest.get()

        watch = await asyncio.to_thread(self.device.watch, query, told, parameters)
        try:
            yield results()
        finally:
            watch.stop()

    # -- syncing

    async def sync(
        self,
        progress: Callable[[Progress], None] | None = None,
        budget_bytes: int | None = None,
    ) -> SyncReport:
        """As Device.sync; `progress` is called in the sync's thread."""
        return await asyncio.to_thread(self.device.sync, progress, budget_bytes)

    async def verify(self, progress: Callable[[str], None] = lambda _: None) -> Verification:
        """As Device.verify; `progress` is called in its thread."""
        return await asyncio.to_thread(self.device.verify, progress)

    async def want(self, names: Sequence[str] = ()) -> None:
        """As Device.want."""
        await asyncio.to_thread(self.device.want, names)

    async def pending(self) -> int:
        """How many changesets wait to be sent or answered."""
        return await asyncio.to_thread(self.device.pending)

    async def status(self) -> DeviceStatus:
        """As Device.status."""
        return await asyncio.to_thread(self.device.status)

    # -- attachments

    async def attachments(self) -> AsyncAttachments:
        """As Device.attachments; the first time reads what is there."""
        from device_sdk.attachments.aio import AsyncAttachments

        return AsyncAttachments(await asyncio.to_thread(lambda: self.device.attachments))

    # -- the inbox

    async def inbox(self) -> list[Item]:
        """As Device.inbox."""
        return await asyncio.to_thread(self.device.inbox)

    async def correct(self, sequence: int, /, **values: object) -> int:
        """As Device.correct."""
        return await asyncio.to_thread(partial(self.device.correct, sequence, **values))

    async def dismiss(self, sequence: int) -> bool:
        """As Device.dismiss."""
        return await asyncio.to_thread(self.device.dismiss, sequence)

"""The device for asyncio apps does the same work and never blocks the loop."""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress

import pytest

from device_sdk import AsyncDevice
from device_sdk.draft import Draft
from syncengine.model.errors import SyncError
from tests.support.world import DAY, World


def test_a_day_of_work(world: World) -> None:
    world.customer("a", "1")
    code = world.store.seats.create_code(world.people["a"], DAY)

    async def day() -> None:
        made = await AsyncDevice.enrol(world.folder / "a", world.transport(None), code, "tablet")
        async with made as device:
            await device.sync()
            (shop,) = await device.rows("customer")

            def visit(changes: Draft) -> None:
                changes.update("customer", shop.id, phone="1")
                changes.insert("contact", customer=shop.id, name="Eva", active=True)

            await device.write(visit)
            assert await device.pending() == 1
            assert (await device.sync()).verdicts == {"accepted": 1}
            assert await device.query("SELECT name FROM contact") == [("Eva",)]
            found = await device.get("customer", shop.id)
            assert found is not None
            assert found.phone == "1"
            assert await device.inbox() == []

    asyncio.run(day())


def test_what_raises_writes_nothing(world: World) -> None:
    async def fail(device: AsyncDevice) -> None:
        with pytest.raises(SyncError):
            await device.write(lambda changes: changes.insert("nothing"))
        assert await device.pending() == 0
        await device.close()

    asyncio.run(fail(AsyncDevice(world.enrol("a"))))


def test_a_watch_gives_the_newest_result_to_a_slow_app(world: World) -> None:
    world.customer("a", "1")

    async def look(device: AsyncDevice) -> list[object]:
        await device.sync()
        (shop,) = await device.rows("customer")
        seen: list[object] = []
        async with device, device.watch("SELECT phone FROM customer") as results:
            seen.append(await anext(results))
            for phone in "123":

                def call(changes: Draft, phone: str = phone) -> None:
                    changes.update("customer", shop.id, phone=phone)

                await device.write(call)
            seen.append(await anext(results))
        return seen

    assert asyncio.run(look(AsyncDevice(world.enrol("a")))) == [[(None,)], [("3",)]]


def test_the_loop_goes_on_while_a_sync_waits(world: World) -> None:
    """A sync that hangs in the network holds up nobody, and cancelling it loses nothing."""
    device = world.enrol("a")
    held, go = threading.Event(), threading.Event()
    original = device.sync

    def slow(*_: object) -> object:
        held.set()
        go.wait(10)
        return original()

    device.sync = slow  # type: ignore[method-assign,assignment]

    async def work(wrapped: AsyncDevice) -> None:
        sync = asyncio.create_task(wrapped.sync())
        assert await asyncio.to_thread(held.wait, 10)
        await wrapped.write(lambda c: c.insert("note", author=device.person, text="x"))
        sync.cancel()
        with suppress(asyncio.CancelledError):
            await sync
        assert await wrapped.pending() == 1
        go.set()
        await wrapped.close()

    asyncio.run(work(AsyncDevice(device)))

"""Pulls of rows with long texts: no message becomes larger than a frame may be."""

from __future__ import annotations

from syncengine.model.entity import Action
from syncengine.protocol.limits import CHUNK_BYTES, MAX_FRAME_BYTES
from syncengine.protocol.messages import Chunk, Verdicts, encode
from tests.support.wire import NaiveDevice
from tests.support.world import World

REMARK = "\U0001f6b2" * 4_000  # 16,000 bytes: the longest one


def _talkative(world: World, owner: bytes, count: int) -> None:
    world.write(
        [
            world.operation(
                Action.INSERT, "customer", world.environment.new_id(),
                number=str(n), name="Shop", owner=owner, active=True, remark=REMARK,
            )
            for n in range(count)
        ]
    )  # fmt: skip


def _sizes(device: NaiveDevice) -> list[int]:
    return [len(encode(m)) for m in device.messages if isinstance(m, Chunk)]


def test_a_chunk_of_many_buckets_is_bounded_in_bytes(world: World) -> None:
    """The bound is the chunk's, not each bucket's: ten people below make ten buckets."""
    boss = world.people["boss"]
    for n in range(10):
        person = world.insert("employee", number=f"p{n}", active=True, manager=boss)
        _talkative(world, person, 60)
    device = NaiveDevice(world, "boss")
    device.sync()
    assert len(device.ids("customer")) == 600
    assert max(_sizes(device)) < CHUNK_BYTES + 2 * len(REMARK.encode()) < MAX_FRAME_BYTES


def test_a_chunk_of_one_bucket_is_bounded_in_bytes(world: World) -> None:
    """Also within what one fetch from the database brings."""
    _talkative(world, world.people["a"], 550)
    device = NaiveDevice(world, "a")
    device.sync()
    assert len(device.ids("customer")) == 550
    assert max(_sizes(device)) < CHUNK_BYTES + 2 * len(REMARK.encode())


def test_verdicts_with_many_lost_values_come_in_several_messages(world: World) -> None:
    """The office has written long remarks since; the device's short ones prevail."""
    _talkative(world, world.people["a"], 600)
    device = NaiveDevice(world, "a")
    device.sync()
    customers = sorted(device.ids("customer"))
    other = REMARK[1:]
    world.write(
        [world.operation(Action.UPDATE, "customer", row, remark=other) for row in customers]
    )
    device.sync(
        *[device.changeset(device.update("customer", row, remark="x")) for row in customers]
    )
    told = [m for m in device.messages if isinstance(m, Verdicts)]
    assert [v.sequence for m in told for v in m.verdicts] == list(range(1, 601))
    assert all(v.losses[0].lost == other for m in told for v in m.verdicts)
    assert max(len(encode(m)) for m in told) < MAX_FRAME_BYTES

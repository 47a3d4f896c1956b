"""A preview is what then happens: random worlds, random changes, real devices (invariant 24).

The oracle asks the devices: which rows they hold before and after their sync, and which rows the
sync brought. It shares no slice code with the engine.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import msgpack
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from device_sdk import Device
from syncengine.model.changeset import Operation, Outcome
from syncengine.model.entity import Action
from syncengine.protocol.messages import Chunk, decode_rows
from syncengine.store import tables as t
from syncengine.store.database import writing
from syncengine.store.doctor import doctor
from syncengine.store.effect import Effect
from syncengine.store.preview import Limits, PreviewTooLarge, preview
from tests.support.scene import PEOPLE, Key, Scene, Step, operations_of
from tests.support.wire import NaiveDevice
from tests.support.world import OFFICE, SCHEMA, World

person = st.sampled_from(PEOPLE)
nobody = st.none() | person
index = st.integers(0, 50)
some = st.lists(index, min_size=1, max_size=6)
step = st.one_of(
    st.tuples(st.just("reassign"), some, nobody),
    st.tuples(st.just("deactivate"), some, st.none()),
    st.tuples(st.just("move_contact"), index, index),
    st.tuples(st.just("promote"), person, nobody),
    st.tuples(st.just("switch"), person, person),
    st.tuples(st.just("lend"), index, st.tuples(person, person)),
    st.tuples(st.just("new_customer"), index, nobody),
    st.tuples(st.just("new_contact"), index, st.none()),
    st.tuples(st.just("new_note"), index, person),
    st.tuples(st.just("delete_contact"), index, st.none()),
    st.tuples(st.just("delete_note"), index, st.none()),
)
changes = st.lists(st.lists(step, min_size=1, max_size=4), min_size=1, max_size=4)
owners = st.lists(nobody, min_size=1, max_size=8)


def held(device: Device) -> set[Key]:
    """Every row that the real device shows."""
    return {
        (SCHEMA.tags[entity], row_id)
        for entity in SCHEMA.entities
        for (row_id,) in device.query(f'SELECT id FROM "{entity}"')
        if isinstance(row_id, bytes)
    }


def brought(device: NaiveDevice) -> dict[Key, int]:
    """Row -> bytes of its payload, of the last sync."""
    return {
        (section.tag, record[1]): len(msgpack.packb(record, use_bin_type=True))
        for message in device.messages
        if isinstance(message, Chunk)
        for section in message.sections
        for record in decode_rows(section)
    }


def announced(device: NaiveDevice) -> int:
    """How many rows the last sync only named, since they are there through another bucket."""
    chunks = [message for message in device.messages if isinstance(message, Chunk)]
    return sum(len(section.also) for chunk in chunks for section in chunk.sections)


def check(scene: Scene, operations: list[Operation]) -> None:
    """Preview, see that nothing happened, write, sync, compare."""
    store, before = scene.world.store, scene.state()
    foreseen = preview(store, OFFICE, operations)
    assert scene.state() == before
    assert set(scene.sync().values()) == {0}, "a preview reaches no device"
    had, old = {name: held(d) for name, d in scene.real.items()}, scene.versions()
    verdict = store.write(OFFICE, operations)
    got = (foreseen.verdict.outcome, foreseen.verdict.version, foreseen.verdict.objections)
    assert got == (verdict.outcome, verdict.version, verdict.objections)
    received, new = scene.sync(), scene.versions()
    told = {line.seat: line for line in foreseen.seats}
    for name in PEOPLE:
        has, came = held(scene.real[name]), brought(scene.naive[name])
        changed = {key for key in had[name] & has if old[key] != new[key]}
        gained, lost = has - had[name], had[name] - has
        assert gained | changed <= came.keys()
        expected = Effect(
            len(gained), len(lost), len(changed), len(came) - len(gained) - len(changed),
            sum(came.values()),
        )  # fmt: skip
        assert received[name] == len(came) + announced(scene.naive[name])
        line = told.get(scene.naive[name].seat.id)
        assert (line.effect if line else Effect()) == expected
        assert line is None or (line.person, line.device) == (scene.world.people[name], name)
        by_entity = line.by_entity if line else {}
        for tag, entity in store.schema.by_tag.items():
            one = by_entity.get(entity.name, Effect())
            came_and_went = (
                sum(key[0] == tag for key in gained), sum(key[0] == tag for key in lost)
            )  # fmt: skip
            assert (one.gained, one.lost) == came_and_went
    assert doctor(store).findings == []


def _run(url: str, examples: int) -> None:
    @settings(
        max_examples=examples,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        print_blob=True,
    )
    @given(owners, changes)
    def agrees(customers_of: list[str | None], done: list[list[Step]]) -> None:
        with tempfile.TemporaryDirectory() as folder:
            scene = Scene(url, Path(folder), customers_of)
            try:
                for change in done:
                    if operations := operations_of(scene, change):
                        check(scene, operations)
            finally:
                scene.close()

    agrees()


def test_a_preview_is_what_happens_on_sqlite() -> None:
    _run("", 8)


@pytest.mark.slow
def test_a_preview_is_what_happens_for_longer() -> None:
    _run("", 300)


def test_a_preview_is_what_happens_on_postgresql(fresh_postgres: str) -> None:
    """One database for all examples: the people of earlier ones are nobody's business."""
    _run(fresh_postgres, 3)


def test_a_refused_change_has_a_verdict_and_no_effect(world: World) -> None:
    NaiveDevice(world, "a")
    refused = world.operation(Action.UPDATE, "customer", world.environment.new_id(), name="x")
    found = preview(world.store, OFFICE, [refused])
    assert (found.verdict.outcome, found.seats) == (Outcome.REJECTED, ())
    assert [o.code for o in found.verdict.objections] == ["row.unknown"]


def test_locked_devices_are_left_out_and_a_bound_is_kept(world: World) -> None:
    customer = world.customer("a", "1")
    kept, locked = NaiveDevice(world, "a"), NaiveDevice(world, "a")
    world.store.seats.lock(locked.seat.id)
    edit = world.operation(Action.UPDATE, "customer", customer, name="New")
    found = preview(world.store, OFFICE, [edit])
    assert [(line.seat, line.effect.changed) for line in found.seats] == [(kept.seat.id, 1)]
    for limits in (Limits(operations=1), Limits(people=0)):
        with pytest.raises(PreviewTooLarge) as error:
            preview(world.store, OFFICE, [edit, edit], limits)
        assert error.value.code == "preview.too_large"


def test_a_row_in_several_buckets_counts_once(world: World) -> None:
    """Put into a second bucket by hand: no entity of the master data reaches two."""
    mine, shared = world.customer("a", "1"), world.customer("a", "2")
    world.customer("b", "3")
    b = NaiveDevice(world, "b")
    m, key = t.membership.c, t.bucket.c.key
    with writing(world.store.engine) as connection:
        bucket = connection.scalar(sa.select(t.bucket.c.id).where(key == world.people["b"]))
        row = connection.execute(sa.select(t.membership).where(m.row_id == shared)).one()
        connection.execute(sa.insert(t.membership).values({**row._mapping, "bucket": bucket}))
    people = world.people
    switch = world.operation(
        Action.INSERT, "substitution", world.environment.new_id(),
        absent=people["a"], substitute=people["b"], active=True,
    )  # fmt: skip
    (line,) = preview(world.store, OFFICE, [switch]).seats
    assert (line.seat, line.effect.gained, line.effect.again) == (b.seat.id, 1, 0)
    away = world.operation(Action.UPDATE, "customer", shared, owner=None)
    gone = world.operation(Action.UPDATE, "customer", mine, owner=None)
    (line,) = preview(world.store, OFFICE, [away, gone]).seats
    assert (line.seat, line.effect.lost) == (b.seat.id, 1)

"""A device that wants more or less, between syncs and between the pieces of one, ends up with what
a new device with the same parts has (invariants 5, 8 and 23).
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from device_sdk import Device
from device_sdk.errors import Offline
from device_sdk.wanted import wanted_parts
from syncengine.model.entity import Action
from syncengine.model.fields import Reference
from syncengine.store import pull
from syncengine.store.doctor import doctor
from tests.fleet.devices import rows_of
from tests.support.second import second_client
from tests.support.world import SCHEMA, Faults, World

Act = tuple[str, int]
WANTED: tuple[tuple[str, ...], ...] = ((), ("main",), ("catalogue",), ("note", "article"))
SMALL_CHUNK = 600  # bytes: a few rows
acts = st.lists(
    st.tuples(st.just("want"), st.integers(0, len(WANTED) - 1))
    | st.tuples(st.just("cut"), st.integers(200, 4_000))
    | st.tuples(st.sampled_from(["sync", "customer", "article", "remove", "rename"]), st.just(0)),
    max_size=12,
)


@pytest.fixture(scope="module")
def office() -> Iterator[Office]:
    """For all examples: to make a database takes longer than to play one. Every answer of its
    server has several chunks.
    """
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(pull, "CHUNK_BYTES", SMALL_CHUNK)
        world = World("sqlite://", Path(folder))
        yield Office(world)
        world.close()


class Office:
    """Writes rows of both parts."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._articles: list[bytes] = []
        self._made = 0
        self._enrolled = 0
        for _ in range(8):
            self.customer()
            self.article()

    def name(self) -> str:
        """Of a device that is not there yet."""
        self._enrolled += 1
        return f"device{self._enrolled}"

    def customer(self) -> None:
        self._made += 1
        self.world.customer("a", str(self._made))

    def article(self) -> None:
        self._made += 1
        number = str(self._made)
        made = self.world.insert("article", number=number, name="Pen", active=True)
        self._articles.append(made)

    def remove(self) -> None:
        if self._articles:
            gone = self._articles.pop(0)
            self.world.write([self.world.operation(Action.DELETE, "article", gone)])

    def rename(self) -> None:
        self._made += 1
        for row in self._articles[:1]:
            self.world.update("article", row, name=f"Pen {self._made}")


def contents(device: Device) -> dict[str, list[tuple[object, ...]]]:
    return {
        name: list(device.query(f'SELECT * FROM "{name}" ORDER BY id')) for name in SCHEMA.entities
    }


def nothing_dangles(device: Device) -> None:
    """Invariant 10, also while later parts are still to come."""
    shown = {name: {row.id for row in device.rows(name)} for name in SCHEMA.entities}
    for name, entity in SCHEMA.entities.items():
        for field in entity.fields:
            if isinstance(field.type, Reference) and not field.type.dangling:
                referred = {row[field.name] for row in device.rows(name)} - {None}
                assert referred <= shown[field.type.entity], (name, field.name)


@settings(max_examples=25, deadline=None)
@given(acts=acts, last=st.integers(0, len(WANTED) - 1))
def test_wanting_more_or_less_ends_as_a_new_device_begins(
    office: Office, acts: list[Act], last: int
) -> None:
    world, faults = office.world, Faults()
    with world.enrol("a", faults, name=office.name()) as device:
        for act, number in [*acts, ("want", last)]:
            if act == "want":
                device.want(WANTED[number])
            elif act in ("sync", "cut"):
                faults.cut_after = number or None
                try:
                    device.sync()
                except Offline:
                    assert act == "cut"
                faults.cut_after = None
                nothing_dangles(device)
            else:
                getattr(office, act)()
        assert not device.sync().repaired
        with world.enrol("a", name=office.name()) as new:
            new.want(WANTED[last])
            new.sync()
            assert contents(device) == contents(new)
            assert device.grants() == new.grants()
            assert rows_of(device) == rows_of(new)
        assert device.verify().sound
    assert doctor(world.store).findings == []


@pytest.mark.parametrize("wanted", WANTED)
def test_the_client_written_from_the_document_takes_parts_too(
    office: Office, wanted: tuple[str, ...]
) -> None:
    """By the names of parts; back and forth, as the SDK does."""
    world = office.world
    office.article()
    naive = second_client(world, "a")
    with world.enrol("a", name=office.name()) as sdk:
        for names in ((), wanted, ("main",), wanted):
            sdk.want(names)
            sdk.sync()
            naive.store.parts = wanted_parts(sdk._store.database, SCHEMA)
            naive.sync()
            for entity in SCHEMA.entities:
                shown = {row for (row,) in sdk.query(f'SELECT id FROM "{entity}"')}
                assert set(naive.store.shown(entity)) == shown, entity
            assert bool(naive.store.shown("article")) == (names != ("main",))

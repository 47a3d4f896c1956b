"""Whatever happens between early checkpoints: nothing dangles, every edit is judged by what its
author saw, and the end is what a new device has (invariants 5, 8, 10 and 23).
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
from syncengine.store import pull
from tests.device.parted import PARTED, ahead, contacts, renamed, value
from tests.support.world import Faults, World

Row = tuple[str, bytes]
OFFICE = ("news", "office customer", "office contact", "give away", "new customer")
OWN = ("customer", "contact", "both")
OFTEN = ("news then ahead", "both") * 3
acts = st.lists(
    st.tuples(st.sampled_from([*OFTEN, "ahead", "sync", *OFFICE, *OWN]), st.just(0))
    | st.tuples(st.just("cut"), st.integers(200, 4_000)),
    min_size=4,
    max_size=16,
)


class Shops:
    """One device's world. server: what the office has; waiting: (row, value shown, value entered)
    of own edits that were not sent.
    """

    def __init__(self, world: World) -> None:
        self.world = world
        self.made = 0
        self.mine: list[bytes] = []
        self.begin()

    def begin(self) -> None:
        """Other rows for another example, and those of the last one away."""
        for gone in self.mine:
            self.world.update("customer", gone, owner=None)
        self.shop = self.world.customer("a", self.text())
        self.people = contacts(self.world, self.shop, 25)
        self.lent = self.world.customer("a", self.text())
        self.mine = [self.shop, self.lent]
        contacts(self.world, self.lent, 3)
        self.server: dict[Row, object] = {("customer", self.shop): None}
        self.server |= {("contact", i): None for i in self.people}
        self.waiting: list[tuple[Row, object, str]] = []

    def text(self) -> str:
        """One that was never used."""
        self.made += 1
        return f"t{self.made}"

    def office(self, act: str) -> None:
        """The office does something."""
        text = self.text()
        match act:
            case "office customer":
                self.world.update("customer", self.shop, phone=text)
                self.server["customer", self.shop] = text
            case "office contact":
                renamed(self.world, self.people[:1], phone=text)
                self.server["contact", self.people[0]] = text
            case "news":
                self.office("office customer")
                renamed(self.world, self.people, phone=text)
                self.server |= {("contact", i): text for i in self.people}
            case "give away":
                self.made += 1
                owner = self.world.people["ab"[self.made % 2]]
                self.world.update("customer", self.lent, owner=owner)
            case "new customer":
                self.mine.append(self.world.customer("a", text))

    def own(self, device: Device, act: str) -> None:
        """The person edits what the device shows."""
        rows: list[Row] = []
        if act in ("customer", "both"):
            rows.append(("customer", self.shop))
        if act in ("contact", "both"):
            rows.append(("contact", self.people[0]))
        text = self.text()
        self.waiting += [(row, value(device, *row, "phone"), text) for row in rows]
        with device.changeset() as changes:
            for entity, row_id in rows:
                changes.update(entity, row_id, phone=text)

    def pushed(self) -> None:
        """The server judges: an edit stands where its author saw what is there."""
        for row, seen, text in self.waiting:
            if self.server[row] == seen:
                self.server[row] = text
        self.waiting.clear()


@pytest.fixture(scope="module")
def shops() -> Iterator[Shops]:
    """For all examples: to make a database takes longer than to play one."""
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(pull, "CHUNK_BYTES", 600)
        world = World("sqlite://", Path(folder), schema=PARTED)
        yield Shops(world)
        world.close()


def nothing_dangles(device: Device) -> None:
    customers = {row.id for row in device.rows("customer")}
    assert {row["customer"] for row in device.rows("contact")} <= customers


@settings(max_examples=20, deadline=None)
@given(acts=acts)
def test_early_checkpoints_change_nothing_but_the_order(
    shops: Shops, acts: list[tuple[str, int]]
) -> None:
    world, faults = shops.world, Faults()
    shops.begin()
    with world.enrol("a", faults, name=shops.text()) as device:
        device.sync()
        for act, number in acts:
            if act == "news then ahead":
                shops.office("news")
                act = "ahead"
            if act in OFFICE:
                shops.office(act)
            elif act in OWN:
                shops.own(device, act)
            else:
                shops.pushed()
                faults.cut_after = number or None
                try:
                    ahead(device) if act == "ahead" else device.sync()
                except Offline:
                    assert act == "cut"
                faults.cut_after = None
                nothing_dangles(device)
                assert device.verify().sound
        shops.pushed()
        device.sync()
        shown = {row: value(device, *row, "phone") for row in shops.server}
        assert shown == shops.server
        with world.enrol("a", name=shops.text()) as fresh:
            fresh.sync()
            assert device.counts() == fresh.counts()
            assert device.grants() == fresh.grants()
        assert device.sync().rows_received == 0

"""Devices while the server's fields change: nothing is installed anew and no work is lost."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from device_sdk import Device
from device_sdk.errors import Offline
from syncengine.model.errors import SchemaUnknown
from syncengine.store.doctor import doctor
from syncengine.store.history import history
from tests.support.upgrades import CLASS, VISITS, grown, newer_module, with_fields
from tests.support.world import SCHEMA, World

CUSTOMER = SCHEMA.tags["customer"]


def everything(device: Device) -> list[tuple[object, ...]]:
    """All that shows of customers, by name."""
    return [tuple(sorted(dict(row).items())) for row in device.rows("customer", "1 ORDER BY id")]


def fresh(world: World, name: str) -> list[tuple[object, ...]]:
    """What a device shows that was enrolled just now."""
    with world.enrol("a", name=name) as device:
        device.sync()
        return everything(device)


def test_a_new_field_arrives_with_the_next_sync(world: World) -> None:
    """Old values and the outbox stay; what was signed before is taken as it is."""
    row = world.customer("a", "1", street="here")
    with world.enrol("a") as device:
        device.sync()
        with device.changeset() as changes:
            changes.update("customer", row, phone="from before")
        world.install(with_fields(CLASS, VISITS))
        with pytest.raises(SchemaUnknown), device.changeset() as changes:
            changes.update("customer", row, visits=1)
        assert device.pending() == 1
        assert device.sync().verdicts == {"accepted": 1}
        shown = device.get("customer", row)
        assert shown is not None
        assert (shown.street, shown.phone, shown.loyalty_class) == ("here", "from before", None)
        with device.changeset() as changes:
            changes.update("customer", row, loyalty_class="B", visits=2)
        assert device.query("SELECT loyalty_class, visits FROM customer") == [("B", 2)]
        assert device.sync().verdicts == {"accepted": 1}
        assert everything(device) == fresh(world, "other")


def test_positions_shift_under_edits_and_under_an_unfinished_pull(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The image below an own edit, and what was staged of rows that are here already."""
    world.install(with_fields(CLASS, VISITS))
    edited = world.customer("a", "1", loyalty_class="A")
    staged = world.customer("a", "2", visits=1)
    with world.enrol("a") as device:
        device.sync()
        with device.changeset() as changes:
            changes.update("customer", edited, phone="own")
        world.update("customer", staged, loyalty_class="B", visits=2)
        with monkeypatch.context() as network:
            network.setattr(world.transports[0], "_cut", without_the_last)
            with pytest.raises(Offline):
                device.sync()
            newer = newer_module(tmp_path, monkeypatch)
            world.install(grown(newer, CLASS, VISITS))
            with pytest.raises(Offline):
                device.sync()
        assert device.query("SELECT count(*) FROM customer WHERE visits=2") == [(0,)]
        with device.changeset() as changes:
            changes.update("customer", edited, street="own, too")
        assert device.query("SELECT loyalty_class FROM customer WHERE id=?", [edited]) == [("A",)]
        device.sync()
        rows = {row.number: row for row in device.rows("customer")}
        assert (rows["1"].loyalty_class, rows["1"].phone) == ("A", "own")
        assert (rows["2"].loyalty_class, rows["2"].visits, rows["2"].website) == ("B", 2, None)
        assert everything(device) == fresh(world, "other")
    assert doctor(world.store).findings == []


def without_the_last(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """An answer that breaks off before its checkpoint."""
    held = next(pieces)
    for piece in pieces:
        yield held
        held = piece
    raise Offline("cut")


def test_a_removed_field_no_longer_shows_and_the_rest_of_the_work_counts(world: World) -> None:
    world.install(with_fields(CLASS, VISITS))
    row = world.customer("a", "1", loyalty_class="A", visits=1)
    with world.enrol("a") as device:
        device.sync()
        with device.changeset() as changes:
            changes.update("customer", row, phone="5", loyalty_class="B")
        with device.changeset() as changes:
            changes.update("customer", row, loyalty_class="A")
        with device.changeset() as changes:
            changes.update("customer", row, visits=9)
        world.install(with_fields(VISITS, removed=(CLASS,)))
        assert device.sync().verdicts == {"merged": 2, "accepted": 1}
        shown = device.get("customer", row)
        assert shown is not None
        assert "loyalty_class" not in shown
        assert (shown.phone, shown.visits) == ("5", 9)
        first, second = device.inbox()
        assert first.entered[0].values == {"phone": "5", "loyalty_class": "B"}
        assert [(r.code, r.field) for r in first.reasons] == [("field.removed", "loyalty_class")]
        assert [(x.field, x.lost, x.kept) for x in first.losses] == [("loyalty_class", "B", None)]
        assert second.losses[0].lost == "A"
        assert everything(device) == fresh(world, "other")
    entries = history(world.store, CUSTOMER, row)
    losses = [loss for entry in entries for loss in entry.losses]
    assert {loss["lost"] for loss in losses} == {"A", "B"}
    assert doctor(world.store).findings == []


def test_refused_work_with_a_removed_field_can_be_corrected(world: World) -> None:
    """It is sent again as it was entered, and the person is told of the value then."""
    world.install(with_fields(CLASS))
    row = world.customer("a", "1")
    with world.enrol("a") as device:
        device.sync()
        with device.changeset() as changes:
            changes.update("customer", row, phone="5", loyalty_class="B")
        world.install(with_fields(removed=(CLASS,)))
        world.update("customer", row, owner=world.people["b"])
        assert device.sync().verdicts == {"quarantined": 1}
        (item,) = device.inbox()
        assert item.entered[0].values["loyalty_class"] == "B"
        world.update("customer", row, owner=world.people["a"])
        device.sync()
        device.correct(item.sequence)
        assert device.sync().verdicts == {"merged": 1}
        (told,) = device.inbox()
        assert told.losses[0].lost == "B"
        shown = device.get("customer", row)
        assert shown is not None
        assert shown.phone == "5"

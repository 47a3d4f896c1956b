"""Buckets by part: partial download, what the record of told stores knows of it, and an upgrade
that puts entities into another part.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from device_sdk import Device
from device_sdk.errors import Offline
from modules.masterdata.manifest import MASTERDATA
from syncengine.model.entity import Action
from syncengine.model.manifest import Schema
from syncengine.model.parts import MAIN
from syncengine.store.author import RestJob
from syncengine.store.doctor import doctor
from syncengine.store.evidence import State
from syncengine.store.receipts import Receipt, receipts_of_row, receipts_of_version
from tests.support.world import SCHEMA, Faults, World

ARTICLE = SCHEMA.tags["article"]
UNDIVIDED = Schema(
    (
        dataclasses.replace(
            MASTERDATA,
            entities=tuple(dataclasses.replace(e, part=MAIN) for e in MASTERDATA.entities),
        ),
        *SCHEMA.modules[1:],
    )
)


def article(world: World, number: str) -> bytes:
    return world.insert("article", number=number, name=f"Article {number}", active=True)


def articles(world: World, count: int) -> None:
    """In one changeset."""
    rows = [(world.environment.new_id(), f"m{n}") for n in range(count)]
    world.write(
        [
            world.operation(Action.INSERT, "article", i, number=n, name=n, active=True)
            for i, n in rows
        ]
    )


def held(device: Device) -> tuple[int, int]:
    """How many customers and articles."""
    counts = device.counts()
    return counts["customer"], counts["article"]


def states(receipts: list[Receipt]) -> dict[str, State]:
    return {r.employee or "": r.state for r in receipts}


@pytest.mark.parametrize("between", [True, False])
def test_a_device_takes_parts_and_leaves_them(world: World, between: bool) -> None:
    """Back and forth, also while nothing changes on the server: the version is the same then."""
    world.customer("a", "1")
    article(world, "1")

    def meanwhile(number: str) -> None:
        if between:
            world.update("employee", world.people["b"], job_title=number)

    with world.enrol("a") as device, world.enrol("a", name="whole") as whole:
        device.want(["customer"])
        device.sync()
        assert held(device) == (1, 0)
        meanwhile("1")
        device.want()
        device.sync()
        whole.sync()
        assert device.counts() == whole.counts()
        assert device.grants() == whole.grants()
        meanwhile("2")
        device.want(["main"])
        device.sync()
        assert held(device) == (1, 0)
        assert device.sync().rows_received == 0
        meanwhile("3")
        device.want(["purchase_price"])  # its part, and what that needs
        device.sync()
        assert held(device) == (1, 1)
        assert device.sync().bytes_received < 500
    assert doctor(world.store).findings == []


def test_what_is_not_taken_is_no_matter_of_receipts(world: World) -> None:
    """The same store takes the catalogue, leaves it, and takes it again: only what it may have had
    is to be confirmed gone.
    """
    gone, kept, last = (article(world, str(n)) for n in range(3))
    with world.enrol("a") as device, world.enrol("b") as other:
        for each in (device, other, device, other):
            each.sync()
        device.want(["main"])
        device.sync()
        device.sync()  # at the same version: the proof that it left the catalogue
        verdict = world.write([world.operation(Action.DELETE, "article", gone)])
        assert verdict.version is not None
        assert states(receipts_of_version(world.store, verdict.version)) == {"b": State.NOT_TOLD}
        device.sync()
        assert states(receipts_of_version(world.store, verdict.version)) == {"b": State.NOT_TOLD}
        device.want()
        device.sync()
        device.sync()
        assert held(device) == (0, 2)
        world.write([world.operation(Action.DELETE, "article", kept)])
        assert states(receipts_of_row(world.store, ARTICLE, kept)) == {
            "a": State.NOT_TOLD,
            "b": State.NOT_TOLD,
        }
        for state in (State.TOLD, State.CONFIRMED):
            device.sync()
            other.sync()
            found = states(receipts_of_row(world.store, ARTICLE, kept))
            assert found == {"a": state, "b": state}
        assert held(device) == held(other) == (0, 1)
    assert last


def test_a_part_that_was_only_begun_to_be_sent_counts(world: World) -> None:
    """At a version that the store has proved already: rows may lie on it all the same."""
    row = article(world, "1")
    articles(world, 1_500)
    faults = Faults()
    with world.enrol("a", faults) as device:
        device.want(["main"])
        device.sync()
        device.sync()
        device.want()
        faults.cut_after = 20_000
        with pytest.raises(Offline):
            device.sync()
        assert held(device) == (0, 0)
        world.write([world.operation(Action.DELETE, "article", row)])
        (receipt,) = receipts_of_row(world.store, ARTICLE, row)
        assert (receipt.state, receipt.certain) == (State.NOT_TOLD, False)
        device.sync()
        assert held(device) == (0, 1_500)


def test_an_upgrade_moves_rows_into_their_part(database_url: str, tmp_path: Path) -> None:
    """In steps that go on after a crash; a device that syncs in between and one that takes the
    main part alone hold what they should, and the doctor finds nothing.
    """
    world = World(database_url, tmp_path, schema=UNDIVIDED)
    world.customer("a", "1")
    articles(world, 2_500)
    world.insert("catalogue", number="c", name="Spring", active=True)
    with world.enrol("a") as device, world.enrol("a", name="part") as part:
        device.sync()
        part.sync()
        assert held(part) == (1, 2_500)
        world.install(SCHEMA)
        assert world.store.unsettled() == 2
        assert doctor(world.store).findings == []
        device.sync()
        part.want(["main"])
        while world.store.unsettled():
            world.store._writer.submit(job := RestJob())
            assert job.found
            assert doctor(world.store).findings == []
            device.sync()
            assert held(device) == (1, 2_500)
        part.sync()
        assert held(part) == (1, 0)
        with world.enrol("a", name="new") as new:
            new.sync()
            assert new.counts() == device.counts()
    world.close()

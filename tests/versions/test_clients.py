"""The second client in old words beside the SDK's, and the office's command for old outboxes."""

from __future__ import annotations

import random
from collections.abc import Mapping
from pathlib import Path

import pytest

from device_sdk import Device
from syncengine.store.doctor import doctor
from tests.server.cli import make_cli
from tests.support.second import second_client
from tests.support.world import INSTALLED, World
from tests.versions.module import SCHEMAS
from tests.versions.test_servers import ONE, edit

NAMES = ("Ada", "Bo", "Cy Di", "", "É F")


def rows(device: Device) -> dict[bytes, list[object]]:
    """What the SDK's client shows of visits, in the order of its words."""
    columns = ",".join(f'"{f.name}"' for f in device._store.schema.entities["visit"].fields)
    return {bytes(r[0]): list(r[1:]) for r in device.query(f"SELECT id,{columns} FROM visit")}  # type: ignore[arg-type]


def person(seen: Mapping[str, object]) -> object:
    """What old words say, said by new ones."""
    if "person" in seen:
        return seen["person"]
    parts = [str(seen[n]) for n in ("first", "last") if seen[n] is not None]
    return " ".join(parts) if parts else None


@pytest.mark.parametrize("seed", range(3))
def test_clients_of_both_versions_converge(tmp_path: Path, seed: int) -> None:
    """Invariants 5 and 25: each in its own words, before, across and after an upgrade."""
    dice = random.Random(seed)
    world = World(f"sqlite:///{tmp_path / 'server.db'}", tmp_path, schema=SCHEMAS[1])
    visits = [world.insert("visit", person="Ada King", fee=15) for _ in range(3)]
    old, follower = world.enrol("a", made_for=ONE), world.enrol("b")
    second = second_client(world, "boss", ONE)
    old.sync()
    second.sync()
    follower.sync()
    for turn in range(24):
        if turn == 8:
            world.install(SCHEMAS[2])
        row = dice.choice(visits)
        name = f"{dice.choice(NAMES)} {dice.choice(NAMES)}"
        match dice.randrange(5):
            case 0:
                edit(old, row, person=name)
            case 1:
                second.store.change(("update", "visit", row, {"person": name, "tel": "1"}))
            case 2:
                new = "first" in follower._store.schema.entities["visit"].by_name
                edit(follower, row, **({"last": name} if new else {"person": name}))
            case 3:
                old.sync()
                second.sync()
            case 4:
                follower.sync()
    for _ in range(2):
        old.sync()
        second.sync()
        follower.sync()
    assert rows(old) == second.store.shown("visit")
    new_words = {r.id: person(r) for r in follower.rows("visit")}
    assert new_words == {r.id: person(r) for r in old.rows("visit")}
    assert doctor(world.store).findings == []
    old.close()
    follower.close()
    world.close()


def test_the_office_takes_an_old_outbox(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`outbox take` of a server that reads it as it is, twice; and of no file."""
    cli = make_cli(monkeypatch, capsys)
    at = ("--database", f"sqlite:///{tmp_path / 'server.db'}")
    world = World(at[1], tmp_path, schema=INSTALLED)
    customer = world.customer("a", "1")
    with world.enrol("a") as device:
        device.sync()
        device.sync()  # proves what it holds, so that its work is late and not unknown
        with device.changeset() as changes:
            changes.update("customer", customer, phone="5")
        with device.changeset() as changes:
            changes.update("customer", customer, remark="x")
        world.update("customer", customer, owner=None)
        device.hand_in(tmp_path / "outbox")
    world.close()
    for _ in range(2):
        told = cli("outbox", "take", str(tmp_path / "outbox"), *at)
        assert told.status == 0, told.err
        assert told.out.startswith("a's tablet: 2 quarantined.")
        assert "update customer phone: '5'" in told.out
    assert cli("outbox", "take", str(tmp_path / "none"), *at).status == 1
    listed = cli("history", "--refused", *at)
    assert "update customer phone: '5'" in listed.out

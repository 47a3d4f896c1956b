"""`device verify` and `device rebuild`: a store looked over and made anew on the command line."""

from __future__ import annotations

import pytest

from device_sdk import device as sdk
from device_sdk.swap import FILE
from tests.device.wreck import strike
from tests.server.cli import make_cli
from tests.support.world import World


def test_a_store_is_looked_over_by_a_command(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    cli = make_cli(monkeypatch, capsys)
    world.customer("a", "1")
    with world.enrol("a") as device:
        device.sync()
        busy = cli("device", "verify", str(world.folder / "a"))
        assert busy.status == 1
        assert "open" in busy.err
    sound = cli("device", "verify", str(world.folder / "a"))
    assert sound.status == 0
    assert "sound" in sound.out
    with world.reopen("a") as device:
        device._store.database.connection.execute("DELETE FROM row_customer")
    found = cli("device", "verify", str(world.folder / "a"), "--json")
    assert found.status == 1
    assert [(f["code"], f["heals"]) for f in found.data["findings"]] == [("verify.bucket", "sync")]
    assert "the next sync" in cli("device", "verify", str(world.folder / "a")).out
    with world.reopen("a") as device:
        device.sync()
        assert len(device.rows("customer")) == 1
    assert cli("device", "verify", str(world.folder / "a")).status == 0
    assert cli("device", "verify", str(world.folder / "nowhere")).status == 1


def test_a_damaged_store_is_rebuilt_by_a_command(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """For whoever stands in the office at seven in the morning with somebody else's tablet."""
    cli = make_cli(monkeypatch, capsys)
    folder = world.folder / "a"
    with world.enrol("a") as device:
        for text in ("first note", "second note", "third note"):
            with device.changeset() as changes:
                changes.insert("note", author=device.person, text=text)
    unreached = cli("device", "rebuild", str(folder), "http://127.0.0.1:9")
    assert unreached.status == 1
    assert "device.offline" in unreached.err
    strike(folder, "second note")
    found = cli("device", "verify", str(folder))
    assert found.status == 1
    assert "`syncengine device rebuild` puts it right" in found.out
    monkeypatch.setattr(sdk, "transport_to", lambda _: world.transport(None))
    done = cli("device", "rebuild", str(folder), "https://sync.example.com")
    assert done.status == 0
    assert "There is a new store. 2 changesets wait to be sent." in done.out
    assert "Lost: changeset 2, made after " in done.out
    with world.reopen("a") as device:
        device.sync()
        assert {n.text for n in device.rows("note")} == {"first note", "third note"}
    (folder / FILE).unlink()
    assert cli("device", "verify", str(folder)).status == 1
    again = cli("device", "rebuild", str(folder), "https://sync.example.com", "--json")
    assert again.data == {"ok": True, "changesets": 0, "waiting": 0, "lost": []}
    with world.reopen("a") as device:
        device.sync()
        assert len(device.rows("note")) == 2

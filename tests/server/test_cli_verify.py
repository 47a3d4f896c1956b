"""`device verify`: a store looked over from the command line."""

from __future__ import annotations

import pytest

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

"""What the log hook hears: facts, never what a person entered; and that it can do no harm."""

from __future__ import annotations

import datetime as dt
import inspect
import logging
from pathlib import Path

import pytest

from device_sdk import Device, database, events
from device_sdk.errors import Offline
from device_sdk.events import (
    AnswersLost,
    CheckpointPublished,
    ChunkStaged,
    Event,
    Log,
    RepairBegan,
    SchemaChanged,
    StartedOver,
    StoreOpened,
    StoreUpgraded,
    SyncBegan,
    SyncEnded,
    SyncFailed,
    WorkRefused,
    to_logging,
)
from device_sdk.testing import Faults, Server
from modules.masterdata.manifest import MASTERDATA
from syncengine.model.changeset import Outcome
from syncengine.model.custom import CustomField
from syncengine.model.errors import Advice
from syncengine.protocol.messages import Struct
from tests.device.fake import Fake
from tests.device.test_repair import altered, unsummed
from tests.support.upgrades import CLASS

NOW = dt.datetime(2026, 11, 25, 8, tzinfo=dt.UTC)
CANARY = "canary-7731"


def kinds(heard: list[Event]) -> list[type[Event]]:
    """Their classes, and nothing left to hear."""
    found = [type(event) for event in heard]
    heard.clear()
    return found


def test_a_life_and_nothing_that_was_entered(tmp_path: Path) -> None:
    heard: list[Event] = []
    told: list[Event] = []

    def hook(event: Event) -> None:
        heard.append(event)
        told.append(event)

    with Server(tmp_path, [MASTERDATA], NOW) as server:
        anna = server.insert("employee", number="7", active=True)
        shop = server.insert("customer", number="1", name=CANARY, owner=anna, active=True)
        with server.enrol(anna, "tablet", faults := Faults(), log=hook) as device:
            device.sync()
            published = [CheckpointPublished] * 2  # of each part
            assert kinds(heard) == [StoreOpened, SyncBegan, *published, SyncEnded]
            with device.changeset() as changes:
                changes.update("customer", shop, phone=CANARY)
            faults.refuse = Offline(f"no way to {CANARY}")
            with pytest.raises(Offline):
                device.sync()
            assert heard[-1] == SyncFailed("device.offline", Offline.advice, "")
            assert kinds(heard) == [SyncBegan, SyncFailed]
            ben = server.insert("employee", number="8", active=True)
            server.update("customer", shop, owner=ben)
            device.sync()
            assert heard[1] == WorkRefused(1, "quarantined", ("late.quarantined",))
            assert kinds(heard) == [SyncBegan, WorkRefused, CheckpointPublished, SyncEnded]
    with (
        Server(tmp_path, [MASTERDATA], NOW, [CustomField("customer", CLASS)]) as server,
        server.open("tablet", log=hook) as device,
    ):
        server.insert("customer", number="2", name=CANARY, owner=anna, active=True)
        device.sync()
        assert SchemaChanged in kinds(heard)
        secrets = [device._keys.database, device._keys.seat, device._store.token or b"?"]
    text = " ".join(f"{event} {event!r}" for event in told)
    assert CANARY not in text
    assert not any(secret.hex() in text or str(secret) in text for secret in secrets)


def test_what_goes_wrong_is_told(fake: Fake, tmp_path: Path) -> None:
    """Repair, a restored server, a checkpoint that is no longer known: by the server that lies."""
    heard: list[Event] = []
    fake.chunk_rows = 600
    for number in range(700):
        fake.customer(str(number))
    with Device.enrol(tmp_path / "store", fake, "code", "tablet", log=heard.append) as device:
        fake.mangle = [altered(unsummed)]
        device.sync()
        assert ChunkStaged(600, 0) in heard
        assert RepairBegan(1) in heard
        backup = fake.backup()
        fake.judge = lambda _: Outcome.REJECTED
        with device.changeset() as changes:
            changes.insert("note", author=device.person, text=CANARY)
        device.sync()
        assert WorkRefused(1, "rejected", ()) in heard
        fake.restore(backup)
        heard.clear()
        device.sync()
        found = kinds(heard)
        assert {StartedOver, AnswersLost} <= set(found)
        assert found[-1] is SyncEnded


def test_an_older_store_is_upgraded_and_that_is_told(
    fake: Fake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[Event] = []
    Device.enrol(tmp_path / "store", fake, "code", "tablet").close()
    steps = (*database.STEPS, "CREATE TABLE later(x)")
    monkeypatch.setattr("device_sdk.database.STEPS", steps)
    monkeypatch.setattr("device_sdk.database.STORE_VERSION", len(steps))
    for expected in ([StoreUpgraded, StoreOpened], [StoreOpened]):
        Device.open(tmp_path / "store", fake, log=heard.append).close()
        assert kinds(heard) == expected


def test_what_is_no_error_of_ours_is_told_by_its_class(fake: Fake, tmp_path: Path) -> None:
    """A full disk, for one: the store cannot keep it."""
    heard: list[Event] = []

    def fail(_: object) -> list[Struct]:
        raise OSError(CANARY)

    with Device.enrol(tmp_path / "store", fake, "code", "tablet", log=heard.append) as device:
        fake.mangle = [fail]
        with pytest.raises(OSError, match=CANARY):
            device.sync()
        assert device.status().problem is None
    assert heard[-1] == SyncFailed("internal", Advice.RETRY, "OSError")


def test_a_hook_that_raises_harms_nothing(
    fake: Fake, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def hook(event: Event) -> None:
        raise RuntimeError(event)

    fake.customer("one")
    with Device.enrol(tmp_path / "store", fake, "code", "tablet", log=hook) as device:
        assert device.sync().rows_received == 1
    assert "the app's log hook failed" in caplog.text


def test_without_a_hook_no_event_is_made() -> None:
    def never(*_: object) -> Event:
        raise AssertionError

    Log()(never, 1, 2)


def test_standard_logging_gets_sentences(
    fake: Fake, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "device_sdk")
    with Device.enrol(tmp_path / "store", fake, "code", "tablet", log=to_logging()) as device:
        device.sync()
        fake.cut = 0
        with pytest.raises(Offline):
            device.sync()
    assert [(r.levelname, r.getMessage().split(":")[0]) for r in caplog.records] == [
        ("INFO", "Store opened"),
        ("INFO", "Sync began."),
        ("INFO", "Checkpoint published, version 0."),
        ("INFO", "Sync ended at version 0"),
        ("INFO", "Sync began."),
        ("WARNING", "Sync failed"),
    ]
    assert isinstance(caplog.records[1].__dict__["event"], SyncBegan)


def test_every_event_has_a_sentence_and_is_listed() -> None:
    """A hole in a sentence would show only when that event comes."""
    made = [kind for kind in vars(events).values() if inspect.isclass(kind)]
    listed = {k.__name__ for k in made if issubclass(k, Event)}
    assert listed | {"to_logging"} == set(events.__all__)
    for kind in made:
        if issubclass(kind, Event) and kind.SAYS:
            names = [name for name in inspect.get_annotations(kind) if name.islower()]
            assert "None" in str(kind(*[None] * len(names))) or not names

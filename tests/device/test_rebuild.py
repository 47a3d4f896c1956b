"""A damaged store is rebuilt: its rows from the server, its work from what can be read of it.
Invariants 2, 3, 6: what was typed is sent, once, and what cannot be is named.
"""

from __future__ import annotations

import asyncio
from dataclasses import astuple
from pathlib import Path

import pytest

from device_sdk import AsyncDevice, Device
from device_sdk.database import fetch
from device_sdk.errors import (
    KeysMissing,
    NotEnrolled,
    Offline,
    StoreDamaged,
    StoreInUse,
    StoreUnreadable,
)
from device_sdk.events import Event, StoreRebuilt
from device_sdk.identity import IDENTITY, read_identity
from device_sdk.pages import Pages
from device_sdk.salvage import known, saved
from device_sdk.swap import FILE
from syncengine.model.changeset import Changeset, Outcome
from tests.device.fake import Fake, shown
from tests.device.wreck import blank, copied, die, flip, keys_of, strike
from tests.support.world import World


def note(device: Device, text: str) -> None:
    with device.changeset() as changes:
        changes.insert("note", author=device.person, text=text)


def test_what_a_rep_typed_outlives_the_file_that_it_was_typed_into(world: World) -> None:
    """A day offline; in the evening the tablet's flash memory has gone bad."""
    shop = world.customer("a", "1")
    folder = world.folder / "a"
    with world.enrol("a") as device:
        device.sync()
        with device.changeset() as changes:
            changes.update("customer", shop, phone="+43 316 1")
        note(device, "in the morning")
        with device.changeset() as changes:
            contact = changes.insert("contact", customer=shop, name="Eva Maria", active=True)
        with device.changeset() as changes:
            changes.update("contact", contact, email="eva@example.com")
        note(device, "in the evening")
    blank(folder / FILE, 1)  # with this page goes SQLite's own knowledge of all the others
    strike(folder, "Eva Maria")
    with pytest.raises(StoreUnreadable):
        world.reopen("a")

    heard: list[Event] = []
    rebuilt = Device.rebuild(folder, world.transport(None), log=heard.append)

    (lost,) = rebuilt.lost
    assert (rebuilt.changesets, rebuilt.waiting, lost.sequence) == (4, 4, 3)
    assert lost.after is not None
    assert lost.before is not None
    assert lost.after < lost.before
    assert heard == [StoreRebuilt(4, 4, 1)]
    with world.reopen("a") as device:
        assert device.pending() == 5  # the fifth fills the place of what was lost
        assert {n.text for n in device.rows("note")} == {"in the morning", "in the evening"}
        report = device.sync()
        assert report.verdicts == {"accepted": 3, "rejected": 2}
        (customer,) = device.rows("customer")
        assert customer.phone == "+43 316 1"
        (item,) = device.inbox()  # it builds on what was lost, and is not lost with it
        assert item.entered[0].values == {"email": "eva@example.com"}
        assert item.reasons[0].code == "depends_on"
        assert device.verify().sound
        note(device, "the next day")
        device.sync()
        assert device.pending() == 0
        assert len(device.rows("note")) == 3
        assert device.status().lost == rebuilt.lost
        assert device.dismiss(lost.sequence)
        assert device.status().lost == ()
        assert not device.dismiss(lost.sequence)


def test_what_fills_a_place_has_no_effect_and_is_in_no_inbox(world: World) -> None:
    with world.enrol("a") as device:
        note(device, "never read again")
    strike(world.folder / "a", "never read again")
    assert Device.rebuild(world.folder / "a", world.transport(None)).waiting == 0
    version = world.store.status().version
    with world.reopen("a") as device:
        assert device.sync().verdicts == {"rejected": 1}
        assert device.inbox() == []
        assert (device.pending(), device.status().inbox) == (0, 0)
    assert world.store.status().version == version


def test_answered_work_keeps_its_answer(fake: Fake, tmp_path: Path) -> None:
    """What lay in the inbox does so again; what was dismissed does not; nothing is sent twice."""

    def judge(changeset: Changeset) -> Outcome:
        return Outcome.REJECTED if changeset.sequence in (1, 2) else Outcome.ACCEPTED

    fake.judge = judge
    with Device.enrol(tmp_path / "store", fake, "code", "tablet") as device:
        for text in ("refused", "refused, seen", "good"):
            note(device, text)
        device.sync()
        device.dismiss(2)
    blank(tmp_path / "store" / FILE, 1)
    rebuilt = Device.rebuild(tmp_path / "store", fake)
    assert (rebuilt.changesets, rebuilt.waiting, rebuilt.lost) == (3, 0, ())
    with Device.open(tmp_path / "store", fake) as device:
        sent = len(fake.requests)
        device.sync()
        assert not any(request.pushed for request in fake.requests[sent:])
        assert [item.sequence for item in device.inbox()] == [1]
        assert list(shown(device, "note").values()) == ["good"]


def test_an_answer_that_cannot_be_read_is_not_asked_for_again(fake: Fake, tmp_path: Path) -> None:
    """The server forgets answers after a time, and would take a question for a second store's; but
    one that came back from a backup has not answered yet.
    """
    backup = fake.backup()
    fake.judge = lambda _: Outcome.REJECTED
    with Device.enrol(tmp_path / "store", fake, "code", "tablet") as device:
        note(device, "refused")
        device.sync()
    strike(tmp_path / "store", "rejected")
    again = copied(tmp_path / "store", tmp_path / "again")
    rebuilt = Device.rebuild(tmp_path / "store", fake)
    assert (rebuilt.changesets, rebuilt.lost) == (0, ())
    fake.restore(backup)
    assert Device.rebuild(again, fake).waiting == 1


def test_a_server_that_was_restored_gets_again_what_it_lost(fake: Fake, tmp_path: Path) -> None:
    backup = fake.backup()
    with Device.enrol(tmp_path / "store", fake, "code", "tablet") as device:
        note(device, "one")
        note(device, "two")
        device.sync()
    fake.restore(backup)
    strike(tmp_path / "store", "two")
    assert [w.sequence for w in Device.rebuild(tmp_path / "store", fake).lost] == [2]
    with Device.open(tmp_path / "store", fake) as device:
        device.sync()
        assert device.pending() == 0
        assert "one" in shown(device, "note").values()


def test_sequences_that_the_server_answered_are_not_used_again(fake: Fake, tmp_path: Path) -> None:
    """All of the file is gone: nothing tells how far the store was, but the server does."""
    with Device.enrol(tmp_path / "store", fake, "code", "tablet") as device:
        note(device, "one")
        device.sync()
    (tmp_path / "store" / FILE).unlink()
    with pytest.raises(StoreDamaged, match="gone"):
        Device.open(tmp_path / "store", fake)
    assert Device.rebuild(tmp_path / "store", fake).changesets == 0
    with Device.open(tmp_path / "store", fake) as device:
        note(device, "two")
        device.sync()
        assert sorted(shown(device, "note").values()) == ["one", "two"]


def test_nothing_is_changed_until_there_is_an_answer(fake: Fake, tmp_path: Path) -> None:
    with Device.enrol(tmp_path / "store", fake, "code", "tablet") as device:
        note(device, "waits")
        with pytest.raises(StoreInUse):
            Device.rebuild(tmp_path / "store", fake)
    before = (tmp_path / "store" / FILE).read_bytes()
    fake.cut = 0
    with pytest.raises(Offline):
        Device.rebuild(tmp_path / "store", fake)
    assert (tmp_path / "store" / FILE).read_bytes() == before
    assert Device.rebuild(tmp_path / "store", fake).waiting == 1, "also of a sound store"


def test_a_store_of_before_gets_its_identity_when_it_is_opened(fake: Fake, tmp_path: Path) -> None:
    """Without that, it is taken from what the store knew itself."""
    folder = tmp_path / "store"
    Device.enrol(folder, fake, "code", "tablet").close()
    identity = read_identity(folder)
    assert identity is not None
    (folder / IDENTITY).unlink()
    Device.open(folder, fake).close()
    assert read_identity(folder) == identity
    flip(folder / IDENTITY, 3)
    assert read_identity(folder) is None
    Device.rebuild(folder, fake)
    assert read_identity(folder) == identity
    (folder / IDENTITY).unlink()
    blank(folder / FILE, 2)
    with pytest.raises(StoreUnreadable, match="whose store"):
        Device.rebuild(folder, fake)


@pytest.mark.parametrize("left", [None, b"", bytes(63)])
def test_keys_that_are_gone_are_told(fake: Fake, tmp_path: Path, left: bytes | None) -> None:
    """Not taken for a folder where nobody has enrolled yet."""
    folder = tmp_path / "store"
    Device.enrol(folder, fake, "code", "tablet").close()
    key = folder / ".keys" / "seat.key"
    key.unlink()
    if left is not None:
        key.write_bytes(left)
    for attempt in (Device.open, Device.rebuild):
        with pytest.raises(KeysMissing) as told:
            attempt(folder, fake)
        assert told.value.code == "device.keys_missing"
    with pytest.raises(NotEnrolled):
        Device.rebuild(tmp_path / "nowhere", fake)


def test_what_was_wanted_stays_so(fake: Fake, tmp_path: Path) -> None:
    with Device.enrol(tmp_path / "store", fake, "code", "tablet") as device:
        device.want(["note"])
    asyncio.run(AsyncDevice.rebuild(tmp_path / "store", fake))
    with Device.open(tmp_path / "store", fake) as device:
        device.sync()
    assert fake.requests[-1].hello.parts == ["main"]


def test_what_is_read_of_a_sound_store_is_what_sqlite_reads(fake: Fake, tmp_path: Path) -> None:
    """Short and long records, answered and waiting ones, in the file and in the -wal."""
    folder = tmp_path / "store"
    fake.judge = lambda c: Outcome.REJECTED if c.sequence % 7 == 0 else Outcome.ACCEPTED
    device = Device.enrol(folder, fake, "code", "tablet")
    for n in range(100):
        with device.changeset() as changes:
            for text in ["x" * n * 40] * (n % 5 + 1):
                changes.insert("note", author=device.person, text=text)
        if n == 50:
            device.sync()
    db = device._store.database.connection
    outbox, meta = fetch(db, "SELECT * FROM outbox"), dict(fetch(db, "SELECT * FROM meta"))
    die(device, folder)
    keys = keys_of(folder)
    with Pages(folder, keys.database) as pages:
        found = known(pages)
        lines = saved(pages, keys.signing.public_key(), meta["incarnation"])
        read = sorted(astuple(line)[:10] for line in lines)
    assert read == outbox
    assert (found.meta, found.highest) == (meta, 100)


def test_a_store_that_cannot_be_opened_leaves_nothing_open(fake: Fake, tmp_path: Path) -> None:
    """Neither the lock nor a connection, whose end would write to the file."""
    folder = tmp_path / "store"
    Device.enrol(folder, fake, "code", "tablet").close()
    whole = (folder / FILE).read_bytes()
    for page in range(2, len(whole) // 8192 + 1):
        blank(folder / FILE, page)
        damaged = (folder / FILE).read_bytes()
        try:
            Device.open(folder, fake).close()
        except StoreDamaged:
            assert {p.name for p in folder.iterdir() if p.is_file()} <= {
                FILE, "store.lock", IDENTITY, "store.db-wal", "store.db-shm",
            }  # fmt: skip
            assert (folder / FILE).read_bytes() == damaged
        (folder / FILE).write_bytes(whole)


def test_a_store_that_is_older_than_what_the_server_answered_is_told(
    fake: Fake, tmp_path: Path
) -> None:
    """Before it uses a sequence twice, for which the server would fence it."""
    folder = tmp_path / "store"
    with Device.enrol(folder, fake, "code", "tablet") as device:
        note(device, "one")
        device.sync()
    image = copied(folder, tmp_path / "image")
    with Device.open(folder, fake) as device:
        note(device, "two")
        device.sync()
    with Device.open(image, fake) as device, pytest.raises(StoreDamaged, match="forgot"):
        device.sync()
    Device.rebuild(image, fake)
    with Device.open(image, fake) as device:
        device.sync()
        note(device, "three")
        device.sync()
        assert sorted(shown(device, "note").values()) == ["one", "three", "two"]

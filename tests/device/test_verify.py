"""Looking a store over: what is damaged is found, named, and healed where a sync can do it."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from device_sdk import Device, FileKeyProvider, Heals
from device_sdk.database import connect
from device_sdk.errors import NotConverging, Offline, StoreDamaged, StoreUnreadable
from device_sdk.swap import FILE
from tests.device.damage import due, held
from tests.device.fake import Fake, shown

PAGE = 8192


def note(device: Device, text: str) -> None:
    with device.changeset() as changes:
        changes.insert("note", author=device.person, text=text)


def found(device: Device) -> dict[str, Heals]:
    """Codes of the findings, and what heals them."""
    return {finding.code: finding.heals for finding in device.verify().findings}


def test_a_sound_store_in_the_middle_of_everything(fake: Fake, device: Device) -> None:
    """Own work waits, another row was deleted here, a pull is open: nothing to find."""
    rows = [fake.customer(str(n)) for n in range(20)]
    mine = fake.put("note", [1], author=fake.person, text="mine")
    device.sync()
    note(device, "waits")
    with device.changeset() as changes:
        changes.update("customer", rows[0], phone="1")
        changes.delete("note", mine)
    fake.chunk_rows = 1
    for n in range(5):
        fake.customer(f"new {n}")
    fake.move("customer", rows[1], [2])
    fake.cut = 5
    with pytest.raises(Offline):
        device.sync()
    parts: list[str] = []
    report = device.verify(parts.append)
    assert report.findings == ()
    assert (report.rows, report.buckets, report.changesets) == (21, 2, 2)
    assert parts == ["file", "rows", "outbox"]


def test_a_row_that_is_gone_comes_back_though_the_server_has_no_news(
    fake: Fake, device: Device
) -> None:
    rows = {fake.customer(str(n)) for n in range(5)}
    device.sync()
    device._store.database.connection.execute("DELETE FROM row_customer WHERE name='3'")
    assert device.sync().repaired == (), "an ordinary sync does not look"
    assert found(device) == {"verify.bucket": Heals.SYNC}
    assert device.sync().rows_received == 5
    assert set(shown(device)) == rows
    assert found(device) == {}


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE row_customer SET generation=99",
        "UPDATE row_customer SET generation=4611686018427387904",
        "UPDATE row_customer SET bucket=0",
        "UPDATE row_customer SET version=0",
        "INSERT INTO held VALUES(267, x'00', 2)",
    ],
)
def test_what_no_sum_shows_is_found_and_healed(fake: Fake, device: Device, sql: str) -> None:
    row = fake.customer("one")
    device.sync()
    device._store.database.connection.execute(sql)
    assert "verify.stray" in found(device)
    device.sync()
    assert found(device) == {}
    assert held(device) == due(fake)
    assert shown(device) == {row: "one"}


@pytest.mark.parametrize(
    ("sql", "code"),
    [
        ("DELETE FROM outbox WHERE sequence=2", "verify.outbox"),
        ("DELETE FROM outbox WHERE sequence=3", "verify.outbox"),
        ("UPDATE outbox SET body=x'93' WHERE sequence=2", "verify.changeset"),
        ("UPDATE outbox SET signature=zeroblob(64) WHERE sequence=3", "verify.changeset"),
        (
            "UPDATE outbox SET (body, signature)=(SELECT body, signature FROM outbox o"
            " WHERE o.sequence=1) WHERE sequence=2",
            "verify.changeset",
        ),
    ],
)
def test_the_outbox_is_read_to_its_end(device: Device, sql: str, code: str) -> None:
    for text in "abc":
        note(device, text)
    assert found(device) == {}
    device._store.database.connection.execute(sql)
    assert found(device) == {code: Heals.REBUILD}


@pytest.fixture
def closed(fake: Fake, tmp_path: Path) -> Path:
    """The file of a store with 40 rows and a waiting changeset, its process ended."""
    with Device.enrol(tmp_path / "closed", fake, "code", "tablet") as device:
        for n in range(40):
            fake.customer(str(n))
        device.sync()
        note(device, "waits")
    return tmp_path / "closed" / FILE


def test_a_damaged_index_is_made_anew(fake: Fake, closed: Path) -> None:
    """It has other entries than its definition, changed behind SQLite's back, asks for."""
    key = FileKeyProvider(closed.parent / ".keys").load()
    assert key is not None
    db = connect(closed, key.database)
    db.execute("PRAGMA writable_schema=ON")
    db.execute(
        "UPDATE sqlite_master SET sql=replace(sql, '(sequence)', '(tag)')"
        " WHERE name='outbox_row_sequence'"
    )
    db.close()
    with Device.open(closed.parent, fake) as again:
        assert found(again) == {"verify.index": Heals.DONE}
        assert found(again) == {}
        assert again.pending() == 1


@pytest.mark.parametrize("keep", [0, 100, PAGE, 5 * PAGE, -1])
def test_a_file_that_was_cut_is_told(fake: Fake, closed: Path, keep: int) -> None:
    """And never taken for a store that is empty."""
    closed.write_bytes(closed.read_bytes()[:keep])
    with pytest.raises(StoreUnreadable):
        _looked_over(fake, closed)


def _looked_over(fake: Fake, closed: Path) -> None:
    """StoreUnreadable, or StoreDamaged, when the file is found damaged."""
    with Device.open(closed.parent, fake) as device:
        codes = found(device)
    assert codes in ({}, {"verify.file": Heals.REBUILD})
    if codes:
        raise StoreDamaged("found by looking")


def test_damage_of_any_page_is_found(fake: Fake, closed: Path) -> None:
    """Every page in turn: opening says so, or looking does."""
    whole, random = closed.read_bytes(), Random(7)
    for page in range(len(whole) // PAGE):
        at = page * PAGE + random.randrange(PAGE - 32)
        closed.write_bytes(whole[:at] + random.randbytes(32) + whole[at + 32 :])
        with pytest.raises(StoreUnreadable):
            _looked_over(fake, closed)
    closed.write_bytes(whole)
    _looked_over(fake, closed)


def test_what_reads_a_damaged_page_says_so(fake: Fake, closed: Path) -> None:
    """Queries and syncs, too: an app need not know what its database's library raises."""
    whole = closed.read_bytes()
    told = 0
    for page in range(1, len(whole) // PAGE):
        closed.write_bytes(whole[: page * PAGE] + bytes(PAGE) + whole[(page + 1) * PAGE :])
        try:
            with Device.open(closed.parent, fake) as device:
                device.rows("customer")
                device.inbox()
                fake.customer(f"new {page}")
                device.sync()
        except StoreDamaged:
            told += 1
        except NotConverging:
            continue
    assert told > 5

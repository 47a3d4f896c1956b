"""Attachments on devices: attached offline, sent before what names them, held like rows."""

from __future__ import annotations

import io
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from device_sdk import Device
from device_sdk.attachments import AttachmentDamaged, NotHere
from device_sdk.attachments.facade import SMALL_BYTES
from device_sdk.attachments.vault import CHUNK
from device_sdk.errors import Offline
from syncengine.store.blob_collection import Collector
from tests.attachments.scene import Carrying, Field, abandon, content_of, files
from tests.blobs.scene import digest
from tests.support.world import DAY, Crash, Faults

PHOTO = bytes(range(256)) * 1_000 + b"end"  # four chunks at rest
LARGE = bytes(range(255, -1, -1)) * 8_000
POINTS = ("attachments.written", "attachments.named", "device.committed", "device.mid_send",
          "attachments.uploaded", "device.answered", "device.before_publish",
          "device.after_publish")  # fmt: skip


@pytest.fixture
def field(tmp_path: Path) -> Iterator[Field]:
    made = Field(tmp_path)
    yield made
    made.close()


def attach(device: Device, row: bytes, content: bytes, **values: object) -> bytes:
    """Let a customer have a photo."""
    with device.changeset() as changes:
        found = device.attachments.attach(io.BytesIO(content))
        changes.update("customer", uuid.UUID(bytes=row), photo=found, **values)
    return found


def transport(device: Device) -> Carrying:
    made = device._transport
    assert isinstance(made, Carrying)
    return made


def test_from_device_to_device(field: Field) -> None:
    row = field.customer("a", "1")
    with field.enrol("a") as device, field.enrol("boss") as other:
        device.sync()
        found = attach(device, row, PHOTO)
        assert found == digest(PHOTO)
        assert content_of(device, found) == PHOTO, "before any network"
        report = device.sync()
        assert (report.verdicts, device.pending()) == ({"accepted": 1}, 0)
        assert device.attachments.report.uploaded == 1
        other.attachments  # noqa: B018  an app that shows photos
        other.sync()
        assert content_of(other, found) == PHOTO
        assert b"".join(other.attachments.read(found, CHUNK + 5)) == PHOTO[CHUNK + 5 :]


def test_nothing_at_rest_tells_what_it_is(field: Field) -> None:
    row = field.customer("a", "1")
    with field.enrol("a") as device:
        device.sync()
        found = attach(device, row, PHOTO)
        (file,) = files(device)
        raw = file.read_bytes()
        assert PHOTO[:64] not in raw
        assert found.hex() not in file.name
        for spoilt in (raw[:-1], raw[: len(raw) // 2], raw[:100] + b"?" + raw[101:],
                       raw[: 16 + CHUNK + 16]):  # fmt: skip
            file.write_bytes(spoilt)
            with pytest.raises(AttachmentDamaged):
                content_of(device, found)


def test_what_names_it_waits_with_all_behind_it_and_nothing_before(field: Field) -> None:
    """The server refuses the upload for now: what is before it and what comes are not held up."""
    row = field.customer("a", "1")
    with field.enrol("a") as device:
        device.sync()
        with device.changeset() as changes:
            changes.update("customer", uuid.UUID(bytes=row), phone="before")
        attach(device, row, PHOTO, remark="with it")
        with device.changeset() as changes:
            changes.update("customer", uuid.UUID(bytes=row), city="behind")
        field.update("customer", row, number="2")
        transport(device).lose = 0
        with pytest.raises(Offline):
            device.sync()
        assert device.pending() == 2
        shown = device.rows("customer")[0]
        assert (shown["number"], shown["phone"], shown["city"]) == ("2", "before", "behind")
        assert device.sync().verdicts == {"merged": 2}


def test_an_upload_goes_on_where_it_was(field: Field) -> None:
    row = field.customer("a", "1")
    with field.enrol("a") as device:
        device.sync()
        attach(device, row, LARGE)
        way = transport(device)
        way.lose = 1  # the first piece is taken, and its answer lost
        with pytest.raises(Offline):
            device.sync()
        way.asked.clear()
        device.sync()
        assert way.asked == ["POST", "PATCH"], "of two pieces one was there"
        assert device.pending() == 0


@dataclass
class Unplugged(Faults):
    """No network any more once an upload was confirmed."""

    def reached(self, point: str) -> None:
        self.offline |= point == "attachments.uploaded"


def test_what_was_confirmed_long_ago_is_asked_for_again(field: Field) -> None:
    """An app runs on without network for so long that the server lets go of the photo, which no
    row refers to yet: it comes again, and the work with it.
    """
    row = field.customer("a", "1")
    faults = Unplugged()
    with field.enrol("a", faults) as device:
        device.sync()
        attach(device, row, PHOTO)
        with pytest.raises(Offline):
            device.sync()
        field.day = 40
        assert Collector(field.store, field.blobs, field.uploads, 30 * DAY).collect(1) == 1
        faults.offline = False
        with pytest.raises(Offline):
            device.sync()  # uploaded once more
        faults.offline = False
        assert device.sync().verdicts == {"accepted": 1}


def test_the_small_ones_go_first(field: Field) -> None:
    rows = field.customers("a", 3)
    with field.enrol("a") as device:
        device.sync()
        for row, content in zip(rows, (LARGE, b"small", PHOTO), strict=True):
            attach(device, row, content)
        way = transport(device)
        way.lose = 3  # both requests of the smallest pass, and the first of the next one
        with pytest.raises(Offline):
            device.sync()
        assert digest(b"small") in set(field.blobs.digests())
        assert digest(LARGE) not in set(field.blobs.digests())


def test_one_that_the_server_never_takes_holds_nobody_up(field: Field) -> None:
    row = field.customer("a", "1")
    with field.enrol("a") as device:
        device.sync()
        huge = attach(device, row, bytes(9 * 2**20))
        with device.changeset() as changes:
            changes.insert("note", author=device.person, text="later")
        assert device.sync().verdicts == {"rejected": 1, "accepted": 1}
        assert device.attachments.report.refused == (huge,)
        assert [r.code for item in device.inbox() for r in item.reasons] == ["blob.unknown"]
        assert content_of(device, huge) == bytes(9 * 2**20), "the person's own, until dismissed"


def test_a_download_goes_on_where_it_was_and_is_compared(field: Field) -> None:
    row = field.customer("a", "1")
    with field.enrol("a") as device, field.enrol("boss") as other:
        device.sync()
        found = attach(device, row, LARGE)
        device.sync()
        other.attachments  # noqa: B018
        way = transport(other)
        way.cut = SMALL_BYTES // 2
        with pytest.raises(Offline):
            other.sync()
        assert not other.attachments.is_here(found)
        with pytest.raises(NotHere):
            other.attachments.read(found)
        way.asked.clear()
        other.sync()
        assert content_of(other, found) == LARGE
        (stored,) = (field.folder / "blobs" / "blobs").rglob(found.hex())
        stored.write_bytes(bytes(len(LARGE)))
        with field.enrol("a", name="third") as third:
            third.attachments  # noqa: B018
            third.sync()
            assert not third.attachments.is_here(found), "other bytes are never shown"


def test_it_leaves_with_its_row(field: Field) -> None:
    """Invariant 8: the cache is purged like rows; own work that may be sent again stays."""
    row = field.customer("a", "1")
    with field.enrol("a") as device, field.enrol("boss") as other:
        device.sync()
        found = attach(device, row, PHOTO)
        device.sync()
        other.attachments  # noqa: B018
        other.sync()
        field.update("customer", row, owner=None)
        other.sync()
        assert not other.attachments.is_here(found)
        assert files(other) == []
        device.sync()
        assert device.attachments.is_here(found), "no backup covers the work yet"


def test_one_that_nothing_names_goes_after_a_day(field: Field) -> None:
    with field.enrol("a") as device:
        device.sync()
        found = device.attachments.attach(io.BytesIO(PHOTO))
        device.sync()
        assert device.attachments.is_here(found)
        field.day = 2
        device.sync()
        assert files(device) == []
        with pytest.raises(ValueError, match="at least one byte"):
            device.attachments.attach(io.BytesIO(b""))


def test_eviction_spares_what_is_kept_and_what_is_own_work(field: Field) -> None:
    rows = field.customers("a", 3)
    with field.enrol("a") as device, field.enrol("boss") as other:
        device.sync()
        found = [attach(device, row, PHOTO + bytes([n])) for n, row in enumerate(rows)]
        device.sync()
        device.attachments.quota_bytes = 0
        device.sync()
        assert all(map(device.attachments.is_here, found)), "own work"
        other.attachments.keep(found[2])
        other.sync()
        field.day = 1
        list(other.attachments.read(found[0]))
        other.attachments.quota_bytes = 2 * len(PHOTO) + 10
        other.sync()
        assert [other.attachments.is_here(d) for d in found] == [True, False, True]
        other.sync()
        assert not other.attachments.is_here(found[1]), "it does not come back by itself"
        other.attachments.fetch(found[1])
        assert content_of(other, found[1]) == PHOTO + b"\x01"
        with pytest.raises(NotHere):
            other.attachments.fetch(digest(b"never was"))


def test_a_metered_or_paused_sync_leaves_them(field: Field) -> None:
    row = field.customer("a", "1")
    with field.enrol("a") as device:
        device.sync()
        attach(device, row, PHOTO)
        device.sync(budget_bytes=10**6)
        assert (device.pending(), transport(device).asked) == (1, [])
        device.sync()
        assert device.pending() == 0


@pytest.mark.parametrize("point", POINTS)
def test_a_crash_at_any_point_loses_nothing_that_was_committed(field: Field, point: str) -> None:
    """Invariants 2, 3 and 27: opened again, also by an app that does not ask for attachments."""
    row = field.customer("a", "1")
    faults = Faults()
    device = field.enrol("a", faults)
    device.sync()
    faults.crash_at = point

    def work() -> None:
        attach(device, row, PHOTO)
        device.sync()

    with pytest.raises(Crash):
        work()
    abandon(device)
    with field.reopen("a") as again:
        if again.pending() == 0 and point in POINTS[:2]:
            attach(again, row, PHOTO)
        again.sync()
        assert again.pending() == 0
        assert content_of(again, digest(PHOTO)) == PHOTO
        again.sync()
        assert len(files(again)) == 1
    assert field.blobs.read(digest(PHOTO), 0, len(PHOTO)) == PHOTO

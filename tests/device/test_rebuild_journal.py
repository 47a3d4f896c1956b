"""A -wal that is damaged: SQLite follows it to there and forgets the rest; the SDK reads on.
Invariants 2, 3.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from device_sdk import Device
from device_sdk.errors import (
    StoreDamaged,
)
from device_sdk.events import Event, StoreOpened, WorkTakenBack
from device_sdk.pages import FRAME_HEAD, PAGE_BYTES, decrypted
from device_sdk.swap import FILE
from tests.device.fake import Fake, shown
from tests.device.wreck import copied, die, flip, keys_of


def note(device: Device, text: str) -> None:
    with device.changeset() as changes:
        changes.insert("note", author=device.person, text=text)


def test_a_wal_is_read_further_than_sqlite_follows_it(fake: Fake, tmp_path: Path) -> None:
    """One bit at its beginning, and SQLite takes none of it; the store seems to be of yesterday."""
    folder = tmp_path / "store"
    device = Device.enrol(folder, fake, "code", "tablet")
    for n in range(5):
        note(device, f"note {n}")
    die(device, folder)
    flip(folder / (FILE + "-wal"), 32 + 24 + 100)
    rebuilt = Device.rebuild(folder, fake)
    assert (rebuilt.waiting, rebuilt.lost) == (5, ())
    assert not (folder / (FILE + "-wal")).exists()
    with Device.open(folder, fake) as device:
        device.sync()
        assert len(shown(device, "note")) == 5


def test_work_behind_a_damaged_frame_is_taken_back_when_the_store_is_opened(
    fake: Fake, tmp_path: Path
) -> None:
    """SQLite alone would open it as it was before, and say nothing."""
    folder, heard = tmp_path / "store", list[Event]()
    device = Device.enrol(folder, fake, "code", "tablet")
    for n in range(9):
        note(device, f"note {n}")
    die(device, folder)
    flip(folder / (FILE + "-wal"), (folder / (FILE + "-wal")).stat().st_size // 2)
    with Device.open(folder, fake, log=heard.append) as device:
        assert [type(event) for event in heard] == [StoreOpened, WorkTakenBack]
        assert device.pending() == 9
        assert len(shown(device, "note")) == 9
        device.sync()
        note(device, "the next")
        device.sync()
        assert len(fake.verdicts) == len(shown(device, "note")) == 10
    with Device.open(folder, fake, log=heard.append):
        assert WorkTakenBack not in map(type, heard[2:])


def test_a_commit_that_a_power_cut_tore_is_as_if_it_had_never_been(
    fake: Fake, tmp_path: Path
) -> None:
    folder = tmp_path / "store"
    device = Device.enrol(folder, fake, "code", "tablet")
    note(device, "durable")
    wal = folder / (FILE + "-wal")
    size = wal.stat().st_size
    note(device, "torn")
    die(device, folder)
    whole = wal.read_bytes()
    frames = range(size, len(whole), FRAME_HEAD + PAGE_BYTES)
    for torn in frames:
        wal.write_bytes(whole[:torn] + bytes(frames.step) + whole[torn + frames.step :])
        again = copied(folder, tmp_path / str(torn))
        with Device.open(again, fake) as device:
            assert "durable" in shown(device, "note").values()
            assert device.pending() == len(shown(device, "note"))


def test_a_hole_in_the_journal_is_told_and_nothing_is_touched(fake: Fake, tmp_path: Path) -> None:
    folder = tmp_path / "store"
    device = Device.enrol(folder, fake, "code", "tablet")
    note(device, "first")
    sizes = []
    wal = folder / (FILE + "-wal")
    for text in ("in the hole " * 300, "behind it " * 300, "and further " * 300):
        sizes.append(wal.stat().st_size)
        note(device, text)
    die(device, folder)
    raw = wal.read_bytes()
    hole = range(sizes[0], sizes[1])
    wal.write_bytes(raw[: hole.start] + bytes(len(hole)) + raw[hole.stop :])
    _without(folder, "in the hole")
    before = wal.read_bytes()
    with pytest.raises(StoreDamaged, match="journal"):
        Device.open(folder, fake)
    assert wal.read_bytes() == before
    rebuilt = Device.rebuild(folder, fake)
    assert ([w.sequence for w in rebuilt.lost], rebuilt.waiting) == ([2], 3)


def _without(folder: Path, text: str) -> None:
    """Flip a bit of this text wherever a frame has it."""
    wal = folder / (FILE + "-wal")
    key = keys_of(folder).database
    raw = bytearray(wal.read_bytes())
    for at in range(32, len(raw), FRAME_HEAD + PAGE_BYTES):
        number = int.from_bytes(raw[at : at + 4])
        data, _ = decrypted(key, number, bytes(raw[at + FRAME_HEAD :][:PAGE_BYTES]))
        if (found := data.find(text.encode())) >= 0:
            raw[at + FRAME_HEAD + found] ^= 1
    wal.write_bytes(raw)

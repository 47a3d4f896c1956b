"""The files' dance at the end of a rebuild, with a crash or a power cut between any two steps:
what is opened afterwards is the damaged store or the rebuilt one, whole, and never a mix.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from device_sdk import Device, disk, swap
from device_sdk.errors import StoreUnreadable
from device_sdk.pages import PAGE_BYTES
from device_sdk.swap import FILE, REBUILT
from tests.device.fake import Crash, Fake, shown
from tests.device.wreck import blank, copied, die

TEXTS = {f"note {n}" for n in range(4)}
Undo = Callable[[], None]


class Steps:
    """Counts what is done to names and to the disk, and ends the process before one of these.

    Names that were changed since their folder was last synced may come back when the power is cut:
    `undo` has how.
    """

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.crash_at: int | None = None
        self.done = 0
        self.undo: list[Undo] = []
        for name in ("rename", "replace", "unlink", "rmdir"):
            patch.setattr(os, name, self._step(getattr(os, name)))
        patch.setattr(swap, "sync_to_disk", self._synced)

    def begin(self, crash_at: int | None) -> None:
        self.crash_at, self.done, self.undo = crash_at, 0, []

    def _count(self) -> None:
        if self.done == self.crash_at:
            raise Crash
        self.done += 1

    def _step(self, real: Callable[..., None]) -> Callable[..., None]:
        def step(*paths: Path) -> None:
            self._count()
            before = {p: p.read_bytes() if p.is_file() else None for p in map(Path, paths)}
            real(*paths)
            self.undo.append(lambda: _restore(before))

        return step

    def _synced(self, path: Path) -> None:
        self._count()
        disk.sync_to_disk(path)
        self.undo.clear()


def _restore(before: dict[Path, bytes | None]) -> None:
    for path, data in before.items():
        if data is not None:
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(data)
        elif path.is_file():
            path.unlink()


@pytest.fixture
def steps(tmp_path: Path) -> Iterator[Steps]:
    """tmp_path: so that it goes when this does not count any more; it removes what is in it."""
    with pytest.MonkeyPatch.context() as patch:
        yield Steps(patch)


@pytest.fixture(scope="module")
def damaged(tmp_path_factory: pytest.TempPathFactory) -> tuple[Fake, Path]:
    """A store whose schema cannot be read, with work in the file and in a -wal that is left."""
    fake = Fake()
    folder = tmp_path_factory.mktemp("damaged") / "store"
    with Device.enrol(folder, fake, "code", "tablet") as device:
        fake.customer("one")
        device.sync()
        _note(device, "note 0")
    device = Device.open(folder, fake)
    for n in range(1, 4):
        _note(device, f"note {n}")
    die(device, folder)
    for page in range(2, (folder / FILE).stat().st_size // PAGE_BYTES):
        tried = copied(folder, folder.with_name(f"blank {page}"))
        blank(tried / FILE, page)
        kept = copied(tried, folder.with_name(f"kept {page}"))
        try:
            Device.open(tried, fake).close()
        except StoreUnreadable:
            return fake, kept
    raise AssertionError("no page is needed to open a store")


def _note(device: Device, text: str) -> None:
    with device.changeset() as changes:
        changes.insert("note", author=device.person, text=text)


def _is_rebuilt(folder: Path, fake: Fake, damaged: Path) -> bool:
    """Whether the store that opens is the new one; it is checked that it is one of the two."""
    try:
        with Device.open(folder, fake) as device:
            assert set(shown(device, "note").values()) == TEXTS
            assert device.pending() == len(TEXTS)
            assert device.verify().sound
    except StoreUnreadable:
        assert (folder / FILE).read_bytes() == (damaged / FILE).read_bytes()
        Device.rebuild(folder, fake)
        with Device.open(folder, fake) as device:
            assert set(shown(device, "note").values()) == TEXTS
        return False
    return True


def _rebuilt(steps: Steps, folder: Path, fake: Fake, crash_at: int | None) -> bool:
    """Whether the rebuild came to its end."""
    steps.begin(crash_at)
    try:
        Device.rebuild(folder, fake)
    except Crash:
        return False
    finally:
        steps.crash_at = None
    return True


def test_a_crash_between_any_two_steps(
    steps: Steps, damaged: tuple[Fake, Path], tmp_path: Path
) -> None:
    fake, store = damaged
    outcomes = []
    for at in range(50):
        folder = copied(store, tmp_path / str(at))
        if _rebuilt(steps, folder, fake, at):
            break
        outcomes.append(_is_rebuilt(folder, fake, store))
    assert len(outcomes) > 10, "steps that were taken"
    assert outcomes == sorted(outcomes), "once it is the new store, it stays so"
    assert {*outcomes} == {False, True}


def test_the_power_may_undo_what_was_not_synced(
    steps: Steps, damaged: tuple[Fake, Path], tmp_path: Path
) -> None:
    """All of it, or any one step alone."""
    fake, store = damaged
    tried = 0
    for at in range(50):
        back = 0  # 0: all of them; else that one
        while True:
            folder = copied(store, tmp_path / f"{at} {back}")
            if _rebuilt(steps, folder, fake, at):
                assert tried > 5
                return
            undo = steps.undo[::-1]
            for step in undo[back - 1 : back] if back else undo:
                step()
            if undo:
                _is_rebuilt(folder, fake, store)
                tried += 1
            if len(undo) < 2 or back == len(undo):
                break
            back += 1
    raise AssertionError("it does not end")


def test_an_opening_that_crashes_is_gone_on_with(
    steps: Steps, damaged: tuple[Fake, Path], tmp_path: Path
) -> None:
    """From the moment of the new name on, any number of openings may crash at any step."""
    fake, store = damaged
    folder = copied(store, tmp_path / "begun")
    at = next(n for n in range(50) if not _rebuilt(steps, folder, fake, n) and _begun(folder))
    assert at > 0
    for at in range(50):
        again = copied(folder, tmp_path / f"again {at}")
        steps.begin(at)
        try:
            Device.open(again, fake).close()
            break
        except Crash:
            steps.crash_at = None
            assert _is_rebuilt(again, fake, store)
    assert at > 5


def _begun(folder: Path) -> bool:
    return (folder / REBUILT).exists()

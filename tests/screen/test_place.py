"""What the screen keeps in its folder, while a sync and a page write at once."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from device_sdk.disk import write_durably
from device_sdk.screen.place import Person, Place

MOMENT = 0.2  # seconds in which somebody else would write


def test_a_name_that_a_sync_learns_does_not_undo_the_switch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place, person = Place(tmp_path), Person("1", "http://office.test")
    place.add(person)
    begun, other = threading.Event(), threading.Event()

    def slow(path: Path, content: bytes) -> None:
        if not begun.is_set():
            begun.set()
            other.wait(MOMENT)
        write_durably(path, content)
        other.set()

    monkeypatch.setattr("device_sdk.screen.place.write_durably", slow)
    sync = threading.Thread(target=place.change, args=(person,), kwargs={"name": "Anna"})
    sync.start()
    assert begun.wait(10)
    place.set_airplane(True)
    sync.join()
    kept = Place(tmp_path).known
    assert (kept.airplane, [one.name for one in kept.people]) == (True, ["Anna"])
    assert place.known == kept

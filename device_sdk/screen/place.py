"""The folder of a device that people share: a store for each of them, and what is known of all."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import msgspec

from device_sdk.disk import write_durably
from device_sdk.errors import Advice, SyncError

FILE = "screen.json"
MAX_PEOPLE = 20


class PlaceUnreadable(SyncError):
    """The folder's own file was damaged, or is of something else."""

    code = "screen.folder_unreadable"
    advice = Advice.STOP


class TooManyPeople(SyncError):
    """The device is shared by as many as can share it."""

    code = "screen.too_many_people"
    advice = Advice.FIX


class Person(msgspec.Struct, frozen=True):
    """Somebody who was enrolled here. folder: of their store. name: as the last sync told it, empty
    before the first one.
    """

    folder: str
    server: str
    name: str = ""


class Known(msgspec.Struct, frozen=True):
    """What the file has."""

    airplane: bool = False
    people: tuple[Person, ...] = ()


class Place:
    """Kept durably at each change, also where a page and a sync change it at once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            raw = (folder / FILE).read_bytes()
        except FileNotFoundError:
            raw = msgspec.json.encode(Known())
        try:
            self.known = msgspec.json.decode(raw, type=Known)
        except msgspec.DecodeError as error:
            raise PlaceUnreadable(f"{folder / FILE} cannot be read: {error}") from None

    def _keep(self, change: Callable[[Known], Known]) -> None:
        with self._lock:
            known = change(self.known)
            write_durably(self._folder / FILE, msgspec.json.encode(known))
            self.known = known

    def set_airplane(self, on: bool) -> None:
        """It holds for everybody who uses the device."""
        self._keep(lambda known: msgspec.structs.replace(known, airplane=on))

    def person(self, folder: str) -> Person | None:
        """The one with that folder."""
        return next((p for p in self.known.people if p.folder == folder), None)

    def store(self, person: Person) -> Path:
        """Where their store is."""
        return self._folder / person.folder

    def next_person(self, server: str) -> Person:
        """The one who is about to be enrolled; an enrolment that was begun goes on there."""
        number = 1 + max((int(p.folder) for p in self.known.people), default=0)
        if number > MAX_PEOPLE:
            raise TooManyPeople(f"{MAX_PEOPLE} people are enrolled on this device already.")
        return Person(str(number), server)

    def add(self, person: Person) -> None:
        """Somebody whose enrolment has succeeded."""
        self._keep(lambda known: msgspec.structs.replace(known, people=(*known.people, person)))

    def start_over(self, person: Person) -> None:
        """Forget an enrolment that was begun and not finished."""
        if self.person(person.folder) is None:
            shutil.rmtree(self.store(person), ignore_errors=True)

    def change(self, person: Person, **changes: str) -> Person:
        """Another name or server of somebody."""
        changed = msgspec.structs.replace(person, **changes)

        def with_it(known: Known) -> Known:
            people = tuple(changed if p.folder == person.folder else p for p in known.people)
            return msgspec.structs.replace(known, people=people)

        self._keep(with_it)
        return changed

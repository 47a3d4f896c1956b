"""Work that goes on for years, with the rows of each table counted now and then.

There are as many customers, contacts and people at the end as at the beginning; devices stay away
for up to three times as long as things are kept. So a table that has grown is one that nothing
drops from.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from pathlib import Path
from random import Random

import sqlalchemy as sa

from syncengine.model.entity import Action
from syncengine.store.backup import all_tables
from syncengine.store.compaction import Retention, compact
from syncengine.store.database import reading
from syncengine.store.doctor import doctor
from syncengine.store.review_queue import entries, reject
from syncengine.store.reviews import Kind
from tests.support.days import Days
from tests.support.wire import NaiveDevice
from tests.support.world import DAY

SHOPS, CONTACTS = 12, 6
KEPT = 20  # days, all of it
SLACK = 1.5  # by how much chance may make one stretch fuller than another

Counts = dict[str, int]


class Soak:
    """One database, its office and three devices."""

    def __init__(self, url: str, folder: Path, seed: int) -> None:
        self.days = Days(url, folder)
        self.world = self.days.world
        self._random = Random(seed)
        self._shops = self.world.customers("a", SHOPS)
        self._contacts = deque(self._contact() for _ in range(CONTACTS))
        self._devices = [NaiveDevice(self.world, who) for who in ("a", "b", "boss")]
        self._back = dict.fromkeys(range(len(self._devices)), 0)

    def _contact(self) -> bytes:
        shop = self._random.choice(self._shops)
        return self.world.insert("contact", customer=shop, name="Ann", active=True)

    def day(self) -> None:
        """The office and the devices work, and what is too old goes."""
        self.days.day += 1
        world, pick = self.world, self._random
        for _ in range(3):
            world.update("customer", pick.choice(self._shops), phone=str(pick.random()))
        who = pick.choice([None, "a", "b", "boss"])
        owner = world.people[who] if who else None
        world.update("customer", pick.choice(self._shops), owner=owner)
        world.write([world.operation(Action.DELETE, "contact", self._contacts.popleft())])
        self._contacts.append(self._contact())
        for number, device in enumerate(self._devices):
            if self._back[number] <= self.days.day:
                self._work(device)
                if pick.random() < 0.05:
                    self._back[number] = self.days.day + pick.randint(2, 3 * KEPT)
        for kind in Kind:
            for entry in entries(world.store, kind, False, 100)[0]:
                reject(world.store, kind, entry.number, "no")
        compact(world.store, Retention(KEPT * DAY, KEPT * DAY, KEPT * DAY))

    def _work(self, device: NaiveDevice) -> None:
        """Two edits of what it holds; the checkpoint's sums are compared by the device itself."""
        held = sorted(device.ids("customer"))
        edits = [
            device.changeset(device.update("customer", row, city=str(self._random.random())))
            for row in self._random.sample(held, min(2, len(held)))
        ]
        device.sync(*edits)

    def counts(self) -> Counts:
        """The rows of each table."""
        count = sa.func.count()
        with reading(self.world.store.engine) as connection:
            return {
                str(table.name): connection.scalar(sa.select(count).select_from(table)) or 0
                for table in all_tables(self.world.store.schema)
            }

    def is_sound(self) -> bool:
        """By the doctor."""
        return doctor(self.world.store).ok


def stretches(soak: Soak) -> Iterator[Counts]:
    """The fullest that each table was in each stretch of twice as many days as things are kept."""
    while True:
        fullest: Counts = {}
        for _ in range(2 * KEPT):
            soak.day()
            for name, number in soak.counts().items():
                fullest[name] = max(number, fullest.get(name, 0))
        yield fullest


def grown(early: Counts, late: Counts) -> dict[str, tuple[int, int]]:
    """Tables that hold more than they did, by more than chance."""
    return {
        name: (early[name], number)
        for name, number in late.items()
        if number > SLACK * max(early[name], 10)
    }

"""A world with rows in it, two devices for each of four people, and steps to change it by."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from syncengine.model.changeset import Operation
from syncengine.model.entity import Action
from syncengine.store import clock as clocks
from syncengine.store import tables as t
from syncengine.store.database import reading
from tests.support.wire import NaiveDevice
from tests.support.world import World

PEOPLE = ("boss", "a", "b", "c")
Key = tuple[int, bytes]
Step = tuple[str, Any, Any]  # a name in STEPS, and what it takes


class Scene:
    """A world with some rows, and two devices for each of four people: one real, one naive."""

    def __init__(self, url: str, folder: Path, customers_of: list[str | None]) -> None:
        self.world = World(url or f"sqlite:///{folder}/s.db", folder)
        people = self.world.people
        people["c"] = self.world.insert("employee", number="c", active=True, manager=people["b"])
        for number, owner in enumerate(customers_of):
            customer = self.world.customer(owner, str(number))
            for name in ("Ann", "Bob")[: number % 3]:
                self.world.insert("contact", customer=customer, name=name, active=True)
        self.world.insert("note", author=people["a"], text="private")
        self.real = {name: self.world.enrol(name) for name in PEOPLE}
        self.naive = {name: NaiveDevice(self.world, name) for name in PEOPLE}
        self.sync()

    def close(self) -> None:
        """The devices and the world."""
        for device in self.real.values():
            device.close()
        self.world.close()

    def ids(self, entity: str) -> list[bytes]:
        """Of this world: an earlier one may share the database."""
        table = self.world.store.tables[entity]
        mine = min(self.world.people.values())
        with reading(self.world.store.engine) as connection:
            return list(
                connection.scalars(sa.select(table.c.id).where(table.c.id > mine).order_by("id"))
            )

    def pick(self, entity: str, which: int) -> bytes | None:
        """One of them, by any number."""
        ids = self.ids(entity)
        return ids[which % len(ids)] if ids else None

    def sync(self) -> dict[str, int]:
        """Everybody; by person, the rows that came to the real device."""
        for naive in self.naive.values():
            naive.sync()
        return {name: device.sync().rows_received for name, device in self.real.items()}

    def state(self) -> tuple[object, ...]:
        """The clock, and how much there is of what a write would write."""
        counted = (t.changeset, t.operation, t.membership, t.record, t.bucket, t.verdict)
        with reading(self.world.store.engine) as connection:
            sizes = [connection.scalar(sa.select(sa.func.count()).select_from(x)) for x in counted]
            return clocks.read(connection), sizes

    def versions(self) -> dict[Key, int]:
        """Of every row, as the server has it."""
        r = t.record.c
        with reading(self.world.store.engine) as connection:
            rows = connection.execute(sa.select(r.tag, r.row_id, r.version))
            return {(tag, row_id): version for tag, row_id, version in rows}


def operations_of(scene: Scene, change: list[Step]) -> list[Operation]:
    """What the steps mean in this world; steps without a row to act on mean nothing."""
    made: list[Operation] = []
    for name, first, second in change:
        made += STEPS[name](scene, first, second)
    return made


def _update(scene: Scene, entity: str, row: bytes | None, **fields: Any) -> list[Operation]:
    if row is None:
        return []
    return [scene.world.operation(Action.UPDATE, entity, row, **fields)]


def _insert(scene: Scene, entity: str, **fields: Any) -> list[Operation]:
    row = scene.world.environment.new_id()
    return [scene.world.operation(Action.INSERT, entity, row, **fields)]


def _delete(scene: Scene, entity: str, which: int) -> list[Operation]:
    row = scene.pick(entity, which)
    return [scene.world.operation(Action.DELETE, entity, row)] if row else []


def _many(scene: Scene, which: list[int], **fields: Any) -> list[Operation]:
    rows = {scene.pick("customer", one) for one in which}
    return [o for row in rows for o in _update(scene, "customer", row, **fields)]


def _switch(scene: Scene, absent: str, substitute: str) -> list[Operation]:
    """On, or off when it is on."""
    people, c = scene.world.people, scene.world.store.tables["substitution"].c
    named = sa.and_(
        c.absent == people[absent], c.substitute == people[substitute], c.only_listed.is_(None)
    )
    with reading(scene.world.store.engine) as connection:
        found = connection.execute(sa.select(c.id, c.active).where(named)).first()
    if found is not None:
        return _update(scene, "substitution", found.id, active=not found.active)
    if absent == substitute:
        return []
    who = {"absent": people[absent], "substitute": people[substitute]}
    return _insert(scene, "substitution", **who, active=True)


def _lend(scene: Scene, which: int, who: tuple[str, str]) -> list[Operation]:
    """List a customer, or no longer: in the first substitution of the two, or in a new one."""
    (absent, substitute), customer = who, scene.pick("customer", which)
    if absent == substitute or customer is None:
        return []
    tables, people = scene.world.store.tables, scene.world.people
    c, lines = tables["substitution"].c, tables["substitution_customer"].c
    named = {"absent": people[absent], "substitute": people[substitute]}
    with reading(scene.world.store.engine) as connection:
        by = connection.scalar(
            sa.select(c.id)
            .where(*(c[field] == row for field, row in named.items()), c.only_listed.is_(True))
            .order_by(c.id)
        )
        line = connection.scalar(
            sa.select(lines.id).where(lines.substitution == by, lines.customer == customer)
        )
    if line is not None:
        return [scene.world.operation(Action.DELETE, "substitution_customer", line)]
    made = [] if by else _insert(scene, "substitution", **named, active=True, only_listed=True)
    by = by or made[0].row_id
    return [*made, *_insert(scene, "substitution_customer", substitution=by, customer=customer)]


def _contact(scene: Scene, which: int) -> list[Operation]:
    customer = scene.pick("customer", which)
    if customer is None:
        return []
    return _insert(scene, "contact", customer=customer, name="Eva", active=True)


STEPS: dict[str, Callable[[Scene, Any, Any], list[Operation]]] = {
    "reassign": lambda s, which, who: _many(s, which, owner=s.world.people.get(who)),
    "deactivate": lambda s, which, _: _many(s, which, active=False),
    "move_contact": lambda s, which, to: _update(
        s, "contact", s.pick("contact", which), customer=s.pick("customer", to)
    ),
    "promote": lambda s, who, to: _update(
        s, "employee", s.world.people[who], manager=s.world.people.get(to)
    ),
    "switch": lambda s, absent, substitute: _switch(s, absent, substitute),
    "lend": lambda s, which, who: _lend(s, which, who),
    "new_customer": lambda s, number, who: _insert(
        s, "customer", number=f"n{number}", name="New", active=True,
        owner=s.world.people.get(who),
    ),
    "new_contact": lambda s, which, _: _contact(s, which),
    "new_note": lambda s, number, who: _insert(
        s, "note", author=s.world.people[who], text=f"note {number}"
    ),
    "delete_contact": lambda s, which, _: _delete(s, "contact", which),
    "delete_note": lambda s, which, _: _delete(s, "note", which),
}  # fmt: skip

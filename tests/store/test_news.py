"""Whom commits may concern: nobody with news is left out, and others are left in peace."""

from __future__ import annotations

import itertools
import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syncengine.protocol.messages import Chunk, Grants
from syncengine.store import news
from syncengine.store.news import Reader
from tests.support.wire import NaiveDevice
from tests.support.world import World

NAMES = ("boss", "a", "b")


class Office:
    """Edits of every kind that moves rows or grants; `pick` chooses among what there is."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.numbers = itertools.count(1)
        self.market = world.insert("market", number="m", name="Market")
        self.customers = [world.customer(who, who, market=self.market) for who in ("a", "b")]
        self.switch = world.insert("substitution", active=False, **self._pair(0))
        self.article = world.insert("article", number="1", name="Article", active=True)

    def _pair(self, pick: int) -> dict[str, bytes]:
        pairs = [("a", "b"), ("b", "a")]
        absent, substitute = (self.world.people[n] for n in pairs[pick % 2])
        return {"absent": absent, "substitute": substitute}

    def _new(self) -> str:
        return str(next(self.numbers))

    def edit(self, pick: int) -> None:
        """A field of a customer."""
        row = self.customers[pick % len(self.customers)]
        self.world.update("customer", row, phone=self._new())

    def move(self, pick: int) -> None:
        """A customer to another owner, or to nobody."""
        row = self.customers[pick % len(self.customers)]
        owner = [*NAMES, None][pick % 4]
        self.world.update("customer", row, owner=self.world.people[owner] if owner else None)

    def add(self, pick: int) -> None:
        """A customer."""
        self.customers.append(self.world.customer(NAMES[pick % 3], self._new()))

    def follow(self, pick: int) -> None:
        """A row that follows a customer."""
        row = self.customers[pick % len(self.customers)]
        self.world.insert("contact", customer=row, name=self._new(), active=True)

    def note(self, pick: int) -> None:
        """A personal row; the first one makes a bucket."""
        self.world.insert("note", author=self.world.people[NAMES[pick % 3]], text=self._new())

    def substitute(self, pick: int) -> None:
        """Grants change, no row does."""
        self.world.update("substitution", self.switch, active=bool(pick % 2))

    def everyone(self, _pick: int) -> None:
        """A row that everybody holds."""
        self.world.update("article", self.article, name=self._new())

    def lead(self, pick: int) -> None:
        """Somebody gets another manager."""
        boss = self.world.people["boss"] if pick % 2 else None
        self.world.update("employee", self.world.people["a"], manager=boss)

    def rule(self, pick: int) -> None:
        """A rule that shows customers to one person more."""
        audience = self.world.insert("audience", number=self._new(), name="x")
        member = self.world.people[NAMES[pick % 3]]
        self.world.insert("audience_member", audience=audience, employee=member, below=False)
        condition = {"field": "phone", "op": "less", "value": str(pick)}
        self.world.insert(
            "rule", number=self._new(), name="x", target="customer", audience=audience,
            condition=json.dumps(condition, sort_keys=True, separators=(",", ":")), active=True,
        )  # fmt: skip

    def catalogue(self, _pick: int) -> None:
        """A row that reaches whoever has a customer in a market."""
        made = self.world.insert("catalogue", number=self._new(), name="x", active=True)
        self.world.insert("catalogue_market", catalogue=made, market=self.market)


KINDS = ("edit", "move", "add", "follow", "note", "substitute", "everyone", "lead", "rule",
         "catalogue")  # fmt: skip
Step = tuple[str, int, list[bool]]
STEPS = st.lists(
    st.tuples(st.sampled_from(KINDS), st.integers(0, 11), st.lists(st.booleans(), min_size=3,
              max_size=3)), min_size=4, max_size=14)  # fmt: skip


@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(STEPS)
def test_who_is_not_concerned_has_no_news(steps: list[Step]) -> None:
    """Whatever a sync brings, a hint was due before: for stores that sync when they like."""
    with tempfile.TemporaryDirectory() as folder:
        world = World(f"sqlite:///{folder}/server.db", Path(folder))
        office, reader = Office(world), Reader(world.store.engine, world.store.schema)
        devices = {d.seat.id: d for d in (NaiveDevice(world, name) for name in NAMES)}
        due = set(reader.read(devices).seats)
        assert due == devices.keys()
        for kind, pick, syncing in steps:
            getattr(office, kind)(pick)
            due |= set(reader.read(devices).seats)
            for (seat, device), now in zip(devices.items(), syncing, strict=True):
                if now:
                    device.sync()
                    news = [m for m in device.messages if isinstance(m, Chunk | Grants)]
                    assert seat in due or not news, (kind, device.person, news)
                    due.discard(seat)
        world.close()


def test_an_edit_concerns_its_holders_alone(world: World) -> None:
    mine, other = world.customer("a", "1"), world.customer("b", "2")
    devices = [NaiveDevice(world, name) for name in NAMES]
    names = {device.seat.id: device.person for device in devices}
    reader = Reader(world.store.engine, world.store.schema)

    def concerned() -> set[str]:
        return {names[seat] for seat in reader.read(names).seats}

    assert concerned() == set(NAMES), "who has nothing yet may be concerned"
    for device in devices:
        device.sync()  # told, not proved yet
    for row, holders in ((mine, {"boss", "a"}), (other, {"boss", "b"})):
        world.update("customer", row, phone="1")
        assert concerned() == holders
    for device in devices:
        device.sync()
    world.update("customer", mine, owner=world.people["b"])
    assert concerned() == set(NAMES), "it leaves one and comes to the other"
    assert concerned() == set()
    world.insert("substitution", active=True, absent=world.people["a"],
                 substitute=world.people["b"])  # fmt: skip
    assert concerned() == set(NAMES), "grants changed"


def test_too_much_at_once_concerns_everybody(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    row = world.customer("a", "1")
    device = NaiveDevice(world, "b")
    device.sync()
    reader = Reader(world.store.engine, world.store.schema)
    reader.read([device.seat.id])
    monkeypatch.setattr(news, "MAX_VERSIONS", 3)
    for number in range(3):
        world.update("customer", row, phone=str(number))
    assert list(reader.read([device.seat.id]).seats) == []
    for number in range(4):
        world.update("customer", row, phone=f"again {number}")
    assert list(reader.read([device.seat.id]).seats) == [device.seat.id]

"""The client that was written from docs/PROTOCOL.md alone, against the real server and beside the
SDK.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import pytest

from device_sdk import Device
from device_sdk.transport import HttpTransport
from syncengine.protocol.limits import SPOKEN
from tests.naive.client import Client, Cut
from tests.server.conftest import Served, Start
from tests.server.pair import Both, Wire
from tests.support.world import DAY, World

EDITED = ("phone", "remark", "city")


Enrol = Callable[[str], Both]


@pytest.fixture(params=SPOKEN, ids=["version 1", "version 2"])
def enrol(
    world: World, start: Start, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[Enrol]:
    """Both devices of a person, enrolled at the running server; the naive one speaks either version
    of the protocol (invariant 25).
    """
    served: Served = start()
    with ExitStack() as stack:

        def _enrol(person: str) -> Both:
            codes = [world.store.seats.create_code(world.people[person], DAY) for _ in range(2)]
            wire = Wire(served.client)
            naive = Client(wire.post, request.param)
            naive.enrol(codes[0])
            where = HttpTransport(served.client.url)
            sdk = Device.enrol(tmp_path / f"sdk-{person}", where, codes[1], person)
            stack.enter_context(sdk)
            return Both(person, sdk, naive, wire)

        yield _enrol


def _audience(world: World, number: str, *members: str) -> bytes:
    audience = world.insert("audience", number=number, name=number)
    for name in members:
        world.insert("audience_member", audience=audience, employee=world.people[name], below=False)
    return audience


def test_a_facet_comes_with_its_audience_and_a_substitution(world: World, enrol: Enrol) -> None:
    customer = world.customer("a", "1")
    world.insert("customer_terms", customer=customer, credit_limit=5_000_00)
    audience = _audience(world, "customer_terms", "a")
    a, b = enrol("a"), enrol("b")
    for both in (a, b):
        both.sync()
        both.compare()
    assert a.naive.store.shown("customer")[customer][-2] == 5_000_00
    switch = world.insert(
        "substitution", absent=world.people["a"], substitute=world.people["b"], active=True
    )
    b.sync()
    b.compare()
    assert b.naive.store.shown("customer")[customer][-2] is None
    world.insert("audience_member", audience=audience, employee=world.people["b"], below=False)
    b.sync()
    b.compare()
    assert b.naive.store.shown("customer")[customer][-2] == 5_000_00
    world.update("substitution", switch, active=False)
    b.sync()
    assert b.compare()["customer_terms"] == 0


def test_refused_late_and_lost_work(world: World, enrol: Enrol) -> None:
    """Nothing blocks the line, and everybody shows what the server has."""
    customer, foreign = world.customer("a", "1", city="x"), world.customer("b", "2")
    a = enrol("a")
    a.sync()
    store = a.naive.store
    store.change(("update", "customer", foreign, {"phone": "mine"}))
    store.change(("update", "customer", customer, {"number": "7"}))
    store.change(("update", "customer", customer, {"city": "mine"}))
    world.update("customer", customer, city="office")
    (contact,) = store.change(
        ("insert", "contact", None, {"customer": customer, "name": "Eve", "active": True})
    )
    store.change(("update", "contact", contact, {"role": "boss"}))
    a.sync()
    outcomes = [e["verdict"]["outcome"] for _, e in sorted(store.outbox.items())]
    assert outcomes == ["rejected", "rejected", "merged", "accepted", "accepted"]
    assert store.outbox[3]["verdict"]["losses"] == [
        {"operation": 0, "field": 6, "lost": "mine", "kept": "office"}
    ]
    assert a.codes == {"row.unknown", "field.denied"}
    assert a.compare()["contact"] == 1
    store.change(("update", "customer", customer, {"phone": "late"}))
    world.update("customer", customer, owner=world.people["b"])
    a.sync()
    assert "late.quarantined" in a.codes
    assert a.compare()["customer"] == 0


def test_a_substitution_to_come_is_for_reading(world: World, enrol: Enrol) -> None:
    customer = world.customer("a", "1")
    b = enrol("b")
    starts = world.environment.now() + DAY
    world.insert(
        "substitution", absent=world.people["a"], substitute=world.people["b"], active=True,
        starts_at=starts, ends_at=starts + DAY, lead_days=2,
    )  # fmt: skip
    b.sync()
    b.compare()
    (grant,) = [g for g in b.naive.store.grants if g["reason"] == "substitution"]
    assert (grant["write_from"], grant["write_until"]) == (starts, starts + DAY)
    assert grant["hide_at"] == starts + DAY
    assert customer in b.naive.store.shown("customer")
    assert b.naive.store.shown("customer", at=starts + DAY) == {}
    b.naive.store.change(("update", "customer", customer, {"phone": "1"}))
    b.sync()
    assert b.codes == {"substitution.to_come"}


def test_a_pull_that_breaks_off_goes_on(world: World, enrol: Enrol) -> None:
    world.customers("a", 3_500)
    a = enrol("a")
    for cut in (4, 100, 40_000):
        a.wire.cut_after = cut
        with pytest.raises(Cut):
            a.naive.sync()
        assert a.naive.store.shown("employee") == {}, "nothing shows before its checkpoint"
    pull = a.naive.store.pull
    assert pull is not None
    assert pull.cursors
    staged = len(pull.rows)
    a.naive.sync()
    assert staged > 900
    a.sync()
    assert a.compare()["customer"] == 3_500


def test_damage_is_found_and_repaired(world: World, enrol: Enrol) -> None:
    customers = world.customers("a", 20)
    a = enrol("a")
    a.sync()
    store = a.naive.store
    lost = next(key for key in store.rows if key[1] == customers[0])
    for rows in store.buckets.values():
        rows.pop(lost, None)
    world.update("customer", customers[1], phone="5")
    a.sync()
    assert a.compare()["customer"] == 20


class Chance:
    """Whatever may happen, by a seed."""

    def __init__(self, world: World, seed: int) -> None:
        self.random = random.Random(seed)
        self._world = world
        self._people = [world.people[name] for name in ("a", "b", "boss")]
        self._customers = [
            world.customer(self.random.choice(("a", "b", "boss")), str(n)) for n in range(12)
        ]
        for customer in self._customers[:6]:
            world.insert("customer_terms", customer=customer, credit_limit=500)
        self._audience = _audience(world, "customer_terms")
        self._switch: bytes | None = None

    def edit(self) -> dict[str, Any]:
        """One field with something in it."""
        return {self.random.choice(EDITED): str(self.random.random())}

    def office(self) -> None:
        """The office moves, edits, switches, or lets somebody see more."""
        world, customer = self._world, self.random.choice(self._customers)
        person = self.random.choice(self._people)
        match self.random.randrange(5):
            case 0:
                world.update("customer", customer, owner=person)
            case 1:
                world.update("customer", customer, **self.edit())
            case 2:
                self._substitute()
            case 3:
                world.insert(
                    "audience_member", audience=self._audience, employee=person, below=False
                )
            case 4:
                world.insert("contact", customer=customer, name="Ann", active=True)

    def _substitute(self) -> None:
        """On or off."""
        world = self._world
        if self._switch is not None:
            world.update("substitution", self._switch, active=False)
            self._switch = None
            return
        absent, substitute = self.random.sample(self._people[:2], 2)
        self._switch = world.insert(
            "substitution", absent=absent, substitute=substitute, active=True
        )

    def work(self, both: Both) -> None:
        """On both devices; the naive one does not look whether it holds the customer."""
        store, customer = both.naive.store, self.random.choice(self._customers)
        match self.random.randrange(3):
            case 0:
                store.change(("insert", "note", None, {"author": store.person, "text": "x"}))
            case 1:
                named = {"customer": customer, "name": "Eve", "active": True}
                store.change(("insert", "contact", None, named))
            case 2:
                store.change(("update", "customer", customer, self.edit()))
        held = both.sdk.rows("customer", "1 ORDER BY id")
        if held:
            with both.sdk.changeset() as changes:
                changes.update("customer", self.random.choice(held).id, **self.edit())

    def sync(self, both: Both) -> None:
        """Perhaps cut somewhere."""
        both.wire.cut_after = self.random.choice([None, self.random.randrange(3_000)])
        with suppress(Cut):
            both.naive.sync()
        both.wire.cut_after = None
        both.sdk.sync()


@pytest.mark.parametrize("seed", range(3))
def test_whatever_happens_both_show_the_same(world: World, enrol: Enrol, seed: int) -> None:
    """Edits here and there, moves, substitutions, audiences and cuts, at random."""
    chance = Chance(world, seed)
    pairs = [enrol(name) for name in ("a", "b")]
    for _ in range(40):
        both = chance.random.choice(pairs)
        if chance.random.random() < 0.6:
            chance.office()
        else:
            chance.work(both)
        if chance.random.random() < 0.4:
            chance.sync(both)
    for both in pairs * 2:
        both.sync()
    for both in pairs:
        assert both.compare()["customer"]
        assert not both.naive.store.waiting()


def test_lost_rows_come_back(world: World, enrol: Enrol) -> None:
    """In version 1 with their whole bucket, in version 2 with their range."""
    world.customers("a", 60)
    a = enrol("a")
    a.sync()
    store = a.naive.store
    lost, changed = sorted(key for key in store.rows if key[0] == store.tag("customer"))[:2]
    del store.rows[lost]
    world.update("customer", changed[1], phone="1")
    a.sync()
    a.compare()
    assert lost in store.rows

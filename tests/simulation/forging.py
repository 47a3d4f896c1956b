"""What no client of ours makes: operations that can never be, envelopes and greetings that claim
what is not so.
"""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec import structs

from syncengine.model.changeset import Base, Operation
from syncengine.model.entity import Action
from syncengine.model.ids import ZERO_ID
from syncengine.protocol.messages import (
    Cursor,
    Hello,
    Repair,
    Signed,
)
from tests.fleet.office import PEOPLE
from tests.simulation import ledger
from tests.simulation.imports import ImportingLife
from tests.simulation.witness import real
from tests.support.wire import NaiveDevice
from tests.support.world import SCHEMA

OFFICES_OWN = (
    "employee", "market", "substitution", "substitution_customer", "rule", "audience",
    "audience_member", "customer_terms", "office_user", "office_role", "office_user_right",
)  # fmt: skip
OWNER, MARKET, PHONE, TEXT = 3, 4, 12, 3  # fields of customer and note
HUGE = (-1, 0, 2**31, 2**62, 2**63 - 1)
WORDS: tuple[dict[str, int], ...] = (
    {"masterdata": 0}, {"masterdata": -1}, {"masterdata": 99}, {"masterdata": 1, "nothing": 1},
)  # fmt: skip
VALUES = (None, "", "x" * 500, -1, 0, 2**62, True, b"", bytes(16), "\x00", "1")


class ForgingLife(ImportingLife):
    """Makes them; `rogue` is whose they are."""

    # -- operations that can never be

    def allowed(self, rogue: NaiveDevice, random: Random) -> Operation:
        """One that is fine, and must not take effect with the others."""
        who = rogue.person
        mine = [row for row in self.customers if self.oracle.works(who, row, self.now)]
        if mine and random.random() < 0.5:
            return rogue.update("customer", random.choice(mine), phone="rogue")
        return rogue.note("of a rogue")

    def on_offices_own(self, rogue: NaiveDevice, random: Random) -> Operation:
        """What the office alone writes."""
        oracle, own = self.oracle, self.world.people[rogue.person]
        rows = [*oracle.people.values(), *oracle.above, *oracle.switch, *oracle.shown]
        row = random.choice([*rows, rogue.new_id()])
        action = random.choice(list(Action))
        values = (own, random.choice(rows), True, "x", random.choice(VALUES))
        numbers = range(1, random.randint(2, 6))
        fields = {} if action is Action.DELETE else {n: random.choice(values) for n in numbers}
        return Operation(action, SCHEMA.tags[random.choice(OFFICES_OWN)], row, fields)

    def on_unknown(self, rogue: NaiveDevice, random: Random) -> Operation:
        """An entity or a field that there is not."""
        if random.random() < 0.5:
            tag = random.choice((0, 1, 65_535, 2**31, *HUGE))
            return Operation(random.choice(list(Action)), tag, rogue.new_id(), {1: "x"})
        note = rogue.note()
        unknown = {random.choice((0, 77, 151, 250, *HUGE)): random.choice(VALUES)}
        return replace(note, fields=unknown | dict(note.fields))

    def on_foreign(self, rogue: NaiveDevice, random: Random) -> Operation:
        """A customer or a note of somebody else, which this person never had."""
        seen = self.ever[rogue.person] | self.oracle.slice(rogue.person, self.now)
        rows = [("customer", row) for row in self.customers] + [
            ("note", r) for r in self.oracle.note
        ]
        others = [key for key in rows if key not in seen]
        if not others:
            return self.on_unknown(rogue, random)
        entity, row = random.choice(others)
        tag = SCHEMA.tags[entity]
        if random.random() < 0.3:
            return Operation(Action.DELETE, tag, row, {})
        if entity == "customer" and random.random() < 0.5:
            return rogue.insert("contact", customer=row, name="x", active=True)
        number = PHONE if entity == "customer" else TEXT
        return Operation(Action.UPDATE, tag, row, {number: "x"})

    def worded(self, rogue: NaiveDevice, random: Random) -> Operation:
        """Values, rows and ids that cannot be, where the person may write otherwise."""
        people, customer = self.world.people, random.choice(self.customers)
        own, other = people[rogue.person], people[_other(rogue.person, random)]
        note, tag = rogue.note(), SCHEMA.tags["customer"]
        unbound = self.world.environment.new_id()
        taken = random.choice([*self.customers, *self.oracle.note])
        return random.choice((
            rogue.insert("note", author=other, text="x"),
            rogue.insert("note", author=unbound, text="x"),
            rogue.insert("note", author=own, text=random.choice((5, None, b"x", "x" * 100_000))),
            rogue.insert("note", row_id=random.choice((unbound, taken)), author=own, text="x"),
            rogue.insert("note", author=own, customer=unbound, text="x"),
            rogue.insert("contact", name="x"),
            Operation(Action.UPDATE, tag, customer, {OWNER: own}),
            Operation(Action.UPDATE, tag, customer, {MARKET: None}),
            Operation(Action.UPDATE, tag, customer, {PHONE: random.choice((5, b"x", "x" * 999))}),
            Operation(Action.DELETE, tag, customer, {}),
            Operation(Action.INSERT, tag, rogue.new_id(), {1: "n", 2: "n", OWNER: own}),
            replace(note, row_id=random.choice((b"", b"x", bytes(16), bytes(17)))),
        ))  # fmt: skip

    # -- envelopes, greetings

    def envelope(
        self, rogue: NaiveDevice, note: Operation, random: Random
    ) -> tuple[str, list[Signed], bool]:
        """(what is wrong, what is sent, whether it may be taken all the same)."""
        number, make = rogue.sequence + 1, rogue.changeset
        other = self.world.people[_other(rogue.person, random)]
        status, environment = self.world.store.status(), self.world.environment
        good = make(note)
        no, yes = False, True
        kinds: dict[str, tuple[list[Signed], bool]] = {
            "another key": ([make(note, sequence=number, key=Ed25519PrivateKey.generate())], no),
            "another actor": (
                [make(note, sequence=number, actor=other)],
                no,
            ),
            "another store": ([make(note, sequence=number, incarnation=environment.new_id())], no),
            "no number": ([make(note, sequence=random.choice((*HUGE, number + 1)))], no),
            "words of nobody": (
                [make(note, sequence=number, modules=random.choice(WORDS))], no,
            ),
            "somebody's id": ([make(note, sequence=number, id=ledger.an_id(self.world.store))], no),
            "bytes cut": ([Signed(good.body[:-3], good.signature)], no),
            "twice": ([good, good, make(rogue.note(), sequence=number)], yes),
            "needs": ([make(note, sequence=number, needs=random.choice(
                ((number,), (number + 1,), (0,), (10**6,), HUGE)))], yes),
            "a base to come": ([make(note, sequence=number, base=random.choice((
                Base(status.epoch, status.version + 1000), Base(status.epoch, 2**62),
                Base(environment.new_id(), 1), Base(ZERO_ID, 5))))], yes),
            "no time": ([make(note, sequence=number, device_time=random.choice(HUGE))], yes),
            "nothing": ([make(sequence=number)], yes),
        }  # fmt: skip
        if number > 1:
            again = make(rogue.note(), sequence=random.randrange(1, number))
            kinds["a number again"] = ([again], no)
        name = random.choice(list(kinds))
        return name, *kinds[name]

    def greeting(self, rogue: NaiveDevice, random: Random) -> Hello:
        """With one thing or two that are not the client's own."""
        hello, honest = rogue.hello(), real(random.choice(self.seats))
        bucket, version = random.choice((0, 1, 2, 3, 5, 8, *HUGE)), random.choice((1, 5, 20, *HUGE))
        row, tag = random.choice((ZERO_ID, random.randbytes(16))), random.choice((0, 267, 270, -1))
        bits = random.choice((0, 1, 4, 64, -1))
        wrong: tuple[dict[str, Any], ...] = (
            {"checkpoint": honest.token},
            {"checkpoint": honest.token, "incarnation": honest.device._store.incarnation},
            {"checkpoint": random.randbytes(80)},
            {"incarnation": random.randbytes(16)},
            {
                "cursors": [Cursor(bucket, version, tag, row)],
                "epoch": self.world.store.status().epoch,
            },
            {"epoch": random.randbytes(16)},
            {"repair": [Repair(bucket, bits, [(0, 0)] * 2 ** max(0, min(bits, 4)))]},
            {"parts": random.choice((["main"], ["nothing"], [""], ["catalogue"] * 3))},
            {"modules": sorted(random.choice(WORDS).items())},
            {"schema_hash": b""},
            {"protocol": random.choice(HUGE)},
        )
        return structs.replace(hello, **random.choice(wrong), **{"client": "rogue"})


def _other(who: str, random: Random) -> str:
    return random.choice([name for name in PEOPLE if name != who])

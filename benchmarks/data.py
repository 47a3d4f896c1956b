"""Deterministic customers: 15 filled fields, about 450 bytes as JSON, 200 owners of uneven size.

Owner 0 has 10,000 customers, owner 1 has 50,000, the other 198 share the rest of 200,000 evenly:
the shape in which peers were measured.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass

from server.modules import OWN_MODULES
from syncengine.model.changeset import Operation
from syncengine.model.entity import Action
from syncengine.model.fields import Stored
from syncengine.model.ids import to_text, uuid7
from syncengine.model.manifest import Schema

SEED = 42
SMALL, LARGE = 10_000, 50_000
TOTAL = 200_000
OWNERS = 200
MARKETS = 40
BEGAN = 1_760_000_000_000_000  # microseconds; ids come from here, not from the wall clock
SCHEMA = Schema(OWN_MODULES)
CUSTOMER = SCHEMA.entities["customer"]
FILLED = (
    "number", "name", "owner", "market", "street", "city", "postcode", "country", "latitude",
    "longitude", "phone", "business_type", "remark", "active",
)  # fmt: skip

SYLLABLES = [
    "al",
    "an",
    "bach",
    "berg",
    "brun",
    "dorf",
    "ein",
    "eck",
    "feld",
    "gar",
    "grub",
    "hall",
    "hof",
    "kirch",
    "lin",
    "mar",
    "mur",
    "neu",
    "ober",
]
WORDS = [
    "call",
    "ahead",
    "before",
    "noon",
    "deliver",
    "to",
    "the",
    "rear",
    "gate",
    "ask",
    "for",
    "the",
    "store",
    "manager",
    "cooler",
    "near",
    "checkout",
    "seasonal",
    "closing",
    "prefers",
    "morning",
    "visits",
    "invoice",
    "goes",
    "to",
    "head",
    "office",
    "new",
    "contact",
    "since",
    "spring",
]


@dataclass(frozen=True)
class Sizes:
    """How many customers each owner has."""

    owners: tuple[int, ...]

    @property
    def total(self) -> int:
        """All customers."""
        return sum(self.owners)


def full_size() -> Sizes:
    """The measured shape: 200,000 customers of 200 owners."""
    rest, others = TOTAL - SMALL - LARGE, OWNERS - 2
    base, extra = divmod(rest, others)
    return Sizes((SMALL, LARGE, *(base + (n < extra) for n in range(others))))


class Generator:
    """One sequence of ids and values; the same seed gives the same rows."""

    def __init__(self, seed: int = SEED, owners: int = OWNERS) -> None:
        self._random = random.Random(seed)
        self._made = 0
        self.owners = [self.new_id() for _ in range(owners)]
        self.markets = [self.new_id() for _ in range(MARKETS)]

    def new_id(self) -> bytes:
        """The next UUIDv7."""
        self._made += 1
        return uuid7(BEGAN + self._made * 250, self._random.randbytes(10))

    def _word(self, least: int, most: int) -> str:
        parts = self._random.choices(SYLLABLES, k=self._random.randint(least, most))
        return "".join(parts).capitalize()

    def customer(self, number: int, owner: bytes) -> dict[str, Stored]:
        """A customer's filled fields in stored form."""
        pick = self._random
        remark = " ".join(pick.choices(WORDS, k=9))[: pick.randint(20, 56)]
        return {
            "number": f"C{number:08d}",
            "name": f"{self._word(2, 4)} {self._word(2, 3)} & {self._word(1, 2)} GmbH",
            "owner": owner,
            "market": pick.choice(self.markets),
            "street": f"{self._word(2, 3)}strasse {pick.randint(1, 180)}",
            "city": f"{self._word(1, 3)} an der {self._word(1, 2)}",
            "postcode": str(pick.randint(1000, 9999)),
            "country": "AT",
            "latitude": pick.randint(46_400_000, 49_000_000),
            "longitude": pick.randint(9_500_000, 17_100_000),
            "phone": f"+43 {pick.randint(1, 699)} {pick.randint(100_000, 9_999_999)}",
            "business_type": pick.choice(("retail", "wholesale", "restaurant", "kiosk")),
            "remark": remark,
            "active": True,
        }

    def customers(self, sizes: Sizes) -> Iterator[tuple[bytes, dict[str, Stored]]]:
        """(id, fields) of all customers, the owners' rows mixed as in a real file."""
        order = [owner for owner, size in enumerate(sizes.owners) for _ in range(size)]
        self._random.shuffle(order)
        for number, owner in enumerate(order, 1):
            yield self.new_id(), self.customer(number, self.owners[owner])


def operation(entity: str, row_id: bytes, fields: dict[str, Stored]) -> Operation:
    """An insert for the store."""
    numbered = {SCHEMA.entities[entity].by_name[n].number: v for n, v in fields.items()}
    return Operation(Action.INSERT, SCHEMA.tags[entity], row_id, numbered)


def json_bytes(row_id: bytes, fields: dict[str, Stored]) -> int:
    """The size of a row as JSON, ids as text, for comparison with peers."""
    plain = {k: to_text(v) if isinstance(v, bytes) else v for k, v in fields.items()}
    return len(json.dumps({"id": to_text(row_id), **plain}, separators=(",", ":")))

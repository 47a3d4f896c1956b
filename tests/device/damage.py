"""What may happen to a store's tables behind the engine's back, and what they hold."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import apsw

from device_sdk import Device
from device_sdk.database import fetch
from tests.device.fake import Fake
from tests.device.feed import Key

Held = dict[Key, tuple[int, set[int]]]  # row -> version and buckets


def held(device: Device) -> Held:
    """Every row that is stored, and where; own new ones apart."""
    db = device._store.database.connection
    found: Held = {}
    for tag, layout in device._store.layouts.items():
        for row_id, version, bucket in fetch(db, f"SELECT id,version,bucket FROM {layout.table}"):
            found[tag, row_id] = (version, {bucket})
    for tag, row_id, bucket in fetch(db, "SELECT tag, id, bucket FROM held"):
        found.setdefault((tag, row_id), (-1, set()))[1].add(bucket)
    return found


def due(fake: Fake) -> Held:
    """What the server says should be there."""
    return {
        key: (version, {n for n in fake.granted if key in fake.buckets[n].present})
        for key, (version, _) in fake.slice().items()
    }


def _a_row(db: apsw.Connection, random: Random) -> bytes | None:
    ids = fetch(db, "SELECT id FROM row_customer ORDER BY id")
    return random.choice(ids)[0] if ids else None


def lose(db: apsw.Connection, random: Random) -> None:
    """A row is gone."""
    db.execute("DELETE FROM row_customer WHERE id=?", (_a_row(db, random),))


def lose_many(db: apsw.Connection, random: Random) -> None:
    """Half of the rows are gone."""
    db.execute("DELETE FROM row_customer WHERE rowid%2=?", (random.randrange(2),))


def age(db: apsw.Connection, random: Random) -> None:
    """A row is in another state. (Values alone are in no sum: a row that changes has another
    version.)
    """
    db.execute(
        "UPDATE row_customer SET version=iif(version>1, version-1, 2), name='old' WHERE id=?",
        (_a_row(db, random),),
    )


def add(db: apsw.Connection, random: Random) -> None:
    """A row that never was."""
    db.execute(
        "INSERT INTO row_customer(id,version,generation,bucket,name) VALUES(?,?,0,2,'never was')",
        (random.randbytes(16), random.randrange(1, 50)),
    )


def move(db: apsw.Connection, random: Random) -> None:
    """A row is in another bucket, which may not even be there."""
    where = random.choice([1, 2, 3, 77])
    db.execute("UPDATE row_customer SET bucket=? WHERE id=?", (where, _a_row(db, random)))


def unhold(db: apsw.Connection, random: Random) -> None:
    """Rows lost a bucket."""
    db.execute("DELETE FROM held WHERE id=?", (_a_row(db, random),))


def hold(db: apsw.Connection, random: Random) -> None:
    """A line of a row that is in that bucket already, is not, or does not exist."""
    row_id = random.choice([_a_row(db, random) or b"", random.randbytes(16)])
    tag = fetch(db, "SELECT coalesce(max(tag), 258) FROM held")[0][0]
    db.execute(
        "INSERT OR IGNORE INTO held VALUES(?,?,?)", (tag, row_id, random.choice([1, 2, 3, 77]))
    )


def missum(db: apsw.Connection, random: Random) -> None:
    """A kept sum is wrong."""
    db.execute("UPDATE bucket SET sum=?, count=count+1 WHERE id=2", (random.randrange(2**63),))


DAMAGES: list[Callable[[apsw.Connection, Random], None]] = [
    lose, lose_many, age, add, move, unhold, hold, missum,
]  # fmt: skip

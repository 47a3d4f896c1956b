"""What the server's tables say in the end, read without the engine: history, chain, rows."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

import msgpack
import sqlalchemy as sa

from syncengine.model.fields import Stored
from syncengine.model.ids import to_text
from syncengine.store import tables as t
from syncengine.store.evidence import State
from syncengine.store.receipts import receipts_of_row
from syncengine.store.store import Store
from tests.fleet.oracle import Key, Oracle
from tests.fleet.seat import Seat
from tests.simulation.device import SimulatedDevice
from tests.simulation.kinds import REFERRING
from tests.simulation.merging import Losses

RECEIPTS = 3  # looked at for each device


def entry(
    store: Store, incarnation: bytes, sequence: int, place: int
) -> tuple[int, bytes | None, Losses]:
    """(version, for whom, values that did not prevail) of an operation of a device's changeset,
    which stands in the history once.
    """
    c, o = t.changeset.c, t.operation.c
    with store.engine.connect() as connection:
        (version,) = connection.scalars(
            sa.select(c.version).where(c.incarnation == incarnation, c.sequence == sequence)
        ).all()
        ((principal, losses),) = connection.execute(
            sa.select(o.principal, o.losses).where(o.version == version, o.position == place)
        ).all()
    return version, principal, msgpack.unpackb(losses, raw=False)


def is_whole(store: Store) -> bool:
    """Whether the history is a chain without a gap, up to the clock (invariant 26)."""
    chain, expected = bytes(32), 0
    c = t.changeset.c
    with store.engine.connect() as connection:
        for row in connection.execute(
            sa.select(c.version, c.id, c.body_hash, c.chain).order_by(c.version)
        ):
            expected += 1
            chain = hashlib.sha256(
                chain + row.version.to_bytes(8, "big") + row.id + row.body_hash
            ).digest()
            if (row.version, row.chain) != (expected, chain):
                return False
        found = connection.execute(sa.select(t.clock.c.version, t.clock.c.chain)).one()
    return tuple(found) == (expected, chain)


def compare(store: Store, oracle: Oracle, remark: str) -> None:
    """Nothing that was acknowledged is lost, nothing is there that nobody wrote. remark: what the
    server calls it.
    """
    people = {row: name for name, row in oracle.people.items()}

    def rows(entity: str, *fields: str) -> dict[bytes, tuple[object, ...]]:
        columns = store.tables[entity].c
        with store.engine.connect() as connection:
            found = connection.execute(sa.select(columns.id, *(columns[f] for f in fields)))
            return {row[0]: tuple(row[1:]) for row in found}

    def same(entity: str, found: object, wanted: object) -> None:
        assert found == wanted, f"on the server: another {entity}"

    def name(row: object) -> str | None:
        return people[row] if isinstance(row, bytes) else None

    same(
        "customer",
        {
            row: (name(owner), phone, said, market)
            for row, (owner, phone, said, market) in rows(
                "customer", "owner", "phone", remark, "market"
            ).items()
        },
        {
            row: (owner, oracle.phone[row], oracle.remark.get(row), oracle.market.get(row))
            for row, owner in oracle.owner.items()
        },
    )
    same(
        "contact",
        rows("contact", "customer", "name"),
        {row: (customer, oracle.named[row]) for row, customer in oracle.contact.items()},
    )
    same(
        "appointment",
        {r: (c, name(e)) for r, (c, e) in rows("appointment", "customer", "employee").items()},
        {row: (v.customer, v.employee) for row, v in oracle.visit.items()},
    )
    same(
        "note",
        {row: name(author) for row, (author,) in rows("note", "author").items()},
        oracle.note,
    )


def references(store: Store) -> set[bytes]:
    """The hashes of all attachments that rows refer to."""
    found: set[bytes] = set()
    with store.engine.connect() as connection:
        for entity, field in REFERRING:
            if entity in store.tables:
                column = store.tables[entity].c[field]
                found |= set(connection.scalars(sa.select(column).where(column.is_not(None))))
    return found


def waiting_blobs(store: Store) -> set[bytes]:
    """The hashes of attachments that work names which waits for the office."""
    with store.engine.connect() as connection:
        return set(connection.scalars(sa.select(t.blob_waiting.c.digest)))


def effect(store: Store, version: int, place: int) -> tuple[int, dict[int, Stored]]:
    """(when it was received, what was written by field number) of an operation in the history."""
    c, o = t.changeset.c, t.operation.c
    with store.engine.connect() as connection:
        received = connection.scalars(sa.select(c.received).where(c.version == version)).one()
        found = connection.scalar(
            sa.select(o.after).where(o.version == version, o.position == place)
        )
    return received, dict(msgpack.unpackb(found, raw=False)) if found else {}


def received(store: Store, version: int) -> int:
    """When a version came into being; 0: it is not there."""
    c = t.changeset.c
    with store.engine.connect() as connection:
        return connection.scalar(sa.select(c.received).where(c.version == version)) or 0


def all_rows(store: Store, entity: str) -> list[dict[str, Any]]:
    """All of an entity."""
    with store.engine.connect() as connection:
        found = connection.execute(sa.select(store.tables[entity]))
        return [dict(row) for row in found.mappings()]


def notes_of(store: Store, author: bytes) -> set[bytes]:
    """The notes of somebody."""
    c = store.tables["note"].c
    with store.engine.connect() as connection:
        return set(connection.scalars(sa.select(c.id).where(c.author == author)))


def line_of(store: Store, incarnation: bytes) -> int:
    """The number of the last changeset of a store that was answered."""
    c = t.incarnation.c
    with store.engine.connect() as connection:
        found = connection.scalar(sa.select(c.next_sequence).where(c.id == incarnation))
    return (found or 1) - 1


def an_id(store: Store) -> bytes:
    """Of the last changeset of a device, or of anybody, in the history."""
    c = t.changeset.c
    order = c.incarnation.is_(None), c.version.desc()
    with store.engine.connect() as connection:
        found = connection.scalars(sa.select(c.id).order_by(*order).limit(1)).one()
    return bytes(found)


def compare_receipts(store: Store, oracle: Oracle, seats: Iterable[Seat], now: int) -> None:
    """Of some rows that each device had: the office knows that it was told to let them go."""
    for seat in seats:
        assert isinstance(seat.device, SimulatedDevice)
        slice_now, device = oracle.slice(seat.person, now), seat.device.device._store.seat
        for key in sorted(seat.checkpoints - slice_now)[:RECEIPTS]:
            said = purged(store, device, key)
            assert said is not None, f"no receipt that {seat.person} lost {key}"
        for key in sorted(seat.checkpoint & slice_now)[:RECEIPTS]:
            said = purged(store, device, key)
            assert said is None, f"{seat.person} has {key}, and there is a receipt"


def purged(store: Store, seat: bytes, key: Key) -> bool | None:
    """Whether the office is told that a device has, for sure, no longer a row that it had; None:
    that it never had it, or may hold it.
    """
    entity, row = key
    for receipt in receipts_of_row(store, store.schema.tags[entity], row):
        if receipt.device == to_text(seat):
            return receipt.state is State.CONFIRMED
    return None

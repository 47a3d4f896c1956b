"""The databases on whose slices figures are taken: how large, where, served, with devices."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from benchmarks.data import OWNERS, Sizes, operation
from benchmarks.office import Office, groups, tree
from benchmarks.processes import ClientProcess
from syncengine.store.database import open_engine

HOLDER, ABSENT, SUBSTITUTE, BOSS, AUDIENCE = range(5)  # owners, by what they are there for


@dataclass(frozen=True)
class Scale:
    """How large everything is.

    few, many: customers of the two databases. held: those of the device whose delta is taken.
    absent: those of the person who is substituted. leaders, below: people. ruled: rows that the
    edited rule selects. buckets: of the row that many rules select.
    """

    few: int = 10_000
    many: int = 1_000_000
    held: int = 1_000
    absent: int = 10_000
    leaders: int = 10
    below: int = 1_000
    markets: int = 10_000
    ruled: int = 200_000
    buckets: int = 50
    deltas: int = 41
    repetitions: int = 3
    quick: int = 15  # repetitions of what takes milliseconds


FULL = Scale()
SMALL = Scale(
    few=2_000, many=40_000, held=500, absent=2_000, leaders=4, below=200, markets=1_000,
    ruled=10_000, deltas=15, quick=7,
)  # fmt: skip


@dataclass(frozen=True)
class Side:
    """A loaded database with a server on it, and devices."""

    office: Office
    device: ClientProcess

    def enrol(self, name: str, owner: bytes) -> dict[str, Any]:
        """A new device after its first sync."""
        self.device.ask("enrol", name=name, code=self.office.code(owner))
        return self.sync(name)

    def sync(self, name: str, rows: int | None = None) -> dict[str, Any]:
        """A device's sync; RuntimeError when another number of rows came."""
        report = self.device.ask("sync", name=name)
        if rows is not None:
            expect(f"rows that came to {name}", report["rows"], rows)
        return report


def expect(what: str, found: int, wanted: int) -> None:
    """A figure of something else than it says would be worthless."""
    if found != wanted:
        raise RuntimeError(f"{what}: {found:,} instead of {wanted:,}")


def sizes(total: int, held: int, absent: int) -> Sizes:
    """Owners' customers: the first two as wanted, the others alike."""
    base, extra = divmod(total - held - absent, OWNERS - 2)
    return Sizes((held, absent, *(base + (n < extra) for n in range(OWNERS - 2))))


@contextmanager
def databases(database: str | None, folder: Path) -> Iterator[tuple[str, str]]:
    """Addresses for few and for many rows. On PostgreSQL the few are in a schema of their own,
    dropped afterwards.
    """
    if database is None or sa.make_url(database).get_backend_name() == "sqlite":
        yield f"sqlite:///{folder / 'few.db'}", database or f"sqlite:///{folder / 'many.db'}"
        return
    engine = open_engine(database)
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE SCHEMA bench_few"))
    try:
        apart = sa.make_url(database).update_query_dict({"options": "-csearch_path=bench_few"})
        yield apart.render_as_string(hide_password=False), database
    finally:
        with engine.begin() as connection:
            connection.execute(sa.text("DROP SCHEMA bench_few CASCADE"))
        engine.dispose()


def add_hierarchies(office: Office, scale: Scale) -> tuple[list[bytes], list[bytes]]:
    """People and markets; each market has a customer, of somebody below the first manager."""
    people = office.people(groups(scale.leaders, scale.below))
    other = office.insert("market", number="o", name="Other")
    markets = [other, *office.markets(tree(scale.markets - 1))]
    owners = people[2 : 2 + scale.below]
    made = []
    for number, market in enumerate(markets[1:]):
        owner, row_id = owners[number % len(owners)], office.generator.new_id()
        fields = {**office.generator.customer(99_000_000 + number, owner), "market": market}
        made.append(operation("customer", row_id, fields))
        office.first_of.setdefault(owner, row_id)
    office.insert_all(made)
    return people, markets

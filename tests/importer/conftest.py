"""A world to import into, and files made on the spot."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import sqlalchemy as sa

from server.importer import Plan, apply_plan, load_mapping, plan_import
from server.importer.mapping import Mapping
from tests.support.world import SCHEMA, World

CUSTOMERS = """
file = "customers.csv"
never = ["Secret"]
[[output]]
entity = "customer"
key = ["number"]
missing = "deactivate"
[output.fields]
number = { column = "No", width = 3 }
name = { column = "Name" }
owner = { column = "Rep", lookup = "number" }
annual_sales = { column = "Sales", decimal = "," }
phone = { column = "Phone", leads = "last" }
remark = { column = "Remark", leads = "portal" }
active = { value = true }
"""
HEAD = "No,Name,Rep,Sales,Phone,Remark,Secret"


@dataclass
class Desk:
    """Where somebody imports files."""

    world: World
    folder: Path

    def mapping(self, text: str = CUSTOMERS) -> Mapping:
        """A mapping from its text."""
        path = self.folder / "mapping.toml"
        path.write_text(text, encoding="utf-8")
        return load_mapping(path, SCHEMA)

    def plan(self, *lines: str, head: str = HEAD, raw: bytes | None = None) -> Plan:
        """The plan of a CSV file with these lines."""
        path = self.folder / "customers.csv"
        path.write_bytes(raw if raw is not None else "\n".join([head, *lines, ""]).encode())
        return plan_import(self.world.store, path, self.mapping())

    def run(self, *lines: str, confirmed: bool = True) -> Plan:
        """Import these lines."""
        plan = self.plan(*lines)
        assert plan.errors == []
        apply_plan(self.world.store, plan, confirmed)
        plan.close()
        return plan

    def count(self, entity: str) -> int:
        """How many rows there are."""
        with self.world.store.engine.connect() as connection:
            counted = sa.select(sa.func.count()).select_from(self.world.store.tables[entity])
            return connection.scalar(counted) or 0

    def customers(self) -> dict[str, tuple[object, ...]]:
        """number -> (name, sales, phone, remark, active)."""
        c = self.world.store.tables["customer"].c
        with self.world.store.engine.connect() as connection:
            rows = connection.execute(
                sa.select(c.number, c.name, c.annual_sales, c.phone, c.remark, c.active)
            )
            return {row[0]: tuple(row[1:]) for row in rows}


@pytest.fixture
def desk(database_url: str, tmp_path: Path) -> Iterator[Desk]:
    """On both databases."""
    world = World(database_url, tmp_path)
    yield Desk(world, tmp_path)
    world.close()

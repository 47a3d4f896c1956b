"""The installation with trips and sheets of working time: what the server has of them, and what
users of the office see.
"""

from __future__ import annotations

from typing import Any

from modules.expenses.jobs import take_default_rates
from syncengine.model.changeset import Operation
from syncengine.model.entity import Action
from syncengine.model.fields import Stored
from syncengine.model.ids import to_text
from syncengine.model.rights import Right, Rights
from syncengine.store import listing
from syncengine.store.accounts import rights_of
from syncengine.store.history_search import Sought, search
from syncengine.store.listing import Wanted
from tests.simulation import ledger
from tests.simulation.posting import BATCHES
from tests.simulation.reckoning import MOST, RECEIPT_ABOVE
from tests.simulation.reporting import same
from tests.simulation.signing import SigningLife
from tests.simulation.spent import (
    ADDED,
    BELONGS,
    OF_MONEY,
    PAPERS,
    SHEET,
    STATES,
    TRIP,
    SpentOracle,
)

BEGAN = "2024-01-01"
RATES = ("per_diem_rate", "mileage_rate")
TYPED = {TRIP: ("purpose", "cost_centre", "replaces"), SHEET: ("month", "zone", "replaces")}
KEPT = {TRIP: ("currency", "total"), SHEET: ("minutes",)}
NOTED = tuple(f"{state}_at" for state in STATES[TRIP][1:])
MANY = 1_000  # rows of a kind in a life
LAST = 100  # entries of the history


class SeeingLife(SigningLife):
    """users: of the office, with the person to whom each is limited."""

    @property
    def spent(self) -> SpentOracle:
        """The oracle, with trips and sheets."""
        assert isinstance(self.oracle, SpentOracle)
        return self.oracle

    def open_office(self) -> None:
        super().open_office()
        self.oracle = SpentOracle(**vars(self.oracle))
        self.users: dict[bytes, str | None] = {}
        if self.kind.has(TRIP):
            self._open_money()

    def _open_money(self) -> None:
        """Rates, a limit for items, the setting of sheets, and two users of the office."""
        world, common = self.world, self.spent.common
        taxi = world.insert("expense_type", number="t", name="Taxi", unit="amount", active=True)
        limit = world.insert(
            "expense_limit", valid_from=BEGAN, currency="EUR", most=MOST,
            receipt_above=RECEIPT_ABOVE, source="?",
        )  # fmt: skip
        setting = world.insert("timesheet_setting", evaluation=True, zone="UTC")
        self.taxi, self._setting = taxi, setting
        common |= {("expense_type", taxi), ("expense_limit", limit), ("timesheet_setting", setting)}
        take_default_rates(world.store, BATCHES)
        for rate in RATES:
            common |= {(rate, row["id"]) for row in ledger.all_rows(world.store, rate)}
        self.approver, limited = self._user("approver", None), self._user("limited", "b")
        self.users = {self.approver: None, limited: "b"}

    def _user(self, name: str, top: str | None) -> bytes:
        """With all rights on trips and sheets."""
        world, limit = self.world, self.world.people[top] if top else None
        who = world.insert(
            "office_user", name=name, full_name=name, language="de", active=True, limited_to=limit
        )
        role = world.insert("office_role", name=name, administers=False)
        world.insert("office_user_role", user=who, role=role)
        kind = "office_role_right"
        by_name = self.schema.entities[kind].by_name
        lines = []
        for entity in OF_MONEY:
            given: dict[str, Stored] = {"role": role, "entity": entity}
            given |= {str(right): True for right in Right}
            fields = {by_name[n].number: value for n, value in given.items()}
            new = world.environment.new_id()
            lines.append(Operation(Action.INSERT, self.schema.tags[kind], new, fields))
        assert world.write(lines).version is not None
        return who

    # -- what the server has

    def _row_of(self, entity: str, row: dict[str, Any]) -> dict[str, Stored]:
        names = self.schema.entities[entity].by_name
        return {name: row[name] for name in names if row[name] is not None}

    def compare_money(self) -> None:
        """All rows are as accepted work, the office and the jobs explain them, no other steps were
        taken, and none twice.
        """
        store, oracle = self.world.store, self.spent
        people = {row: name for name, row in oracle.people.items()}
        for entity in PAPERS:
            names = (*TYPED[entity], "status", "reason", *NOTED, *KEPT[entity])
            found = {
                row["id"]: (
                    people[row["employee"]],
                    {n: row[n] for n in names if row.get(n) is not None},
                )
                for row in ledger.all_rows(store, entity)
            }
            papers = {r: p for r, p in oracle.paper.items() if p.entity == entity}
            same(entity, found, {row: (p.who, p.told) for row, p in papers.items()})
        for entity in (*BELONGS, *ADDED):
            rows = {r["id"]: self._row_of(entity, r) for r in ledger.all_rows(store, entity)}
            pieces = {**oracle.piece, **oracle.added}
            same(entity, rows, {r: dict(p.values) for r, p in pieces.items() if p.entity == entity})

    def see_money(self) -> None:
        """Users of the office see what was handed in, and not a row of anything else."""
        for user, top in self.users.items():
            wanted = self.spent.public(top)
            rights = self._rights(user)
            for entity in OF_MONEY:
                rows, _ = listing.page(self.world.store, rights, Wanted(entity), MANY, None)
                found = {row.id for row in rows}
                mine = {row for name, row in wanted if name == entity}
                assert found <= mine, f"{len(found - mine)} of {entity} that nobody may see"
                assert found == mine, f"{len(mine - found)} of {entity} are not seen"

    def audit_money(self) -> None:
        """They count the same, and find nothing else in the history."""
        self.see_money()
        for user, top in self.users.items():
            wanted, rights = self.spent.public(top), self._rights(user)
            for entity in OF_MONEY:
                mine = {to_text(row) for name, row in wanted if name == entity}
                count = listing.count(self.world.store, rights, Wanted(entity))
                assert count == len(mine), f"{count} of {entity} are counted"
                entries = search(self.world.store, rights, Sought(entity=entity), LAST).entries
                found = {entry.row for entry in entries}
                assert found <= mine, f"the history has {entity}: {found - mine}"
        self.counts["audited"] += 1

    def _rights(self, user: bytes) -> Rights:
        store = self.world.store
        with store.engine.connect() as connection:
            return rights_of(connection, store.schema, store.tables, user)

"""What every device must hold, computed from the files and the scripted edits alone.

This script shares nothing with the engine (import-linter forbids it): it reads the ERP's files,
plays the script's phases on plain dictionaries and says for each sales person which rows there must
be. Time is a number of days since the demo's beginning.
Run `python -m server.demo.expected` to see it as JSON.
"""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from python_calamine import CalamineWorkbook

HERE = Path(__file__).parent
SALES_PEOPLE = tuple(str(number) for number in range(274, 291))
EVERYONE = (
    "employee", "market", "product_group", "article", "catalogue", "catalogue_article",
    "expense_type", "per_diem_rate", "mileage_rate",
)  # fmt: skip
FOLLOWING = ("contact", "appointment", "catalogue_customer")
EFFECTIVE = ("accepted", "merged")

Table = list[dict[str, str]]
Rows = dict[str, dict[str, Any]]  # identity -> fields; references are identities


@dataclass(frozen=True)
class Expectation:
    """One device after one phase.

    rows: entity -> identities (the ERP's number, "a/b" for links, the script's key for its own).
    values: (entity, identity) -> {field: value} of what scripted edits touched. verdicts: how many.
    """

    rows: dict[str, frozenset[str]]
    values: dict[tuple[str, str], dict[str, Any]]
    verdicts: dict[str, int]

    @property
    def customers(self) -> int:
        """How many customers."""
        return len(self.rows["customer"])

    @property
    def total(self) -> int:
        """How many rows of all entities."""
        return sum(len(identities) for identities in self.rows.values())


def _cell(value: object) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def read_xlsx(name: str) -> Table:
    """The first sheet as text by column."""
    head, *body = (
        CalamineWorkbook.from_path(str(HERE / "data" / name)).get_sheet_by_index(0).to_python()
    )
    return [dict(zip(map(str, head), map(_cell, row), strict=True)) for row in body]


def read_csv(name: str) -> Table:
    """The rows by column."""
    with (HERE / "data" / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


class World:
    """Everything that there is, by entity and identity."""

    def __init__(self) -> None:
        self.people = {e["BusinessEntityID"]: e["ManagerID"] for e in read_xlsx("employees.xlsx")}
        targets = read_csv("catalogue_targets.csv")
        territories = read_csv("territories.csv")
        self.rows: dict[str, Rows] = {
            "employee": {number: {} for number in self.people},
            "employee_private": {number: {} for number in self.people},
            "market": _markets(territories),
            "product_group": {g["GroupID"]: {} for g in read_csv("product_groups.csv")},
            "article": {p["ProductID"]: {} for p in read_xlsx("products.xlsx")},
            "expense_type": {e["ExpenseTypeID"]: {} for e in read_csv("expense_types.csv")},
            "per_diem_rate": {"DE/2024-01-01": {}},
            "mileage_rate": {"car/2024-01-01": {}, "other/2024-01-01": {}},
            "catalogue": {c["CatalogueID"]: {} for c in read_csv("catalogues.csv")},
            "catalogue_article": {
                f"{c['CatalogueID']}/{c['ProductID']}": {}
                for c in read_csv("catalogue_articles.csv")
            },
            "catalogue_market": _targets(targets, "market"),
            "catalogue_customer": _targets(targets, "customer"),
            "customer": {
                s["BusinessEntityID"]: {
                    "owner": s["SalesPersonID"],
                    "city": s["City"],
                    "market": s["TerritoryID"],
                    "specialty": s["Specialty"],
                }
                for s in read_xlsx("stores.xlsx")
            },
            "contact": {},
            "appointment": {},
            "note": {},
            "substitution": {},
            "substitution_customer": {},
            "audience": {},
            "audience_member": {},
            "rule": {},
        }
        self.day = 0
        self.touched: set[tuple[str, str]] = set()

    def below(self, person: str) -> set[str]:
        """Everybody whom `person` leads, at any depth."""
        direct = {p for p, manager in self.people.items() if manager == person}
        return direct.union(*(self.below(p) for p in direct))

    def play(self, action: dict[str, Any]) -> None:
        """Apply a scripted action, as far as its verdict says that it takes effect."""
        expect = action.get("expect", {"verdict": "accepted"})
        if expect["verdict"] not in EFFECTIVE:
            return
        for change in action["changeset"]:
            identity = _identity(change["row"])
            fields = {
                name: _plain(value)
                for name, value in change["set"].items()
                if name not in expect.get("lost", ())
            }
            self.rows[change["entity"]].setdefault(identity, {}).update(fields)
            self.touched.add((change["entity"], identity))

    def held_by(self, person: str) -> dict[str, frozenset[str]]:
        """Entity -> identities of the rows that this person's device must hold."""
        owners = {person} | self.below(person) | self.stood_in_for(person)
        shown = self.shown_to(person)
        held = {entity: frozenset(self.rows[entity]) for entity in EVERYONE}
        held["employee_private"] = frozenset({person})
        held["note"] = self._where("note", lambda note: note["author"] == person)
        customers = self._where(
            "customer",
            lambda customer: (
                customer["owner"] in owners or any(self._meets(c, customer) for c in shown)
            ),
        )
        customers |= self.lent_to(person)
        held["customer"] = customers
        held["catalogue_market"] = self._where(
            "catalogue_market", lambda row: row["market"] in self.markets_of(owners)
        )
        for entity in FOLLOWING:
            held[entity] = self._where(entity, lambda row: row["customer"] in customers)
        return held

    def markets_of(self, owners: set[str]) -> set[str]:
        """The markets in which these people own a customer, and all those above them."""
        found: set[str] = set()
        for customer in self.rows["customer"].values():
            market = customer["market"] if customer["owner"] in owners else None
            while market is not None:
                found.add(market)
                market = self.rows["market"][market]["parent"]
        return found

    def stood_in_for(self, person: str) -> set[str]:
        """Everybody for whom `person` stands in today, directly or for a substitute."""
        standing = [s for s in self.rows["substitution"].values() if self._stands(s)]
        links = [s for s in standing if not s.get("only_listed")]
        found: set[str] = set()
        while True:
            by = found | {person}
            more = {s["absent"] for s in links if s["substitute"] in by} - by
            if not more:
                return found
            found |= more

    def lent_to(self, person: str) -> set[str]:
        """The customers that are lent to `person` today: listed, and still the absent person's."""
        lists, customers = self.rows["substitution_customer"].values(), self.rows["customer"]
        by = {i: s for i, s in self.rows["substitution"].items() if s.get("only_listed")}
        return {
            line["customer"]
            for line in lists
            if (switch := by[line["substitution"]])["substitute"] == person
            and self._stands(switch)
            and customers[line["customer"]]["owner"] == switch["absent"]
        }

    def shown_to(self, person: str) -> list[dict[str, Any]]:
        """The conditions of the rules that show rows to `person` today."""
        audiences = {
            member["audience"]
            for member in self.rows["audience_member"].values()
            if member["employee"] == person
            or (member["below"] and person in self.below(member["employee"]))
        }
        rules = self.rows["rule"].values()
        return [r["condition"] for r in rules if r["audience"] in audiences and self._stands(r)]

    def _stands(self, row: dict[str, Any]) -> bool:
        """Whether it is switched on and today is one of its days, those for reading included."""
        starts, ends = row.get("starts_at"), row.get("ends_at")
        begun = starts is None or starts - row.get("lead_days", 0) <= self.day
        over = ends is not None and ends + row.get("trail_days", 0) <= self.day
        return row["active"] and begun and not over

    def _meets(self, condition: dict[str, Any], row: dict[str, Any]) -> bool:
        """Whether a row meets a rule's condition, of the kinds that the script uses."""
        if "all" in condition:
            return all(self._meets(part, row) for part in condition["all"])
        value = row[condition["field"]]
        if "in_subtree_of" not in condition:
            assert condition["op"] == "equal"
            return bool(value == condition["value"])
        top = _identity(condition["in_subtree_of"])
        while value is not None and value != top:
            value = self.rows["market"][value][condition["parent"]]
        return value is not None

    def _where(self, entity: str, wanted: Callable[[dict[str, Any]], bool]) -> frozenset[str]:
        return frozenset(i for i, fields in self.rows[entity].items() if wanted(fields))


def _targets(targets: Table, kind: str) -> Rows:
    return {
        f"{t['CatalogueID']}/{t['TargetID']}": {kind: t["TargetID"]}
        for t in targets
        if t["TargetKind"] == kind
    }


def _markets(territories: Table) -> Rows:
    groups = {t["TerritoryID"]: f"group:{t['Group']}" for t in territories}
    top: Rows = {group: {"parent": None} for group in groups.values()}
    return top | {number: {"parent": group} for number, group in groups.items()}


def _plain(value: object) -> object:
    """A field's value as the script writes it: a row's name, a day, or the value itself."""
    if not isinstance(value, dict):
        return value
    if "day" in value:
        return value["day"]
    return _identity(value) if "entity" in value else value


def _identity(place: dict[str, str]) -> str:
    """A script's way to name a row: the ERP's number, or a key of its own."""
    return place["number"] if "number" in place else place["key"]


def expected() -> dict[str, dict[str, Expectation]]:
    """Phase -> sales person -> what the device must hold at its end."""
    script = json.loads((HERE / "script.json").read_text(encoding="utf-8"))
    world = World()
    phases: dict[str, dict[str, Expectation]] = {}
    for phase in script["phases"]:
        actions = [action for step in phase["steps"] for action in step["actions"]]
        for action in actions:
            world.play(action)
        world.day += sum(step.get("days", 0) for step in phase["steps"])
        phases[phase["name"]] = {p: _expectation(world, p, actions) for p in SALES_PEOPLE}
    return phases


def _expectation(world: World, person: str, actions: list[dict[str, Any]]) -> Expectation:
    rows = world.held_by(person)
    values = {
        (entity, identity): dict(world.rows[entity][identity])
        for entity, identity in world.touched
        if identity in rows.get(entity, ())
    }
    verdicts: dict[str, int] = {}
    for action in actions:
        if action["by"] == person:
            outcome = action["expect"]["verdict"]
            verdicts[outcome] = verdicts.get(outcome, 0) + 1
    return Expectation(rows, values, verdicts)


def main() -> None:
    """Print the expectation as JSON."""
    plain = {
        phase: {
            person: {"customers": e.customers, "rows": e.total, "verdicts": e.verdicts}
            for person, e in people.items()
        }
        for phase, people in expected().items()
    }
    json.dump(plain, sys.stdout, indent=1)


if __name__ == "__main__":
    main()

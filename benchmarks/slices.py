"""`syncengine bench slices`: what slices cost, and what each cost scales with.

The deltas run over HTTP against servers in processes of their own; writes and grants are timed in
the bench's own process. Two databases: one of few rows, one of many, in which all else is measured.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from benchmarks.command import run
from benchmarks.data import SCHEMA
from benchmarks.figures import Figures, machine, say
from benchmarks.office import Cost, Office, condition_text
from benchmarks.processes import client, serving
from benchmarks.sides import (
    ABSENT,
    AUDIENCE,
    BOSS,
    FULL,
    HOLDER,
    SMALL,
    SUBSTITUTE,
    Scale,
    Side,
    add_hierarchies,
    databases,
    expect,
    sizes,
)
from syncengine.model.ids import to_text
from syncengine.store.database import reading
from syncengine.store.grants import bucket_ids, by_bucket, grants_of

RATIO_GOAL = 1.2


# -- what is measured


def measure_database_size(few: Side, many: Side, figures: Figures, scale: Scale) -> None:
    """One change of a row, in turn in the two databases; the slices of the devices are alike."""
    sides = {"few": few, "many": many}
    for side in sides.values():
        held = side.enrol("holder", side.office.generator.owners[HOLDER])["held"]
        expect("customers of the slice", held, scale.held)
    taken: dict[str, list[float]] = {name: [] for name in sides}
    for turn in range(-2, scale.deltas):
        for name, side in sides.items():
            _edit_first(side.office, HOLDER, turn)
            milliseconds = side.sync("holder", rows=1)["ms"]
            if turn >= 0:  # the first ones warm up
                taken[name].append(milliseconds)
                figures.add(f"delta_of_{name}_ms", milliseconds, "records of the delta")
    ratio = statistics.median(taken["many"]) / statistics.median(taken["few"])
    figures.add("delta_ratio", ratio, "nothing: the size of the database must not matter")


def measure_grants(side: Side, people: list[bytes], figures: Figures, scale: Scale) -> None:
    """The grants of one seat as each chunk of a pull computes them, with their buckets' ids."""
    office, store = side.office, side.office.store
    below = {
        "head": (people[0], len(people) - 1),
        "manager": (people[1], scale.below),
        "person": (people[-1], 0),
    }
    for name, (person, others) in below.items():
        for _ in range(scale.quick):
            with reading(store.engine) as connection:
                began = time.perf_counter()
                at = store.environment.now()
                grants = grants_of(connection, SCHEMA, store.tables, person, at)
                ids = bucket_ids(connection, by_bucket(grants))
                milliseconds = (time.perf_counter() - began) * 1000
            expect(f"people below the {name}", len(grants) - 3, others)
            figures.add(f"grants_of_{name}_ms", milliseconds, "people below")
        figures.add(f"buckets_of_{name}", len(ids), "people below who ever owned a row")
    for name, owner in (("manager", people[1]), ("person", people[2])):
        side.enrol(name, owner)
        for turn in range(scale.quick):
            office.update("customer", office.first_of[people[2]], phone=f"+43 3 {name} {turn}")
            milliseconds = side.sync(name, rows=1)["ms"]
            figures.add(f"delta_of_{name}_ms", milliseconds, "records of the delta, people below")


def measure_rule(office: Office, figures: Figures, scale: Scale) -> None:
    """A rule is edited so that many rows come, and again so that they leave."""
    none = {"field": "number", "op": "less", "value": "C00000000"}
    many = {"field": "number", "op": "less_or_equal", "value": f"C{scale.ruled:08d}"}
    rule = office.rule(none, office.generator.owners[AUDIENCE])
    for _ in range(scale.repetitions):
        for name, condition, there in (("come", many, scale.ruled), ("leave", none, 0)):
            cost = _applied(
                office,
                partial(office.update, "rule", rule, condition=condition_text(condition)),
            )
            expect(f"rows after they {name}", office.count(rule), there)
            _add_moved(figures, f"rule_{name}", cost, scale.ruled)
    office.update("rule", rule, active=False)


def measure_market_move(
    office: Office, markets: list[bytes], figures: Figures, scale: Scale
) -> None:
    """A market with many below moves into what a rule asks about, and out of it again."""
    asked, other = office.insert("market", number="a", name="Asked about"), markets[0]
    condition = {"field": "market", "in_subtree_of": to_text(asked), "parent": "parent"}
    rule = office.rule(condition, office.generator.owners[AUDIENCE])
    for _ in range(scale.repetitions):
        for name, parent, there in (("come", asked, scale.markets), ("leave", other, 0)):
            cost = _applied(office, partial(office.update, "market", markets[1], parent=parent))
            expect(f"customers after their market has moved ({name})", office.count(rule), there)
            _add_moved(figures, f"market_move_{name}", cost, scale.markets)
    office.update("rule", rule, active=False)


def measure_manager_move(side: Side, people: list[bytes], figures: Figures, scale: Scale) -> None:
    """The head of many people comes under somebody, and goes again: grants alone change."""
    office, boss = side.office, side.office.generator.owners[BOSS]
    own = side.enrol("boss", boss)["held"]
    for _ in range(scale.repetitions):
        for name, manager in (("come", boss), ("leave", None)):
            cost = office.watch.cost_of(
                partial(office.update, "employee", people[0], manager=manager)
            )
            _add_write(figures, f"manager_move_{name}", cost, "nothing")
            held = own + (scale.markets if manager else 0)
            report = side.sync("boss")
            expect("customers after the move", report["held"], held)
            figures.add(f"manager_move_{name}_sync_ms", report["ms"], f"rows that {name}")


def measure_substitution(side: Side, figures: Figures, scale: Scale) -> None:
    """One row is switched on and off; the substitute's device takes the customers, and drops
    them.
    """
    office, owners = side.office, side.office.generator.owners
    own = side.enrol("substitute", owners[SUBSTITUTE])["held"]
    switch = office.insert(
        "substitution", absent=owners[ABSENT], substitute=owners[SUBSTITUTE], active=False
    )
    side.sync("substitute")
    for _ in range(scale.quick):
        for name, on in (("on", True), ("off", False)):
            cost = office.watch.cost_of(partial(office.update, "substitution", switch, active=on))
            _add_write(figures, f"substitution_{name}", cost, "nothing")
            report = side.sync("substitute")
            expect("customers of the substitute", report["held"], own + scale.absent * on)
            figures.add(f"substitution_{name}_sync_ms", report["ms"], "rows of the absent person")


def measure_shared_row(side: Side, figures: Figures, scale: Scale) -> None:
    """An edit of a row that many rules select, beside one that none does."""
    office, owners = side.office, side.office.generator.owners
    shared = office.first_of[owners[HOLDER]]
    plain = office.first_of[owners[ABSENT]]
    number = _value(office, "customer", shared, "number")
    condition = {"field": "number", "op": "equal", "value": number}
    rules = [
        office.rule(condition, owners[AUDIENCE], owners[AUDIENCE + 1 + n])
        for n in range(scale.buckets)
    ]
    expect("buckets of the shared row", sum(office.count(rule) for rule in rules), scale.buckets)
    side.enrol("all", owners[AUDIENCE])
    side.enrol("one", owners[AUDIENCE + 1])
    for turn in range(scale.quick):
        for name, row in (("plain", plain), ("shared", shared)):
            cost = office.watch.cost_of(
                partial(office.update, "customer", row, phone=f"+43 5 {turn}")
            )
            _add_write(figures, f"{name}_row", cost, "buckets of the row")
        for name, times in (("all", scale.buckets), ("one", 1)):
            milliseconds = side.sync(name, rows=times)["ms"]
            figures.add(
                f"shared_row_delta_{name}_ms", milliseconds, "buckets granted that hold the row"
            )
    for rule in rules:
        office.update("rule", rule, active=False)


def _edit_first(office: Office, owner: int, turn: int) -> None:
    """An edit of one customer of that owner."""
    row_id = office.first_of[office.generator.owners[owner]]
    office.update("customer", row_id, phone=f"+43 1 {turn:05d}")


def _value(office: Office, entity: str, row_id: bytes, field: str) -> str:
    table = office.store.tables[entity]
    with reading(office.store.engine) as connection:
        wanted = sa.select(table.c[field]).where(table.c.id == row_id)
        return str(connection.execute(wanted).scalar_one())


def _applied(office: Office, edit: Callable[[], None]) -> Cost:
    """The cost of an edit, until every row is where the rules want it."""

    def work() -> None:
        edit()
        office.store.settle_rest()

    return office.watch.cost_of(work)


def _add_moved(figures: Figures, key: str, cost: Cost, rows: int) -> None:
    figures.add(f"{key}_s", cost.seconds, "rows that enter or leave")
    figures.add(f"{key}_us_per_row", cost.seconds / rows * 1e6, "rules for the entity")
    # The last commit only finds that nothing is left.
    figures.add(f"{key}_commits", cost.commits - 1, "rows that enter or leave / 2,000")
    figures.add(f"{key}_statements", cost.statements, "rows that enter or leave / 1,000")
    scales_with = "rows that a commit moves; rows of the table, if no index helps the condition"
    figures.add(f"{key}_longest_commit_ms", cost.longest * 1000, scales_with)


def _add_write(figures: Figures, key: str, cost: Cost, scales_with: str) -> None:
    figures.add(f"{key}_write_ms", cost.seconds * 1000, scales_with)
    figures.add(f"{key}_rows_written", cost.rows, scales_with)


# -- a run


def measure(database: str | None, scale: Scale) -> dict[str, Any]:
    """All figures of one run."""
    figures = Figures()
    with tempfile.TemporaryDirectory(prefix="slices") as temporary, ExitStack() as stack:
        folder = Path(temporary)
        servers = stack.enter_context(ExitStack())
        addresses = stack.enter_context(databases(database, folder))
        sides = []
        for name, url, total in zip(
            ("few", "many"), addresses, (scale.few, scale.many), strict=True
        ):
            say(f"loading {total:,} customers")
            absent = scale.absent if name == "many" else 0
            office = Office(url, sizes(total, scale.held, absent))
            stack.callback(office.store.engine.dispose)
            server, _ = servers.enter_context(serving(url))
            device = servers.enter_context(client(server, folder / name))
            sides.append(Side(office, device))
        few, many = sides
        measure_database_size(few, many, figures, scale)
        measure_substitution(many, figures, scale)
        say("adding hierarchies")
        people, markets = add_hierarchies(many.office, scale)
        measure_grants(many, people, figures, scale)
        measure_manager_move(many, people, figures, scale)
        measure_shared_row(many, figures, scale)
        servers.close()  # their job would apply rules, too
        measure_market_move(many.office, markets, figures, scale)
        measure_rule(many.office, figures, scale)
    ratio = figures.medians()["delta_ratio"]
    return {
        "figures": figures.described(),
        "goals": {f"delta_ratio <= {RATIO_GOAL}": ratio <= RATIO_GOAL},
        "scale": asdict(scale),
        "machine": machine(),
    }


def _measure(database: str | None, small: bool) -> dict[str, Any]:
    return measure(database, SMALL if small else FULL)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run, print, write; 1 when a goal was missed."""
    result = run("slices", __doc__, arguments, _measure)
    return 0 if all(result["goals"].values()) else 1


if __name__ == "__main__":
    sys.exit(main())

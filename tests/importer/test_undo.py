"""Taking an import back: what was, where nobody changed it since; the rest is told (D1)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.importer import load_mapping, plan_import
from server.importer.apply import decide
from server.importer.undo import Undone, undo
from syncengine.model.access import Source
from syncengine.store import bulk
from syncengine.store.author import Author
from syncengine.store.bulk_steps import finish
from tests.importer.conftest import HEAD, Desk
from tests.support.world import SCHEMA, Crash, Faults, World

AUTHOR = Author(Source.IMPORT, None, "undo import customers.csv")


def imported(desk: Desk, *lines: str) -> bytes:
    """Import these lines; the bulk change."""
    new = desk.world.environment.new_id()
    plan = desk.plan(*lines)
    assert plan.errors == []
    decide(desk.world.store, plan, new)
    finish(desk.world.store, new)
    plan.close()
    return new


def taken_back(desk: Desk, change: bytes) -> Undone:
    return undo(desk.world.store, change, AUTHOR, desk.world.environment.new_id())[0]


def row_of(desk: Desk, number: str) -> bytes:
    c = desk.world.store.tables["customer"].c
    with desk.world.store.engine.connect() as connection:
        found: bytes = connection.execute(c.id.table.select().where(c.number == number)).one().id
        return found


def test_everything_is_as_it_was(desk: Desk) -> None:
    desk.run("1,Shop,a,5,+49,old,", "2,Other,b,6,,,")
    before = desk.customers()
    change = imported(desk, '1,Renamed,b,"1.000,5",+50,new,', "3,Made,a,0,,,")  # 2 ends
    assert desk.customers()["2"][4] is False or desk.customers()["2"][4] == 0
    undone = taken_back(desk, change)
    assert desk.customers() == before
    assert (undone.restored, undone.removed, undone.left) == (2, 1, 0)
    again = taken_back(desk, change)
    assert (again.operations, again.left) == (0, 0)


def test_the_file_counts_again_afterwards(desk: Desk) -> None:
    """A field that leads by what was imported last: taken back, it was not imported."""
    desk.run("1,Shop,a,5,+49,,")
    change = imported(desk, "1,Shop,a,5,+50,,")
    taken_back(desk, change)
    assert desk.customers()["1"][2] == "+49"
    desk.run("1,Shop,a,5,+50,,")
    assert desk.customers()["1"][2] == "+50"


def test_a_new_row_that_others_refer_to_stays(desk: Desk) -> None:
    change = imported(desk, "1,Shop,a,5,,,", "2,Shop,a,5,,,")
    desk.world.insert("contact", customer=row_of(desk, "1"), name="Somebody", active=True)
    undone, written = undo(
        desk.world.store, change, AUTHOR, desk.world.environment.new_id()
    )  # fmt: skip
    assert written is not None
    assert [one.position for one in written.refused] == [1]
    assert set(desk.customers()) == {"1"}
    assert undone.removed == 2


def test_a_crash_while_it_is_written_is_made_good(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same id again finishes it, and finds no conflict in what it wrote itself."""
    monkeypatch.setattr(bulk, "STEP_OPERATIONS", 2)
    faults = Faults()
    desk = Desk(World(database_url, tmp_path, faults=faults), tmp_path)
    desk.run(*(f"{n},Shop,a,5,,," for n in range(5)))
    before = desk.customers()
    change = imported(desk, *(f"{n},Other,a,5,,," for n in range(6)))
    new = desk.world.environment.new_id()
    faults.crash_at = "bulk.step_written"
    with pytest.raises(Crash):
        undo(desk.world.store, change, AUTHOR, new)
    undone, written = undo(desk.world.store, change, AUTHOR, new)
    assert written is not None
    assert (undone.left, written.operations) == (0, 6)
    assert desk.customers() == before
    desk.world.close()


NUMBERS = st.sampled_from("12345")
VALUES = st.sampled_from(["x", "y", "z"])
LINES = st.dictionaries(NUMBERS, st.tuples(VALUES, VALUES), max_size=5)
EDITS = st.lists(st.tuples(NUMBERS, st.sampled_from(["name", "remark"]), VALUES), max_size=6)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One for all random runs: their customers have numbers of their own."""
    folder = tmp_path_factory.mktemp("undo")
    made = World(f"sqlite:///{folder / 'server.db'}", folder)
    yield made
    made.close()


@settings(max_examples=40, deadline=None)
@given(LINES, LINES, EDITS)
def test_only_what_nobody_changed_goes_back(
    world: World,
    first: dict[str, tuple[str, str]],
    second: dict[str, tuple[str, str]],
    edits: list[tuple[str, str, str]],
) -> None:
    """Against a model: a field goes back where it has the imported value, a new row goes where
    nobody touched it.
    """
    shops = Shops(world, world.environment.new_id().hex()[-12:] + "-")
    shops.bring(first)
    before = shops.rows()
    change = shops.bring(second)
    model, touched = shops.rows(), set[str]()
    after = {number: dict(row) for number, row in model.items()}
    for number, name, value in edits:
        if number in model and model[number][name] != value:
            world.update("customer", shops.ids()[number], **{name: value})
            model[number][name] = value
            touched.add(number)
    for number in list(model):
        if number in before:
            for name, now in model[number].items():
                if now == after[number][name]:
                    model[number][name] = before[number][name]
        elif number not in touched:
            del model[number]
    if change is not None:
        undo(world.store, change, AUTHOR, world.environment.new_id())
        assert shops.rows() == model


MAPPING = """
file = "customers.csv"
[[output]]
entity = "customer"
key = ["number"]
[output.fields]
number = { column = "No" }
name = { column = "Name" }
remark = { column = "Remark" }
active = { value = true }
"""


@dataclass
class Shops:
    """Customers whose numbers begin with `mark`."""

    world: World
    mark: str

    def bring(self, lines: dict[str, tuple[str, str]]) -> bytes | None:
        """Import number -> (name, remark); the bulk change, if there was one."""
        (self.world.folder / "mapping.toml").write_text(MAPPING, encoding="utf-8")
        mapping = load_mapping(self.world.folder / "mapping.toml", SCHEMA)
        path = self.world.folder / "customers.csv"
        told = [f"{self.mark}{number},{name},{remark}" for number, (name, remark) in lines.items()]
        path.write_text("\n".join(["No,Name,Remark", *told, ""]), encoding="utf-8")
        with closing(plan_import(self.world.store, path, mapping)) as plan:
            if not plan.operations:
                return None
            new: bytes = self.world.environment.new_id()
            decide(self.world.store, plan, new)
        finish(self.world.store, new)
        return new

    def _found(self) -> list[Any]:
        c = self.world.store.tables["customer"].c
        with self.world.store.engine.connect() as connection:
            mine = c.id.table.select().where(c.number.startswith(self.mark))
            return list(connection.execute(mine))

    def rows(self) -> dict[str, dict[str, str]]:
        """By the rest of their number."""
        size = len(self.mark)
        return {r.number[size:]: {"name": r.name, "remark": r.remark} for r in self._found()}

    def ids(self) -> dict[str, bytes]:
        return {row.number[len(self.mark) :]: row.id for row in self._found()}


def test_the_plan_knows_its_rows_again(desk: Desk) -> None:
    """Planned twice it has one fingerprint, whatever ids new rows get; and another one where
    something else would come of it.
    """
    lines = ("1,Shop,a,5,,,", "2,Other,b,6,,,")
    first = fingerprint(desk, *lines)
    assert fingerprint(desk, *lines) == first
    assert fingerprint(desk, lines[0], "2,Else,b,6,,,") != first
    desk.run(*lines)
    assert fingerprint(desk, *lines) != first
    with closing(desk.plan("1,Shop,b,5,,,", "2,Other,a,6,,,")) as plan:
        a, b = desk.world.people["a"], desk.world.people["b"]
        assert plan.handed == {("customer", a, b): 1, ("customer", b, a): 1}


def fingerprint(desk: Desk, *lines: str) -> bytes:
    with closing(desk.plan(*lines)) as plan:
        return plan.fingerprint


def test_rows_with_too_few_cells_are_each_named(desk: Desk) -> None:
    with closing(desk.plan("1,Shop,a", "2,Shop,a,5,,,", "3,Shop,a,5,,,,,", head=HEAD)) as plan:
        assert [(e.row, e.code) for e in plan.errors] == [(2, "row.ragged"), (4, "row.ragged")]

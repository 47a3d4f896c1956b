"""Edits in conflict that are kept as a second row."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from syncengine.model.entity import Action, ConflictRule, Entity, Field
from syncengine.model.errors import InvalidSchema
from syncengine.model.fields import Reference, Text
from syncengine.store.doctor import doctor
from syncengine.store.history import history
from tests.support.wire import NaiveDevice, codes
from tests.support.world import World
from tests.tallies.module import SCHEMA

MEMO = SCHEMA.tags["memo"]


class Memos:
    """Two stores of a, with one memo."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.one, self.other = NaiveDevice(world, "a"), NaiveDevice(world, "a")
        owner = world.people["a"]
        self.row = world.insert("memo", text="draft", colour="red", owner=owner)
        self.sync()

    def sync(self) -> None:
        for device in (self.one, self.other) * 2:
            device.sync()

    def rows(self) -> dict[bytes, dict[str, Any]]:
        """At the server, by id."""
        table = self.world.store.tables["memo"]
        with self.world.store.engine.connect() as connection:
            return {r["id"]: dict(r) for r in connection.execute(table.select()).mappings()}

    def copies(self) -> list[tuple[str, str]]:
        """(text, colour) of the copies of the memo."""
        copies = [r for r in self.rows().values() if r["copy_of"] == self.row]
        return sorted((r["text"], r["colour"]) for r in copies)


@pytest.fixture
def memos(database_url: str, tmp_path: Path) -> Iterator[Memos]:
    world = World(database_url, tmp_path, schema=SCHEMA)
    made = Memos(world)
    yield made
    made.sync()
    assert made.one.records == made.other.records
    assert doctor(world.store).findings == []
    world.close()


def test_the_edit_is_a_row_beside_the_other(memos: Memos) -> None:
    """One changeset does both (invariant 11); sent again it copies nothing again (3)."""
    memos.world.update("memo", memos.row, text="office")
    edit = memos.one.changeset(memos.one.update("memo", memos.row, text="device", colour="blue"))
    (verdict,) = memos.one.push(edit)
    assert (verdict.outcome, codes(verdict), verdict.losses) == ("merged", {"row.copied"}, [])
    assert memos.one.push(edit) == [verdict]
    original = memos.rows()[memos.row]
    assert (original["text"], original["colour"]) == ("office", "red")
    assert memos.copies() == [("device", "blue")]
    newest = history(memos.world.store, MEMO)[:2]
    assert {entry.version for entry in newest} == {verdict.version}
    assert {entry.action for entry in newest} == {"insert", "update"}


def test_all_edits_of_one_store_on_one_base_go_into_one_copy(memos: Memos) -> None:
    memos.world.update("memo", memos.row, text="office")
    one, other = memos.one, memos.other
    edits = [one.changeset(one.update("memo", memos.row, text=f"one {n}")) for n in range(3)]
    assert {v.outcome for v in one.push(*edits)} == {"merged"}
    other.push(other.changeset(other.update("memo", memos.row, text="other")))
    assert memos.copies() == [("one 2", "red"), ("other", "red")]
    memos.sync()
    memos.world.update("memo", memos.row, text="office again")
    one.push(one.changeset(one.update("memo", memos.row, text="one anew")))
    assert memos.copies() == [
        ("one 2", "red"), ("one anew", "red"), ("other", "red"),
    ]  # fmt: skip


def test_a_copy_that_went_to_somebody_else_is_not_touched(memos: Memos) -> None:
    memos.world.update("memo", memos.row, text="office")
    one = memos.one
    one.push(one.changeset(one.update("memo", memos.row, text="first")))
    (copy,) = (i for i, row in memos.rows().items() if row["copy_of"] == memos.row)
    memos.world.update("memo", copy, owner=memos.world.people["b"])
    second = one.changeset(one.update("memo", memos.row, text="second"))
    (verdict,) = one.push(second)
    assert (verdict.outcome, codes(verdict)) == ("quarantined", {"late.quarantined"})
    assert memos.copies() == [("first", "red")]


def test_without_a_conflict_there_is_no_copy_and_rows_may_go(memos: Memos) -> None:
    one = memos.one
    memos.world.update("memo", memos.row, colour="green")
    (verdict,) = one.push(one.changeset(one.update("memo", memos.row, text="device")))
    assert verdict.outcome == "merged"
    assert memos.copies() == []
    memos.world.update("memo", memos.row, text="office")
    one.push(one.changeset(one.update("memo", memos.row, text="later")))
    memos.world.update("memo", memos.row, text="x")
    memos.other.push(memos.other.changeset(memos.other.update("memo", memos.row, text="y")))
    memos.world.write([memos.world.operation(Action.DELETE, "memo", memos.row)])
    assert memos.copies() == [("later", "green"), ("y", "green")]


@pytest.mark.parametrize(
    "refers", [Field(2, "of", Text(9)), Field(2, "of", Reference("thing")),
               Field(2, "of", Reference("thing", dangling=True), required=True),
               Field(2, "other", Reference("thing", dangling=True))],
)  # fmt: skip
def test_an_entity_says_how_copies_refer_to_their_row(refers: Field) -> None:
    text = Field(1, "text", Text(9), conflict=ConflictRule.KEEP_BOTH)
    for copies in ("of", None):
        with pytest.raises(InvalidSchema, match="refers from copies"):
            Entity(1, "thing", (text, refers), copies=copies)

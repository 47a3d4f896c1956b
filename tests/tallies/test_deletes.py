"""A row that one side deletes and the other edits."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from syncengine.model.entity import Action
from syncengine.model.fields import Stored
from syncengine.protocol.messages import WireVerdict
from syncengine.store.database import reading
from syncengine.store.doctor import doctor
from syncengine.store.history import history
from syncengine.store.past import single
from tests.support.wire import NaiveDevice, codes
from tests.support.world import World
from tests.tallies.module import SCHEMA


class Two:
    """Two stores of person a, and one of b who never has a's rows."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.a, self.other = NaiveDevice(world, "a"), NaiveDevice(world, "a")
        self.b = NaiveDevice(world, "b")
        self.sync()

    def sync(self) -> None:
        """Everybody, twice: the second proves what the first brought."""
        for device in (self.a, self.other, self.b) * 2:
            device.sync()

    def row(self, entity: str, **more: Stored) -> bytes:
        """One of a's that both stores have."""
        owner = self.world.people["a"]
        row = self.world.insert(entity, None, text="as it was", owner=owner, **more)
        self.sync()
        return row

    def values(self, entity: str, row: bytes) -> dict[str, object] | None:
        """At the server; None when it is not there."""
        table = self.world.store.tables[entity]
        with self.world.store.engine.connect() as connection:
            found = connection.execute(table.select().where(table.c.id == row)).mappings().first()
        return dict(found) if found is not None else None

    def edit(self, device: NaiveDevice, entity: str, row: bytes, **fields: Stored) -> WireVerdict:
        """Pushed, and not pulled."""
        (verdict,) = device.push(device.changeset(device.update(entity, row, **fields)))
        return verdict

    def delete(self, device: NaiveDevice, entity: str, row: bytes) -> WireVerdict:
        """Likewise."""
        operation = self.world.operation(Action.DELETE, entity, row)
        (verdict,) = device.push(device.changeset(operation))
        return verdict

    def converged(self) -> None:
        """Invariant 5, and nothing amiss at the server."""
        self.sync()
        assert self.a.records == self.other.records
        assert doctor(self.world.store).findings == []


@pytest.fixture
def two(database_url: str, tmp_path: Path) -> Iterator[Two]:
    world = World(database_url, tmp_path, schema=SCHEMA)
    yield Two(world)
    world.close()


@pytest.mark.parametrize("entity", ["task", "errand"])
@pytest.mark.parametrize("edit_first", [True, False])
def test_the_row_ends_alike_in_either_order(two: Two, entity: str, edit_first: bool) -> None:
    """Invariants 5 and 22."""
    row = two.row(entity)
    stays = entity == "task"
    if edit_first:
        assert two.edit(two.a, entity, row, text="edited").outcome == "accepted"
        deleted = two.delete(two.other, entity, row)
        assert deleted.outcome == "merged"
        assert codes(deleted) == ({"row.edited"} if stays else set())
        assert [(x.lost, x.kept) for x in deleted.losses] == ([] if stays else [("edited", None)])
    else:
        assert two.delete(two.other, entity, row).outcome == "accepted"
        edited = two.edit(two.a, entity, row, text="edited")
        assert edited.outcome == ("merged" if stays else "quarantined")
        assert codes(edited) == (set() if stays else {"row.deleted"})
    two.converged()
    found = two.values(entity, row)
    assert (found is not None) == stays
    if found is not None:
        assert found["text"] == "edited"
        assert two.a.records[SCHEMA.tags[entity], row][2] == "edited"


@pytest.mark.parametrize("entity", ["task", "errand"])
def test_who_never_had_the_row_learns_nothing(two: Two, entity: str) -> None:
    """Invariant 9: deleted, foreign and never there answer alike."""
    gone, foreign = two.row(entity), two.row(entity)
    two.delete(two.a, entity, gone)
    rows = (gone, foreign, two.world.environment.new_id())
    verdicts = [two.edit(two.b, entity, row, text="x") for row in rows]
    verdicts += [two.delete(two.b, entity, row) for row in rows]
    answers = {(v.outcome, tuple((o.code, o.detail) for o in v.objections)) for v in verdicts}
    assert [answer[0] for answer in answers] == ["rejected"]
    assert {code for v in verdicts for code in codes(v)} == {"row.unknown"}


def test_a_row_that_moved_on_and_was_deleted_there_is_only_late(two: Two) -> None:
    """What became of it with its new owner is not the old one's to know."""
    moved, deleted = two.row("task"), two.row("task")
    for row in (moved, deleted):
        two.world.update("task", row, owner=two.world.people["b"])
    two.world.write([two.world.operation(Action.DELETE, "task", deleted)])
    verdicts = [two.edit(two.a, "task", row, text="late") for row in (moved, deleted)]
    assert [(v.outcome, codes(v)) for v in verdicts] == [("quarantined", {"late.quarantined"})] * 2
    assert verdicts[0].objections == verdicts[1].objections


def test_a_store_that_knows_of_the_delete_does_not_undo_it(two: Two) -> None:
    row = two.row("task")
    two.delete(two.other, "task", row)
    two.sync()
    assert codes(two.edit(two.a, "task", row, text="x")) == {"row.unknown"}


def test_two_deletes_are_one(two: Two) -> None:
    row = two.row("task")
    two.delete(two.other, "task", row)
    again = two.delete(two.a, "task", row)
    assert (again.outcome, again.objections, again.losses) == ("merged", [], [])
    two.converged()
    actions = [entry.action for entry in history(two.world.store, SCHEMA.tags["task"], row)]
    assert actions == ["delete", "insert"]


def test_what_comes_back_has_all_edits_and_conflicts_of_its_fields(two: Two) -> None:
    """The last state, merged field by field; later own work counts from what it saw."""
    row = two.row("task", done=False)
    two.world.update("task", row, text="by the office")
    two.world.write([two.world.operation(Action.DELETE, "task", row)])
    first = two.a.changeset(two.a.update("task", row, done=True))
    second = two.a.changeset(two.a.update("task", row, text="by the rep"))
    verdicts = two.a.push(first, second)
    assert [v.outcome for v in verdicts] == ["merged", "merged"]
    assert [(x.lost, x.kept) for x in verdicts[1].losses] == [("by the rep", "by the office")]
    two.converged()
    found = two.values("task", row)
    assert found is not None
    assert (found["text"], bool(found["done"])) == ("by the office", True)


def test_the_past_of_a_row_that_came_back_can_be_read(two: Two) -> None:
    row = two.row("task")
    key = (SCHEMA.tags["task"], row)
    was = two.world.store.status().version
    gone = two.delete(two.other, "task", row).version
    back = two.edit(two.a, "task", row, text="edited").version
    assert gone is not None
    assert back is not None
    texts = []
    with reading(two.world.store.engine) as connection:
        for version in (was, gone, back):
            found = single(connection, two.world.store, [key], version)[key[0]].get(row)
            texts.append(found and found["text"])
    assert texts == ["as it was", None, "edited"]


def test_where_it_cannot_come_back_the_edit_waits(two: Two) -> None:
    """Its reference is gone; or devices may not insert such rows."""
    market = two.world.insert("market", number="m", name="Market")
    task, order = two.row("task", market=market), two.row("order")
    deletes = [("task", task), ("order", order), ("market", market)]
    two.world.write([two.world.operation(Action.DELETE, *each) for each in deletes])
    for entity, row in deletes[:2]:
        verdict = two.edit(two.a, entity, row, text="edited")
        assert (verdict.outcome, codes(verdict)) == ("quarantined", {"row.deleted"})
        assert two.values(entity, row) is None
    denied = two.edit(two.other, "task", task, text="edited", market=None)
    assert denied.outcome == "quarantined"
    two.converged()


def test_a_row_that_the_store_made_was_had_before_any_proof(two: Two) -> None:
    """Made, answered, deleted by the office, and edited from the same outbox."""
    operation = two.a.insert("errand", text="new", owner=two.world.people["a"])
    made = two.a.changeset(operation)
    edit = two.a.changeset(two.a.update("errand", operation.row_id, text="newer"))
    assert [v.outcome for v in two.a.push(made)] == ["accepted"]
    two.world.write([two.world.operation(Action.DELETE, "errand", operation.row_id)])
    (verdict,) = two.a.push(edit)
    assert (verdict.outcome, codes(verdict)) == ("quarantined", {"row.deleted"})


def test_devices_show_a_row_again_that_was_not_deleted(two: Two) -> None:
    """The person who deleted it sees it come back, with what was edited."""
    row = two.row("task")
    one, other = two.world.enrol("a", name="one"), two.world.enrol("a", name="other")
    with one, other:
        for device in (one, other):
            device.sync()
        with one.changeset() as changes:
            changes.update("task", row, text="edited")
        with other.changeset() as changes:
            changes.delete("task", row)
        assert other.get("task", row) is None
        one.sync()
        assert other.sync().verdicts == {"merged": 1}
        shown = other.get("task", row)
        assert shown is not None
        assert dict(shown)["text"] == "edited"

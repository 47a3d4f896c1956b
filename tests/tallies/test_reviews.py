"""What waits for the office: conflicts that people decide, quarantined work; and deciding it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import permutations
from pathlib import Path

import pytest

from syncengine.model.entity import Action
from syncengine.model.ids import to_text
from syncengine.store import review_queue
from syncengine.store.database import reading
from syncengine.store.doctor import doctor
from syncengine.store.history import history
from syncengine.store.past import whole
from syncengine.store.review_queue import ReviewRefused, accept, edit, entries, reject, show
from syncengine.store.reviews import Kind, ReviewDecided, ReviewUnknown
from tests.support.wire import NaiveDevice, codes
from tests.support.world import Crash, World
from tests.tallies.module import SCHEMA

TALLY, TASK = SCHEMA.tags["tally"], SCHEMA.tags["task"]
IBAN, HITS, TEXT, MARKET = 7, 5, 1, 4


class Desk:
    """An office that decides, and a device whose work waits."""

    def __init__(self, world: World) -> None:
        self.world, self.store = world, world.store
        self.device = NaiveDevice(world, "a")
        self.row = world.insert("tally", iban="DE1", pieces=10)
        self.task = world.insert("task", text="call", owner=world.people["a"], hits=10)
        self.sync()

    def sync(self) -> None:
        """Twice: the second proves what the first brought."""
        self.device.sync()
        self.device.sync()

    def conflict(self, entered: str = "DE3") -> int:
        """The number of a new conflict: base DE1, server DE2."""
        self.world.update("tally", self.row, iban="DE2")
        operation = self.device.update("tally", self.row, iban=entered, pieces=12)
        (verdict,) = self.device.push(self.device.changeset(operation))
        assert (verdict.outcome, codes(verdict)) == ("merged", {"conflict.queued"})
        assert [(x.lost, x.kept) for x in verdict.losses] == [(entered, "DE2")]
        return entries(self.store, Kind.CONFLICT, False, 100)[0][-1].number

    def late(self, **fields: object) -> int:
        """The number of new work on a task that moved on."""
        self.world.update("task", self.task, owner=self.world.people["b"], hits=20)
        operation = self.device.update("task", self.task, **fields)  # type: ignore[arg-type]
        (verdict,) = self.device.push(self.device.changeset(operation))
        assert verdict.outcome == "quarantined"
        return entries(self.store, Kind.QUARANTINE, False, 100)[0][-1].number

    def value(self, tag: int, row: bytes, name: str) -> object:
        """At the server."""
        with reading(self.store.engine) as connection:
            version = self.store.status().version
            rows = whole(connection, self.store, [tag], version)[tag]
        return rows[row][name] if row in rows else None


@pytest.fixture
def desk(database_url: str, tmp_path: Path) -> Iterator[Desk]:
    world = World(database_url, tmp_path, schema=SCHEMA)
    made = Desk(world)
    yield made
    assert doctor(world.store).findings == []
    world.close()


def test_a_conflict_is_shown_with_its_three_values(desk: Desk) -> None:
    number = desk.conflict()
    desk.world.update("tally", desk.row, iban="DE4")
    (entry,), count = entries(desk.store, Kind.CONFLICT, False, 10)
    assert (entry.number, entry.state, entry.actor, count) == (number, "open", "a", 1)
    shown = show(desk.store, Kind.CONFLICT, number)
    (value,) = shown.values
    assert (value.field, value.base, value.server, value.now, value.device) == (
        "iban", "DE1", "DE2", "DE4", "DE3",
    )  # fmt: skip
    assert value.row == f"tally:{to_text(desk.row)}"
    assert desk.value(TALLY, desk.row, "pieces") == 12  # only the conflict waits


@pytest.mark.parametrize(
    ("decide", "state", "stands"),
    [
        (lambda desk, n: accept(desk.store, Kind.CONFLICT, n, "called"), "accepted", "DE3"),
        (
            lambda desk, n: edit(desk.store, Kind.CONFLICT, n, {0: {IBAN: "DE5"}}, "called"),
            "edited",
            "DE5",
        ),
        (lambda desk, n: reject(desk.store, Kind.CONFLICT, n, "called"), "rejected", "DE2"),
    ],
)
def test_a_decision_is_a_changeset_and_closes_the_entry(
    desk: Desk, decide: Callable[[Desk, int], int], state: str, stands: str
) -> None:
    """Who did it stays known, and so does the value that gives way."""
    number = desk.conflict()
    before = desk.store.status().version
    version = decide(desk, number)
    assert version == desk.store.status().version == before + 1
    assert desk.value(TALLY, desk.row, "iban") == stands
    entry = show(desk.store, Kind.CONFLICT, number).entry
    assert (entry.state, entry.reason, entry.decision) == (state, "called", version)
    assert entries(desk.store, Kind.CONFLICT, False, 10) == ([], 0)
    assert [e.number for e in entries(desk.store, Kind.CONFLICT, True, 10)[0]] == [number]
    if stands != "DE2":
        newest = history(desk.store, TALLY, desk.row)[0]
        assert (newest.source, newest.actor, newest.principal) == ("office", "a", "a")
        assert newest.label == f"conflict {number} {state}: called"
        assert (newest.before, newest.after) == ({"iban": "DE2"}, {"iban": stands})
    desk.sync()
    place = 2 + SCHEMA.by_tag[TALLY].position("iban")
    assert desk.device.records[TALLY, desk.row][place] == stands


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_whoever_decides_first_decides(desk: Desk, order: tuple[int, ...]) -> None:
    """Of any number of decisions one counts; the others are told, and change nothing."""
    number = desk.conflict()
    ways: list[Callable[[], int]] = [
        lambda: accept(desk.store, Kind.CONFLICT, number),
        lambda: edit(desk.store, Kind.CONFLICT, number, {0: {IBAN: "DE9"}}),
        lambda: reject(desk.store, Kind.CONFLICT, number, "no"),
    ]
    version = ways[order[0]]()
    for way in order:
        with pytest.raises(ReviewDecided, match=f"as version {version}"):
            ways[way]()
    assert desk.store.status().version == version
    assert desk.value(TALLY, desk.row, "iban") == ("DE3", "DE9", "DE2")[order[0]]


def test_a_crash_leaves_the_entry_open_or_decided_whole(desk: Desk) -> None:
    """Invariants 3 and 11."""
    number = desk.conflict()
    desk.world.server_faults.crash_at = "server.before_commit"
    with pytest.raises(Crash):
        accept(desk.store, Kind.CONFLICT, number)
    desk.world.close()
    again = World.beside(desk.world)
    assert show(again.store, Kind.CONFLICT, number).entry.state == "open"
    accept(again.store, Kind.CONFLICT, number)
    with pytest.raises(ReviewDecided):
        accept(again.store, Kind.CONFLICT, number)
    again.close()


def test_accepted_late_work_takes_effect_for_who_did_it(desk: Desk) -> None:
    """What was counted is added; of what was set, the accepted value stands."""
    number = desk.late(text="called", hits=11)
    desk.world.update("task", desk.task, text="b's words")
    shown = show(desk.store, Kind.QUARANTINE, number)
    assert [(v.field, v.base, v.server, v.now, v.device) for v in shown.values] == [
        ("text", "call", "call", "b's words", "called"),
        ("hits", 10, 20, 20, 11),
    ]
    assert "late.quarantined" in shown.entry.reasons[0]
    accept(desk.store, Kind.QUARANTINE, number)
    assert desk.value(TASK, desk.task, "text") == "called"
    assert desk.value(TASK, desk.task, "hits") == 21
    newest = history(desk.store, TASK, desk.task)[0]
    assert (newest.source, newest.actor, newest.principal) == ("office", "a", "a")
    assert newest.before == {"text": "b's words", "hits": 20}


def test_accepting_an_edit_of_a_deleted_row_brings_it_back(desk: Desk) -> None:
    errand = desk.world.insert("errand", text="fetch", owner=desk.world.people["a"], done=False)
    desk.sync()
    desk.world.write([desk.world.operation(Action.DELETE, "errand", errand)])
    (verdict,) = desk.device.push(
        desk.device.changeset(desk.device.update("errand", errand, text="x"))
    )
    assert codes(verdict) == {"row.deleted"}
    (entry,), _ = entries(desk.store, Kind.QUARANTINE, False, 10)
    (value,) = show(desk.store, Kind.QUARANTINE, entry.number).values
    assert (value.base, value.server, value.now, value.device) == ("fetch", None, None, "x")
    accept(desk.store, Kind.QUARANTINE, entry.number)
    tag = SCHEMA.tags["errand"]
    assert desk.value(tag, errand, "text") == "x"
    assert desk.value(tag, errand, "owner") == desk.world.people["a"]


def test_what_the_office_types_stands(desk: Desk) -> None:
    """Also the value of the base, and also in a field that is counted."""
    number = desk.conflict()
    edit(desk.store, Kind.CONFLICT, number, {0: {IBAN: "DE1"}})
    assert desk.value(TALLY, desk.row, "iban") == "DE1"
    number = desk.late(text="called", hits=11)
    edit(desk.store, Kind.QUARANTINE, number, {0: {HITS: 10}})
    assert desk.value(TASK, desk.task, "hits") == 10
    assert desk.value(TASK, desk.task, "text") == "called"


def test_what_cannot_take_effect_goes_on_waiting(desk: Desk) -> None:
    """Judged again now, with reasons; what is mended by an edit takes effect."""
    market = desk.world.insert("market", number="m", name="Market")
    desk.sync()
    number = desk.late(market=market)
    desk.world.write([desk.world.operation(Action.DELETE, "market", market)])
    version = desk.store.status().version
    with pytest.raises(ReviewRefused, match=r"reference\.unknown"):
        accept(desk.store, Kind.QUARANTINE, number)
    assert desk.store.status().version == version
    assert show(desk.store, Kind.QUARANTINE, number).entry.state == "open"
    edit(desk.store, Kind.QUARANTINE, number, {0: {MARKET: None, TEXT: "mended"}})
    assert desk.value(TASK, desk.task, "text") == "mended"


def test_an_accepted_delete_deletes(desk: Desk) -> None:
    """Also where an edit would have kept the row."""
    desk.world.update("task", desk.task, owner=desk.world.people["b"])
    delete = desk.world.operation(Action.DELETE, "task", desk.task)
    (verdict,) = desk.device.push(desk.device.changeset(delete))
    assert verdict.outcome == "quarantined"
    (entry,), _ = entries(desk.store, Kind.QUARANTINE, False, 10)
    (value,) = show(desk.store, Kind.QUARANTINE, entry.number).values
    assert (value.action, value.field) == ("delete", None)
    accept(desk.store, Kind.QUARANTINE, entry.number)
    assert desk.value(TASK, desk.task, "text") is None


def test_lists_are_bounded_and_entries_of_one_kind(desk: Desk) -> None:
    numbers = [desk.conflict(f"DE{n}") for n in (3, 5, 7)]
    found, count = entries(desk.store, Kind.CONFLICT, False, 2)
    assert ([entry.number for entry in found], count) == (numbers[:2], 3)
    for kind, number in ((Kind.QUARANTINE, numbers[0]), (Kind.CONFLICT, 99)):
        for ask in (show, accept, review_queue.operations_of):
            with pytest.raises(ReviewUnknown):
                ask(desk.store, kind, number)

"""A history that begins later: what it no longer tells is called unknown, all else is as ever."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from syncengine.model.changeset import Base
from syncengine.model.entity import Action
from syncengine.protocol.messages import Welcome
from syncengine.store import clock as clocks
from syncengine.store import tables as t
from syncengine.store.compaction import Retention, compact
from syncengine.store.database import reading
from syncengine.store.doctor import doctor
from syncengine.store.explain import explain
from syncengine.store.history import history
from syncengine.store.past import OutOfReach
from syncengine.store.receipts import receipts_of_version
from syncengine.store.review_queue import accept, entries, reject
from syncengine.store.reviews import Kind
from tests.support.days import Days
from tests.support.leaving import value
from tests.support.wire import NaiveDevice, codes
from tests.support.world import DAY, SCHEMA, Crash

CUSTOMER = SCHEMA.tags["customer"]


def _begin(days: Days, age: int) -> int:
    """The history of more days than that goes, and nothing else; where it begins now."""
    never = 10_000 * DAY
    compact(days.world.store, Retention(never, never, age * DAY))
    with reading(days.world.store.engine) as connection:
        return clocks.read(connection).begins


def _edited_daily(days: Days) -> list[bytes]:
    """Three customers of `a`, of which each is edited on some of nine days."""
    world = days.world
    shops = world.customers("a", 3)
    for days.day in range(1, 10):
        shop = shops[days.day % 2]
        world.update("customer", shop, phone=f"office {days.day}", city=f"{days.day}")
    days.day = 10
    return shops


def _versions(days: Days) -> range:
    return range(1, days.world.store.status().version + 1)


def _said(days: Days, shop: bytes, version: int) -> Any:
    try:
        return explain(days.world.store, days.world.people["a"], CUSTOMER, shop, version).lines
    except OutOfReach as unknown:
        return unknown.code


def test_explain_says_the_same_or_that_it_does_not_know(days: Days) -> None:
    shops = _edited_daily(days)
    asked = range(2, days.world.store.status().version + 1, 2)
    before = {version: _said(days, shops[1], version) for version in asked}
    begins = _begin(days, 5)
    assert 1 < begins < days.world.store.status().version
    for version in asked:
        kept = version >= begins
        assert _said(days, shops[1], version) == (before[version] if kept else "version.unknown")
    with pytest.raises(OutOfReach):
        receipts_of_version(days.world.store, begins)
    assert receipts_of_version(days.world.store, begins + 1) == []
    assert {entry.version for entry in history(days.world.store, CUSTOMER)} == set(
        range(begins + 1, days.world.store.status().version + 1)
    )
    assert doctor(days.world.store).ok
    assert _begin(days, 0) == days.world.store.status().version
    assert doctor(days.world.store).ok
    days.world.update("customer", shops[0], phone="on")
    assert doctor(days.world.store).ok


def _judged(days: Days, age: int | None) -> tuple[int, dict[tuple[int, int], Any]]:
    """(where the history begins, (base, number of the shop) -> what becomes of two edits made on
    that base): everybody's history is the same until then. age: of what goes before.
    """
    shops = _edited_daily(days)
    world, store = days.world, days.world.store
    device = NaiveDevice(world, "a")
    device.sync()
    epoch, bases = store.status().epoch, list(_versions(days))
    begins = 0 if age is None else _begin(days, age)
    found: dict[tuple[int, int], Any] = {}
    for base in reversed(bases[5:11]):
        for n, shop in enumerate(shops):
            made = Base(epoch, base)
            edits = [
                device.changeset(device.update("customer", shop, **values), base=made)
                for values in ({"phone": f"{base}"}, {"phone": f"{base} again", "street": "x"})
            ]
            answers = [(v.outcome, codes(v), v.losses) for v in device.push(*edits)]
            found[base, n] = (answers, value(world, "customer", shop, "phone"))
    assert doctor(store).ok
    return begins, found


def test_work_on_every_base_is_judged_as_before_or_waits(days: Days, tmp_path: Path) -> None:
    """Not known is only what happened to a row between its base and the beginning. Of a row that
    did not change then everything is, own earlier edits included; and all other work waits.
    """
    (tmp_path / "whole").mkdir()
    whole = Days(f"sqlite:///{tmp_path / 'whole' / 'server.db'}", tmp_path / "whole")
    _, before = _judged(whole, None)
    whole.world.close()
    begins, after = _judged(days, 5)
    waits: list[Any] = [("quarantined", {"base.forgotten"}, [])] * 2
    # The last change of each shop at or before the beginning; they are edited in turn from 5 on.
    last = [6 + 2 * ((begins - 6) // 2), 5 + 2 * ((begins - 5) // 2), 4]
    assert 6 < begins < 13
    for (base, n), found in after.items():
        if base >= last[n]:
            assert found == before[base, n], (base, n)
        else:
            assert found[0] == waits, (base, n)


def test_work_on_a_row_that_was_deleted_before_waits(days: Days) -> None:
    """And so does work on a row that never was: they are answered alike (invariant 9)."""
    world = days.world
    shops = world.customers("a", 2)
    device = NaiveDevice(world, "a")
    device.sync()
    rows = (shops[0], world.customer("b", "1"), world.environment.new_id())
    work = [device.changeset(device.update("customer", row, phone="x")) for row in rows]
    own = device.changeset(device.note(), device.update("customer", shops[1], phone="mine"))
    world.write([world.operation(Action.DELETE, "customer", shops[0])])
    world.update("customer", shops[1], city="Graz")
    days.day = 1
    _begin(days, 0)
    *verdicts, last = device.push(*work, own)
    assert {(v.outcome, *codes(v)) for v in verdicts} == {("quarantined", "late.quarantined")}
    assert (last.outcome, codes(last)) == ("quarantined", {"base.forgotten"})


def test_late_work_does_not_become_young_by_forgetting(days: Days) -> None:
    """What ended before the history begins, ended long ago."""
    world = days.world
    mine = world.customer("a", "1")
    device = NaiveDevice(world, "a")
    device.sync()
    device.sync()
    contact = device.changeset(device.insert("contact", customer=mine, name="Ann", active=True))
    world.update("customer", mine, owner=None)
    world.customer("b", "2")
    days.day = 100
    assert _begin(days, 60) == world.store.status().version
    days.day = 101
    (verdict,) = device.push(contact)
    assert (verdict.outcome, codes(verdict)) == ("quarantined", {"late.quarantined"})


def test_a_checkpoint_from_before_begins_anew(days: Days) -> None:
    """Whether it is of this history cannot be seen any more: all of the slice comes again."""
    world = days.world
    shops = world.customers("a", 3)
    device = NaiveDevice(world, "a")
    device.sync()
    note = device.changeset(device.note())
    world.update("customer", shops[0], owner=None)
    days.day = 1
    begins = _begin(days, 0)
    assert device.base.version < begins
    device.sync(note)
    assert any(isinstance(m, Welcome) and m.restart for m in device.messages)
    assert device.ids("customer") == set(shops[1:])
    assert len(device.ids("note")) == 1
    device.sync()
    world.update("customer", shops[1], owner=None)
    device.sync()
    assert not any(isinstance(m, Welcome) and m.restart for m in device.messages)
    assert device.ids("customer") == {shops[2]}


@pytest.mark.parametrize("batch", [1, 2])
def test_batches_are_whole_changesets(
    days: Days, monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    """One of more operations than a batch is one batch; a crash between two leaves a history that
    begins in the middle.
    """
    monkeypatch.setattr("syncengine.store.compaction.BATCH", batch)
    world = days.world
    world.customers("a", 5)
    world.customer("a", "x")
    days.day = 1
    world.server_faults.crash_at, world.server_faults.skip = "compaction.batch", 2
    with pytest.raises(Crash):
        _begin(days, 0)
    assert doctor(world.store).ok
    with reading(world.store.engine) as connection:
        assert 1 < clocks.read(connection).begins < world.store.status().version
    assert _begin(days, 0) == world.store.status().version
    with reading(world.store.engine) as connection:
        count = sa.func.count()
        assert connection.scalar(sa.select(count).select_from(t.operation)) == 0
        assert connection.scalar(sa.select(count).select_from(t.earlier)) == 9
    assert doctor(world.store).ok


def test_decided_reviews_go_with_the_history_and_open_ones_stay(days: Days) -> None:
    """The newest stays in any case: the next one is numbered on from it."""
    world = days.world
    mine = world.customers("a", 3)
    device = NaiveDevice(world, "a")
    device.sync()
    device.sync()
    for shop in mine:
        world.update("customer", shop, owner=None)
    device.push(*(device.changeset(device.update("customer", shop, phone="x")) for shop in mine))
    for number in (1, 3):
        reject(world.store, Kind.QUARANTINE, number, "no")
    days.day = 1
    _begin(days, 0)
    assert [e.number for e in entries(world.store, Kind.QUARANTINE, True, 9)[0]] == [3]
    assert [e.number for e in entries(world.store, Kind.QUARANTINE, False, 9)[0]] == [2]
    assert accept(world.store, Kind.QUARANTINE, 2) == world.store.status().version
    assert value(world, "customer", mine[1], "phone") == "x"

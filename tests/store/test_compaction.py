"""Compaction of left records: for every cursor, a sync gives afterwards what it gave before."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from server.jobs import Jobs
from syncengine.protocol.messages import Chunk, Grants, Struct
from syncengine.store import tables as t
from syncengine.store.compaction import compact, due
from syncengine.store.database import reading
from syncengine.store.doctor import doctor
from tests.naive.client import Client, Cut
from tests.naive.store import Store
from tests.support.days import Days, kept
from tests.support.leaving import substitution
from tests.support.wire import NaiveDevice, codes
from tests.support.world import DAY, Crash, World

SHOPS = 4
# (who gets the shop, or None; which shop); no shop: the substitution of a by b is switched.
ACTS = st.tuples(st.sampled_from(["a", "b", "boss", None]), st.integers(0, SHOPS))


class Rep:
    """The client that was written from the protocol alone, whose store can be put back, and whose
    answers can break off.
    """

    def __init__(self, world: World, person: str) -> None:
        self.transport = world.transport(None)
        self.pieces: int | None = None
        self.client = Client(self._post)
        self.client.enrol(world.store.seats.create_code(world.people[person], DAY))
        self.fresh = self.kept()

    def _post(self, path: str, headers: dict[str, str], body: bytes) -> tuple[int, Iterator[bytes]]:
        with self.transport.post(path, headers, body) as response:
            return response.status, iter(list(response.pieces)[: self.pieces])

    def kept(self) -> Store:
        """A copy of the store as it is."""
        store = self.client.store
        return copy.deepcopy(store, {id(store.key): store.key})

    def result(self, store: Store) -> dict[str, object]:
        """What a sync from there gives; the store is left as it was."""
        self.client.store = copy.deepcopy(store, {id(store.key): store.key})
        self.client.sync()
        found = self.client.store
        return {"rows": found.rows, "buckets": found.buckets, "grants": found.grants}

    def cut_off(self, store: Store, pieces: int) -> Store:
        """A store in which a pull from there has broken off."""
        self.client.store = copy.deepcopy(store, {id(store.key): store.key})
        self.pieces = pieces
        try:
            self.client.sync()
        except Cut:
            pass
        finally:
            self.pieces = None
        return self.kept()


def _every_cursor(days: Days, rep: Rep, acts: list[tuple[str | None, int]]) -> list[Store]:
    """A store for every checkpoint, and for every place at which a pull may break off."""
    world = days.world
    shops = [world.customer("a", str(n)) for n in range(SHOPS)]
    switch, active = substitution(world, "a", "b"), True
    found = [rep.fresh]
    for owner, shop in acts:
        days.day += 1
        if shop == SHOPS:
            active = not active
            world.update("substitution", switch, active=active)
        else:
            world.update("customer", shops[shop], owner=world.people[owner] if owner else None)
        rep.client.store = copy.deepcopy(found[-1], {id(rep.fresh.key): rep.fresh.key})
        rep.client.sync()
        reached = rep.kept()
        behind = found[-3:][0]
        found += [rep.cut_off(start, n) for start in (behind, rep.fresh) for n in (3, 6)]
        found.append(reached)
    return found


def _hold_for_every_cursor(url: str, folder: Path, acts: list[tuple[str | None, int]]) -> None:
    days = Days(url, folder)
    rep = Rep(days.world, "b")
    stores = _every_cursor(days, rep, acts)
    before = [rep.result(store) for store in stores]
    assert all(result == before[0] for result in before)  # invariant 23
    for age in (len(acts) // 2, 0):
        days.compact(age)
        assert [rep.result(store) for store in stores] == before
    with reading(days.world.store.engine) as connection:
        assert connection.scalar(sa.select(sa.func.count()).where(t.membership.c.gone)) == 0
    assert doctor(days.world.store).ok
    days.world.close()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_sync_from_every_cursor_gives_what_it_gave_before(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, database_url: str
) -> None:
    monkeypatch.setattr("syncengine.store.pull.CHUNK_BYTES", 1)  # a record a chunk

    @settings(
        max_examples=2, deadline=None, suppress_health_check=list(HealthCheck),
        phases=[Phase.explicit, Phase.generate],
    )  # fmt: skip
    @given(st.lists(ACTS, min_size=3, max_size=4))
    def hold(acts: list[tuple[str | None, int]]) -> None:
        folder = tmp_path_factory.mktemp("days")
        _hold_for_every_cursor(f"sqlite:///{folder / 'server.db'}", folder, acts)

    hold()


def test_what_went_away_and_came_back(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The coming that is on record is the last one then, not the first."""
    monkeypatch.setattr("syncengine.store.pull.CHUNK_BYTES", 1)
    acts = [("b", 0), (None, 0), (None, 4), ("b", 0), ("boss", 0)]
    _hold_for_every_cursor(database_url, tmp_path, acts)


def _fresh(device: NaiveDevice) -> set[int]:
    return {n for m in device.messages if isinstance(m, Grants) for n in m.fresh}


def _two_buckets(days: Days) -> tuple[NaiveDevice, list[bytes], list[bytes]]:
    """A device with the rows of two people, of which each loses one on the next day."""
    world = days.world
    mine, theirs = world.customers("a", 5), world.customers("b", 5)
    device = NaiveDevice(world, "boss")
    device.sync()
    return device, mine, theirs


def test_below_its_horizon_a_bucket_comes_anew_and_no_other(days: Days) -> None:
    device, mine, theirs = _two_buckets(days)
    (bucket,) = (n for n, rows in device.buckets.items() if mine[0] in {i for _, i in rows})
    days.day = 1
    days.world.update("customer", mine[0], owner=None)
    days.day = 2
    days.world.update("customer", theirs[0], owner=None)
    days.day = 10
    assert days.compact(9) == 1
    device.sync()
    assert _fresh(device) == {bucket}
    assert device.received() == 4
    assert device.ids("customer") == {*mine[1:], *theirs[1:]}
    device.sync()
    assert days.compact(0) == 1
    days.world.update("customer", mine[1], owner=None)
    device.sync()  # a checkpoint at or above all horizons
    assert _fresh(device) == set()
    assert device.ids("customer") == {*mine[2:], *theirs[1:]}


def test_records_go_while_an_answer_is_under_way(
    days: Days, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each chunk is of a snapshot of its own; the bucket that is not read yet comes anew."""
    monkeypatch.setattr("syncengine.store.pull.CHUNK_BYTES", 1)
    device, mine, theirs = _two_buckets(days)
    gone = 0
    for shop in (mine[0], theirs[0]):
        days.world.update("customer", shop, owner=None)
    days.day = 1

    def between(message: Struct) -> None:
        nonlocal gone
        if isinstance(message, Chunk):
            gone += days.compact(0)

    device.sync(between=between)
    assert gone == 2
    assert device.ids("customer") == {*mine[1:], *theirs[1:]}


@pytest.mark.parametrize("known", [False, True])
def test_a_pull_from_the_start_that_broke_off_goes_on_below_the_horizon(
    days: Days, monkeypatch: pytest.MonkeyPatch, known: bool
) -> None:
    """Else a large bucket would begin again after each cut, and never end on a poor line."""
    mine = days.world.customers("a", 9)
    device = NaiveDevice(days.world, "a")
    if known:
        device.sync()
    days.world.update("customer", mine[0], owner=None)
    days.day = 1
    assert days.compact(0) == 1
    monkeypatch.setattr("syncengine.store.pull.CHUNK_BYTES", 1)
    received, rounds = 0, 0
    while device.base.version < days.world.store.status().version:
        assert rounds < 20
        device.sync(stop_after=2)
        received, rounds = received + device.received(), rounds + 1
    assert device.ids("customer") == set(mine[1:])
    assert rounds > 4
    assert received == (8 if known else len(device.records))


def test_a_batch_is_all_or_nothing_and_the_next_run_goes_on(
    days: Days, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("syncengine.store.compaction.BATCH", 2)
    device, mine, theirs = _two_buckets(days)
    for shop in (*mine[:3], *theirs[:2]):
        days.world.update("customer", shop, owner=None)
    days.day = 1
    store = days.world.store
    assert due(store, kept(0))["left records"] == 5
    days.world.server_faults.crash_at, days.world.server_faults.skip = "compaction.batch", 1
    with pytest.raises(Crash):
        days.compact(0)
    assert days.compact(2) == 0
    steps: list[tuple[str, int]] = []
    compact(store, kept(0), lambda what, number: steps.append((what, number)))
    assert steps == [("left records", 2), ("left records", 1)]
    device.sync()
    assert device.ids("customer") == {*mine[3:], *theirs[2:]}


def test_the_server_does_it_by_itself(days: Days) -> None:
    _, mine, theirs = _two_buckets(days)
    for shop in (mine[0], theirs[0]):
        days.world.update("customer", shop, owner=None)
    days.day = 10
    assert due(days.world.store, kept(5))["left records"] == 2
    Jobs(days.world.store, kept(5)).run("compaction")
    assert due(days.world.store, kept(0))["left records"] == 0


def test_late_work_from_below_the_horizon_waits_for_the_office(days: Days) -> None:
    """What the seat had is no longer on record: all that it may have had is quarantined, and a row
    that it never had, or that does not exist, is answered alike (invariant 9). Also when the work
    is sent in two requests, of which the first brings the new checkpoint.
    """
    world = days.world
    mine = world.customers("a", 2)
    foreign, nowhere = world.customer("b", "f"), world.environment.new_id()
    contact = world.insert("contact", customer=mine[1], name="Ann", active=True)
    device = NaiveDevice(world, "a")
    device.sync()
    device.sync()  # proves it
    rows = (mine[0], foreign, nowhere)
    work = [device.changeset(device.update("customer", row, phone="x")) for row in rows]
    work += [
        device.changeset(device.insert("contact", customer=row, name="Ben", active=True))
        for row in rows
    ]
    own = device.changeset(device.note(), device.update("contact", contact, name="Cis"))
    later = [device.changeset(device.update("customer", row, phone="y")) for row in rows]
    world.update("customer", mine[0], owner=world.people["b"])
    days.day = 300
    assert days.compact(200) == 1
    verdicts = device.push(*work, own)
    assert {(v.outcome, *codes(v)) for v in verdicts[:3]} == {("quarantined", "late.quarantined")}
    assert {(v.outcome, *codes(v)) for v in verdicts[3:6]} == {("quarantined", "late.quarantined")}
    assert verdicts[6].outcome == "accepted"
    device.sync()
    assert device.ids("customer") == {mine[1]}
    verdicts = device.push(*later)
    assert {(v.outcome, *codes(v)) for v in verdicts} == {("quarantined", "late.quarantined")}

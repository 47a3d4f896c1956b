"""What syncs were like is on record for those who look after devices, and never in a sync's way."""

from __future__ import annotations

import time

import pytest
import sqlalchemy as sa

from syncengine.store import sync_log
from syncengine.store import tables as t
from syncengine.store.database import writing
from syncengine.store.sync_log import KEPT, Sync, SyncLog, syncs_of
from tests.server.conftest import Start
from tests.support.world import World


def made(seat: bytes, began: int, client: str = "app 1") -> Sync:
    return Sync(seat, began, 1_000, 0, 10, 20, "Checkpoint", client, (("masterdata", 1),))


def test_a_sync_over_http_is_noted_and_written_at_the_latest_when_the_server_ends(
    start: Start,
) -> None:
    """One without changes is not: a write would cost more than the sync."""
    served = start()
    device = served.device("279")
    for _ in range(3):
        device.sync()
    served.server.should_exit = True
    seat = served.store.seats.list()[0].seat.id
    for _ in range(500):
        if found := syncs_of(served.store, seat):
            break
        time.sleep(0.01)
    assert found[-1].ended == "Checkpoint"
    assert found[-1].bytes_out > found[-1].bytes_in > 0
    assert found[-1].client
    assert len(found) < 3


def test_each_seat_keeps_its_newest(world: World) -> None:
    log, (a, b) = SyncLog(world.store), (world.environment.new_id() for _ in range(2))
    log.note(made(b, 0, "x" * 5_000))
    for began in range(KEPT + 3):
        log.note(made(a, began))
    assert log.write() == KEPT + 4
    log.note(made(a, KEPT + 3))
    assert (log.write(), log.write()) == (1, 0)
    assert [s.began for s in syncs_of(world.store, a)] == list(range(KEPT + 3, 3, -1))
    assert [s.client for s in syncs_of(world.store, b)] == ["x" * sync_log.MAX_CLIENT]
    with writing(world.store.engine) as connection:
        count = sa.select(sa.func.count()).select_from(t.sync_log)
        assert connection.scalar(count) == KEPT + 1


def test_what_could_not_be_written_is_noted_still_within_the_bound(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sync_log, "MAX_NOTED", 3)
    log, seat = SyncLog(world.store), world.environment.new_id()
    log.note(made(seat, 1))
    log.note(made(seat, 2))

    def fail(*_: object) -> None:
        log.note(made(seat, 3))
        log.note(made(seat, 4))
        raise OSError

    with monkeypatch.context() as patch:
        patch.setattr(sync_log, "_write", fail)
        with pytest.raises(OSError):  # noqa: PT011
            log.write()
    assert log.write() == 3
    assert [s.began for s in syncs_of(world.store, seat)] == [4, 3, 2]

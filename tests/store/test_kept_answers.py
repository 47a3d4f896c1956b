"""Answers that are kept no longer: a store that has them is told nothing else."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from syncengine.model.errors import Fenced, IdReused
from syncengine.protocol.messages import Chunk, Signed
from syncengine.store import tables as t
from syncengine.store.database import reading
from syncengine.store.doctor import doctor
from tests.support.days import Days
from tests.support.leaving import substitution
from tests.support.wire import NaiveDevice, codes
from tests.support.world import Crash


def _sequences(days: Days) -> list[int]:
    """Of the verdicts that are kept."""
    with reading(days.world.store.engine) as connection:
        return list(connection.scalars(sa.select(t.verdict.c.sequence).order_by("sequence")))


def _answered(days: Days) -> tuple[NaiveDevice, list[Signed], list[int | None]]:
    """A device with four answers, the second one a refusal, which it has; versions of these."""
    device = NaiveDevice(days.world, "a")
    device.sync()
    foreign = days.world.customer("b", "1")
    operations = [
        device.note(), device.update("customer", foreign, phone="x"), device.note(), device.note()
    ]  # fmt: skip
    work = [device.changeset(operation) for operation in operations]
    versions = [verdict.version for verdict in device.push(*work)]
    device.sync()
    days.world.customer("a", "2")
    device.sync()
    device.sync()  # shows a checkpoint beyond all answers
    days.day = 200
    return device, work, versions


def test_what_is_asked_again_is_answered_as_before(days: Days) -> None:
    """Invariants 1, 3: accepted stays accepted, at its version; what took no effect is refused. The
    last answer stays, and nothing else about the line changes.
    """
    device, work, versions = _answered(days)
    assert days.compacted(201) == {}
    assert days.compacted(199) == {"answers": 3}
    assert _sequences(days) == [4]
    first, refused, third, last = device.push(*work)
    assert [(v.outcome, v.version) for v in (first, third, last)] == [
        ("accepted", version) for version in (versions[0], *versions[2:])
    ]
    assert (refused.outcome, codes(refused)) == ("rejected", {"answer.forgotten"})
    assert device.push(device.changeset(device.note()))[0].outcome == "accepted"
    assert doctor(days.world.store).ok


def test_what_builds_on_a_forgotten_answer(days: Days) -> None:
    device, _, _ = _answered(days)
    assert days.compacted(0) == {"answers": 3}
    needs = [(1,), (2,), (1, 3), (4,)]
    found = device.push(*(device.changeset(device.note(), needs=n) for n in needs))
    assert [v.outcome for v in found] == ["accepted", "rejected", "accepted", "accepted"]
    assert codes(found[1]) == {"depends_on"}


def test_other_bytes_are_still_told_apart(days: Days) -> None:
    """Invariant 4; and a clone is fenced."""
    device, work, _ = _answered(days)
    assert days.compacted(0) == {"answers": 3}
    with reading(days.world.store.engine) as connection:
        used = connection.scalar(sa.select(t.changeset.c.id).where(t.changeset.c.sequence == 1))
    with pytest.raises(IdReused):
        device.push(device.changeset(device.note(), id=used))
    with pytest.raises(Fenced):
        device.push(device.changeset(device.note("another"), sequence=1))
    with pytest.raises(Fenced):
        device.push(work[0])


def test_what_a_store_may_not_have_stays(days: Days) -> None:
    """The answer was lost, and so were all later ones."""
    device = NaiveDevice(days.world, "a")
    device.sync()
    work = [device.changeset(device.note()) for _ in range(3)]
    device.push(*work)
    days.day = 1_000
    assert days.compacted(0) == {}
    assert [v.outcome for v in device.push(*work)] == ["accepted"] * 3


def test_a_crash_between_two_batches(days: Days, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("syncengine.store.compaction.BATCH", 2)
    device, work, versions = _answered(days)
    days.world.server_faults.crash_at, days.world.server_faults.skip = "compaction.batch", 1
    with pytest.raises(Crash):
        days.compacted(0)
    assert _sequences(days) == [3, 4]
    assert [v.version for v in device.push(*work)] == versions
    assert days.compacted(0) == {"answers": 1}
    assert [v.version for v in device.push(*work)] == versions


def test_records_of_answers_that_broke_off_go_once_a_later_one_is_proved(days: Days) -> None:
    """And work from before them waits for the office: it is not on record what was held then."""
    world = days.world
    mine = world.customer("a", "1")
    switch = substitution(world, "a", "b")
    device = NaiveDevice(world, "b")
    device.sync()
    device.sync()
    edits = [
        device.changeset(device.update("customer", row, phone="late"))
        for row in (mine, world.environment.new_id())
    ]
    for day, active, whole in ((1, False, True), (2, True, False), (3, False, True)):
        days.day = day
        world.update("substitution", switch, active=active)
        if whole:
            device.sync()
            device.sync()
        else:  # breaks off with the bucket's first rows
            answer = world.store.sync(device.seat, device.hello(), ())
            assert any(isinstance(message, Chunk) for message in answer)
    for day, active in ((90, True), (91, False)):
        days.day = day
        world.update("substitution", switch, active=active)
        device.sync()
        device.sync()
    assert days.compacted(60) == {"begun answers": 1}
    assert days.compacted(60) == {}
    assert {(v.outcome, *codes(v)) for v in device.push(*edits)} == {
        ("quarantined", "late.quarantined")
    }

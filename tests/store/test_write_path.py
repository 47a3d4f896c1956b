"""The one write path: exactly once, atomic, merged against the base, late work decided."""

from __future__ import annotations

import threading
from typing import Any

import pytest
import sqlalchemy as sa

from syncengine.model.entity import Action
from syncengine.model.errors import (
    BadSignature,
    Fenced,
    IdReused,
    Malformed,
    SequenceGap,
    UpgradeRequired,
)
from syncengine.protocol.messages import encode
from syncengine.store import tables as t
from syncengine.store.clock import broken_at
from tests.support.wire import NaiveDevice, codes
from tests.support.world import World


@pytest.fixture
def device(world: World) -> NaiveDevice:
    made = NaiveDevice(world, "a")
    made.sync()
    return made


def _version(world: World) -> int:
    return world.store.status().version


def _stored(world: World, entity: str, row_id: bytes, name: str) -> Any:
    table = world.store.tables[entity]
    with world.store.engine.connect() as connection:
        return connection.execute(sa.select(table.c[name]).where(table.c.id == row_id)).scalar()


def test_the_same_changeset_again_gets_the_stored_verdict(
    device: NaiveDevice, world: World
) -> None:
    """Invariants 1 and 3."""
    changeset = device.changeset(device.note())
    (first,) = device.push(changeset)
    version = _version(world)
    assert device.push(changeset) == [first]
    assert first.version == version == _version(world)


def test_an_id_with_another_payload_is_refused(device: NaiveDevice, world: World) -> None:
    """Invariant 4."""
    changeset = world.environment.new_id()
    device.push(device.changeset(device.note(), id=changeset))
    version = _version(world)
    with pytest.raises(IdReused):
        device.push(device.changeset(device.note("other"), id=changeset))
    assert _version(world) == version


def test_a_gap_tells_which_sequence_is_due(device: NaiveDevice, world: World) -> None:
    version = _version(world)
    with pytest.raises(SequenceGap) as gap:
        device.push(device.changeset(device.note(), sequence=3))
    assert gap.value.data == {"expected": 1}
    assert _version(world) == version


def test_a_sequence_running_backwards_fences_the_store(device: NaiveDevice, world: World) -> None:
    device.push(device.changeset(device.note()))
    with pytest.raises(Fenced):
        device.push(device.changeset(device.note("clone"), sequence=1))
    with pytest.raises(Fenced):
        device.push(device.changeset(device.note()))
    (status,) = world.store.seats.list()
    assert status.fenced
    world.store.seats.release(device.seat.id)
    device.sequence = 1
    assert device.push(device.changeset(device.note()))[0].outcome == "accepted"


def test_a_signature_of_somebody_else_is_refused(device: NaiveDevice, world: World) -> None:
    other = NaiveDevice(world, "b")
    with pytest.raises(BadSignature):
        device.push(device.changeset(device.note(), key=other.key))
    with pytest.raises(BadSignature):
        device.push(device.changeset(device.note(), sequence=1, actor=world.people["b"]))
    with pytest.raises(BadSignature):
        device.push(device.changeset(device.note(), sequence=1, incarnation=other.incarnation))


def test_refused_changesets_take_no_version_and_versions_are_dense(
    device: NaiveDevice, world: World
) -> None:
    """Invariant 11: one refused operation refuses all of its changeset, and nothing else."""
    before = _version(world)
    foreign = world.customer("b", "9")
    good, bad = device.note("good"), device.update("customer", foreign, phone="1")
    verdicts = device.push(
        device.changeset(device.note("1")),
        device.changeset(good, bad),
        device.changeset(device.note("3")),
    )
    assert [v.outcome for v in verdicts] == ["accepted", "rejected", "accepted"]
    assert [v.version for v in verdicts] == [before + 2, None, before + 3]
    assert codes(verdicts[1]) == {"row.unknown"}
    device.sync()
    assert len(device.ids("note")) == 2
    with world.store.engine.connect() as connection:
        assert broken_at(connection) is None  # invariant 26


def test_not_yours_and_not_there_answer_alike(device: NaiveDevice, world: World) -> None:
    """Invariant 9."""
    foreign, nobodys = world.customer("b", "9"), world.environment.new_id()
    answers = []
    for row in (foreign, nobodys):
        for operation in (
            device.update("customer", row, phone="1"),
            device.insert("contact", customer=row, name="Ann", active=True),
            device.insert("customer", row, number="x", name="x", active=True),
        ):
            (verdict,) = device.push(device.changeset(operation))
            answers.append([encode(o) for o in verdict.objections])
    assert answers[:3] == answers[3:]


def test_server_managed_fields_and_illegal_actions_are_refused(
    device: NaiveDevice, world: World
) -> None:
    mine = world.customer("a", "1")
    device.sync()
    cases = {
        "field.denied": device.update("customer", mine, owner=world.people["b"]),
        "insert.denied": device.insert(
            "customer", number="2", name="x", active=True, owner=world.people["a"]
        ),
        "reference.unknown": device.insert(
            "note", author=world.people["a"], text="x", customer=world.customer("b", "7")
        ),
    }
    for code, operation in cases.items():
        (verdict,) = device.push(device.changeset(operation))
        assert verdict.outcome == "rejected", code
        assert code in codes(verdict)


def test_wrong_values_get_a_verdict_and_do_not_block_the_line(
    device: NaiveDevice, world: World
) -> None:
    wrong = [
        device.note("x" * 5000),
        device.insert("note", author=world.people["a"], text=7),
        device.insert("note", author=b"short", text="x"),
        device.insert("note", author=world.people["a"]),
        device.insert("note", author=world.people["a"], text="nul\x00"),
    ]
    verdicts = device.push(*[device.changeset(o) for o in wrong], device.changeset(device.note()))
    assert [v.outcome for v in verdicts] == ["rejected"] * 5 + ["accepted"]
    assert all(codes(v) == {"value.invalid"} for v in verdicts[:5])
    assert verdicts[0].objections[0].field == "text"


def test_unknown_module_versions_leave_the_outbox_alone(device: NaiveDevice, world: World) -> None:
    """Invariant 25: fail closed, answer nothing."""
    version = _version(world)
    with pytest.raises(UpgradeRequired):
        device.push(device.changeset(device.note(), modules={"masterdata": 2}))
    assert _version(world) == version
    assert device.push(device.changeset(device.note(), sequence=1))[0].outcome == "accepted"


def test_needs_of_a_refused_changeset_are_refused_with_it(
    device: NaiveDevice, world: World
) -> None:
    foreign = world.customer("b", "9")
    verdicts = device.push(
        device.changeset(device.update("customer", foreign, phone="1")),
        device.changeset(device.note(), needs=(1,)),
        device.changeset(device.note()),
    )
    assert [v.outcome for v in verdicts] == ["rejected", "rejected", "accepted"]
    assert codes(verdicts[1]) == {"depends_on"}


def test_a_needs_list_must_look_back(device: NaiveDevice) -> None:
    with pytest.raises(Malformed):
        device.push(device.changeset(device.note(), needs=(1,)))


def test_edits_of_different_fields_are_merged(device: NaiveDevice, world: World) -> None:
    mine = world.customer("a", "1")
    device.sync()
    world.update("customer", mine, city="office")
    (verdict,) = device.push(device.changeset(device.update("customer", mine, phone="field")))
    assert verdict.outcome == "merged"
    assert verdict.losses == []
    assert _stored(world, "customer", mine, "city") == "office"
    assert _stored(world, "customer", mine, "phone") == "field"


def test_the_declared_rule_decides_and_the_loser_is_kept(device: NaiveDevice, world: World) -> None:
    """Invariant 22; design: the losing value is in the history and in the verdict."""
    mine = world.customer("a", "1")
    device.sync()
    world.update("customer", mine, city="office", remark="office")
    operation = device.update("customer", mine, city="field", remark="field")
    (verdict,) = device.push(device.changeset(operation))
    assert verdict.outcome == "merged"
    assert {(x.lost, x.kept) for x in verdict.losses} == {("field", "office"), ("office", "field")}
    assert _stored(world, "customer", mine, "city") == "office"  # server wins
    assert _stored(world, "customer", mine, "remark") == "field"  # device wins


def test_a_seat_never_conflicts_with_itself(device: NaiveDevice, world: World) -> None:
    """Own accepted changesets belong to the base of the later ones, in one push and in several."""
    mine = world.customer("a", "1")
    device.sync()
    first = device.changeset(device.update("customer", mine, city="1"))
    second = device.changeset(device.update("customer", mine, city="2"))
    assert [v.outcome for v in device.push(first, second)] == ["accepted", "accepted"]
    (third,) = device.push(device.changeset(device.update("customer", mine, city="3")))
    assert third.outcome == "accepted"
    assert _stored(world, "customer", mine, "city") == "3"


def test_an_office_write_that_changes_nothing_has_no_version(world: World) -> None:
    mine = world.customer("a", "1")
    version = _version(world)
    assert world.update("customer", mine, number="1").version is None
    assert _version(world) == version


def test_concurrent_pushes_share_commits_and_none_is_lost(world: World) -> None:
    """Group commit: dense versions, each changeset once, whatever the threads do."""
    devices = [NaiveDevice(world, person) for person in ("a", "b", "boss", "a")]
    for made in devices:
        made.sync()
    before = _version(world)
    failures: list[BaseException] = []

    def work(made: NaiveDevice) -> None:
        try:
            for _ in range(10):
                made.push(made.changeset(made.note()))
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(made,)) for made in devices]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert _version(world) == before + 40
    with world.store.engine.connect() as connection:
        versions = connection.scalars(sa.select(t.changeset.c.version)).all()
        assert sorted(versions) == list(range(1, before + 41))
        assert broken_at(connection) is None


@pytest.mark.parametrize("first", ["delete", "update"])
def test_a_row_can_go_with_the_last_reference_to_it(world: World, first: str) -> None:
    """The order of a changeset's operations is free; what still refers at its end refuses it."""
    market, other = (world.insert("market", number=n, name=n) for n in "12")
    shop, kiosk = (world.customer("a", n, market=market) for n in "34")
    delete = world.operation(Action.DELETE, "market", market)
    moves = [world.operation(Action.UPDATE, "customer", c, market=other) for c in (shop, kiosk)]
    some = [delete, moves[0]] if first == "delete" else [moves[0], delete]
    assert [o.code for o in world.write(some).objections] == ["row.in_use"]
    every = [delete, *moves] if first == "delete" else [*moves, delete]
    assert world.write(every).objections == ()

"""The doctor finds every planted damage, heals it, and devices converge; on both databases."""

from __future__ import annotations

import msgpack
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from syncengine.model.entity import Action
from syncengine.store import doctor as doctors
from syncengine.store import examination
from syncengine.store import tables as t
from syncengine.store.database import reading, writing
from syncengine.store.doctor import doctor
from syncengine.store.history import history
from tests.store_tools import damage
from tests.store_tools.oracle import assert_converged
from tests.support.wire import NaiveDevice
from tests.support.world import SCHEMA, World


def _inhabited(world: World) -> NaiveDevice:
    """Rows that follow, moved, left and were deleted; a device that has seen it all."""
    customers = [world.customer("a", str(n)) for n in range(4)] + [world.customer("b", "x")]
    for customer in customers:
        world.insert("contact", customer=customer, name="Ann", active=True)
    world.update("customer", customers[0], owner=world.people["b"])
    world.update("customer", customers[0], owner=world.people["a"], phone="1")
    world.update("customer", customers[1], owner=world.people["b"])
    world.write([world.operation(Action.DELETE, "customer", world.customer("a", "gone"))])
    people = world.people
    who = {"absent": people["a"], "substitute": people["boss"]}
    by = world.insert("substitution", None, **who, active=True, only_listed=True)
    for customer in customers[2:]:
        world.insert("substitution_customer", substitution=by, customer=customer)
    device = NaiveDevice(world, "a")
    device.sync(device.changeset(device.note()), device.changeset(device.note("another")))
    return device


def _execute(world: World, statement: sa.Executable) -> None:
    with writing(world.store.engine) as connection:
        connection.execute(statement)


def test_every_planted_damage_is_found_and_healed(world: World) -> None:
    """Invariant 5. One world serves all examples: each leaves it healed."""
    device = _inhabited(world)
    assert doctor(world.store).findings == []
    assert_converged(world, device)

    @settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(plant=st.sampled_from(damage.ALL), where=st.tuples(*[st.integers(0, 2**16)] * 3))
    def planted(plant: damage.Damage, where: tuple[int, ...]) -> None:
        places = iter(where)
        with writing(world.store.engine) as connection:
            plant(connection, lambda n: next(places) % n)
        found = doctor(world.store)
        assert found.findings
        assert not found.ok
        healed = doctor(world.store, heal=True)
        assert healed.healed, healed.findings
        assert_converged(world, device)
        assert_converged(world, NaiveDevice(world, "a"))

    for plant in damage.ALL:  # each at least once
        planted = example(plant=plant, where=(5, 3, 1))(planted)
    planted()
    assert doctor(world.store).findings == []


def test_a_wrong_payload_that_a_device_took_is_put_right_there(world: World) -> None:
    """The row's version stays, so only the feed's version brings it again."""
    device = _inhabited(world)
    customer = world.customer("a", "new", phone="right")
    with writing(world.store.engine) as connection:
        at = t.record.c.row_id == customer
        row = msgpack.unpackb(connection.scalar(sa.select(t.record.c.payload).where(at)) or b"")
        row[2 + SCHEMA.entities["customer"].position("phone")] = "wrong"
        connection.execute(sa.update(t.record).where(at).values(payload=msgpack.packb(row)))
    with world.enrol("a") as real:
        real.sync()
        device.sync()
        assert device.value("customer", customer, "phone") == "wrong"
        assert doctor(world.store, heal=True).ok
        assert_converged(world, device)
        assert device.value("customer", customer, "phone") == "right"
        real.sync()
        found = real.get("customer", customer)
        assert found is not None
        assert found.phone == "right"


@pytest.mark.parametrize("place", [0, 1, -1])
def test_version_id_and_true_stored_as_one_are_looked_at(world: World, place: int) -> None:
    customer = world.customer("a", "1")
    with writing(world.store.engine) as connection:
        at = t.record.c.row_id == customer
        row = msgpack.unpackb(connection.scalar(sa.select(t.record.c.payload).where(at)) or b"")
        row[place] = {0: 99, 1: bytes(16), -1: 1}[place]
        connection.execute(sa.update(t.record).where(at).values(payload=msgpack.packb(row)))
    assert len(doctor(world.store).findings) == 1


def test_a_payload_older_than_the_newest_fields_is_right(world: World) -> None:
    contact = world.insert("contact", customer=world.customer("a", "1"), name="Ann", active=True)
    note = world.insert("note", author=world.people["a"], text="x")
    for row_id, values, right in ((contact, 1, False), (note, 3, True)):
        with writing(world.store.engine) as connection:
            at = t.record.c.row_id == row_id
            row = msgpack.unpackb(connection.scalar(sa.select(t.record.c.payload).where(at)) or b"")
            short = msgpack.packb(row[: 2 + values])
            connection.execute(sa.update(t.record).where(at).values(payload=short))
        assert (doctor(world.store).findings == []) is right
        assert doctor(world.store, heal=True).ok


def test_healing_is_one_change_of_a_job_without_operations(world: World) -> None:
    device = _inhabited(world)
    before = world.store.status().version
    _execute(world, sa.update(t.bucket).values(sum=0))
    assert doctor(world.store, heal=True).healed
    assert world.store.status().version == before + 1
    with reading(world.store.engine) as connection:
        entry = connection.execute(
            sa.select(t.changeset).where(t.changeset.c.version == before + 1)
        ).one()
        assert (entry.source, entry.label, entry.person) == ("job", "doctor", None)
        operations = sa.select(t.operation.c.tag).where(t.operation.c.version == before + 1)
        assert connection.execute(operations).first() is None
    assert all(e.version <= before for e in history(world.store, SCHEMA.tags["customer"]))
    assert doctor(world.store, heal=True).findings == []
    assert world.store.status().version == before + 1, "nothing to heal, so no change"
    assert_converged(world, device)


def test_healing_proves_nothing_about_who_had_what(world: World) -> None:
    """Invariant 9: a row that left before a seat's checkpoint stays unknown to that seat."""
    customer = world.customer("a", "1")
    world.update("customer", customer, owner=world.people["b"])
    device = NaiveDevice(world, "a")
    device.sync()
    device.sync()
    _execute(world, sa.update(t.record).where(t.record.c.row_id == customer).values(holders=9))
    assert doctor(world.store, heal=True).ok
    (verdict,) = device.push(device.changeset(device.update("customer", customer, phone="x")))
    assert [o.code for o in verdict.objections] == ["row.unknown"]


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        (sa.update(t.verdict).values(payload=b"\xc1"), "does not agree with the history"),
        (sa.update(t.verdict).values(decided=10**6), "does not agree with the history"),
        (sa.delete(t.verdict), "has no verdict"),
        (sa.update(t.incarnation).values(next_sequence=7), "not expected at its next sequence"),
        (sa.update(t.changeset).values(chain=bytes(32)), "the history is broken at version 1"),
        (sa.update(t.clock).values(chain=bytes(32)), "the history is broken"),
        (sa.update(t.clock).values(epoch=bytes(16)), "an epoch is named that is not recorded"),
        (sa.update(t.operation).values(version=t.operation.c.version + 10**6), "no changeset"),
    ],
)
def test_what_is_not_derived_is_reported_and_left(
    world: World, statement: sa.Executable, said: str
) -> None:
    _inhabited(world)
    before = world.store.status().version
    _execute(world, statement)
    report = doctor(world.store, heal=True)
    assert any(said in finding for finding in report.findings)
    assert not report.ok
    assert not report.healed
    assert world.store.status().version == before


def test_dangling_references_stay_and_the_rest_is_healed(world: World) -> None:
    device = _inhabited(world)
    contacts = world.store.tables["contact"]
    lost = world.insert("contact", customer=world.customer("b", "y"), name="Bob", active=True)
    nowhere = sa.update(contacts).where(contacts.c.id == lost).values(customer=bytes(16))
    _execute(world, nowhere)
    _execute(world, sa.update(t.bucket).values(count=0))
    report = doctor(world.store, heal=True)
    assert len(report.findings) == 1
    assert report.findings[0].endswith("its customer points nowhere")
    assert report.as_data() == {"ok": False, "healed": False, "findings": report.findings}
    assert_converged(world, device)


def test_memory_holds_a_batch_and_progress_is_told(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(examination, "BATCH", 7)
    world.customers("a", 20)
    _execute(world, sa.delete(t.membership))
    told: list[tuple[str, int]] = []
    assert doctor(world.store, heal=True, progress=lambda *step: told.append(step)).ok
    assert [rows for entity, rows in told if entity == "customer"] == [7, 7, 6] * 3
    assert max(rows for _, rows in told) == 7
    assert doctors.doctor(world.store).ok

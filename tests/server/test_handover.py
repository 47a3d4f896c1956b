"""D3, D6: what a leaver had is the successor's, on real devices and on both databases."""

from __future__ import annotations

from dataclasses import replace

import pytest

from modules.masterdata.manifest import MASTERDATA
from server.handover import AUTHOR, hand_over, plan
from server.leaving import Below, Fate
from server.problem import Problem
from syncengine.model.conditions import Compare, Op
from syncengine.model.handover import HandOver
from syncengine.model.manifest import Schema
from syncengine.store import bulk
from syncengine.store.bulk_steps import resume
from syncengine.store.doctor import doctor
from syncengine.store.preview import preview
from syncengine.store.store import Store
from tests.support.leaving import (
    appointment,
    flat,
    held,
    membership,
    parts,
    planned,
    substitution,
    value,
)
from tests.support.world import DAY, INSTALLED, Crash, World


def test_everything_goes_to_the_successor_as_the_preview_says(world: World) -> None:
    people = world.people
    shops = world.customers("a", 3)
    kept = world.customer("b", "b1")
    contact = world.insert("contact", customer=shops[0], name="Anna", active=True)
    future, past = (appointment(world, shops[0], "a", days) for days in (3, -3))
    elsewhere = appointment(world, shops[1], "boss", 3)
    note = world.insert("note", author=people["a"], customer=shops[0], text="private")
    world.insert("employee_private", employee=people["a"], email="a@example.com")
    world.update("employee", people["c"], substitute=people["a"])
    absent, stands_in = substitution(world, "a", "boss"), substitution(world, "c", "a")
    audience = world.insert("audience", number="kam", name="Key account managers")
    member = membership(world, audience, "a", below=False)
    of_c = world.customer("c", "c1")
    devices = {name: world.enrol(name) for name in ("a", "b", "c", "boss")}
    for device in devices.values():
        device.sync()
    before = {name: held(device) for name, device in devices.items()}
    made = planned(world, "a", "b")
    assert parts(made) == {
        ("customer", "owner", "successor"): 3,
        ("appointment", "employee", "successor"): 1,
        ("employee", "substitute", "successor"): 1,
        ("employee", "manager", "successor"): 1,
        ("substitution", "absent", "ends"): 1,
        ("substitution", "substitute", "successor"): 1,
        ("audience_member", "employee", "successor"): 1,
        ("employee", "active", "ends"): 1,
    }
    version = world.store.status().version
    foreseen = preview(world.store, AUTHOR, made.operations)
    assert world.store.status().version == version
    assert hand_over(world.store, made) == (version + 1,)
    effects = {line.person: line.effect for line in foreseen.seats}
    for name, device in devices.items():
        device.sync()
        had, has = flat(before[name]), flat(held(device))
        effect = effects[people[name]]
        assert (effect.gained, effect.lost) == (len(has - had), len(had - has)), name
    leaver, successor = held(devices["a"]), held(devices["b"])
    assert not any(leaver[e] for e in ("customer", "contact", "appointment"))
    assert successor["customer"] == {*shops, kept, of_c}
    assert (successor["contact"], leaver["note"], successor["note"]) == ({contact}, {note}, set())
    assert successor["appointment"] == {future, past, elsewhere}
    assert (len(leaver["employee_private"]), len(successor["employee_private"])) == (1, 0)
    who = {row: value(world, "appointment", row, "employee") for row in (future, past, elsewhere)}
    assert who == {future: people["b"], past: people["a"], elsewhere: people["boss"]}
    assert value(world, "substitution", absent, "active") is False
    assert value(world, "substitution", stands_in, "substitute") == people["b"]
    assert value(world, "employee", people["c"], "substitute") == people["b"]
    assert value(world, "employee", people["c"], "manager") == people["b"]
    assert value(world, "audience_member", member, "employee") == people["b"]
    assert value(world, "employee", people["a"], "active") is False
    again = planned(world, "a", "b")
    assert (again.parts, hand_over(world.store, again)) == ((), ())
    assert hand_over(world.store, made) == (version + 1,), "the same plan has the same verdicts"
    assert world.store.status().version == version + 1
    assert doctor(world.store).findings == []
    for device in devices.values():
        device.close()


@pytest.mark.parametrize(
    ("successor", "below", "expected"),
    [
        ("b", "successor", {"c": "b", "d": "b", "e": "c"}),
        ("b", "manager", {"c": "boss", "d": "boss", "e": "c"}),
        ("boss", "successor", {"c": "boss", "d": "boss", "e": "c"}),
        ("c", "successor", {"c": "boss", "d": "c", "e": "c"}),
        ("e", "successor", {"c": "boss", "d": "e", "e": "c"}),  # c stands between a and e
    ],
)
def test_nobody_comes_to_lead_themselves(
    world: World, successor: str, below: Below, expected: dict[str, str]
) -> None:
    for name, manager in (("d", "a"), ("e", "c")):
        lead = world.people[manager]
        world.people[name] = world.insert("employee", number=name, active=True, manager=lead)
    hand_over(world.store, planned(world, "a", successor, below=below))
    names = {row: name for name, row in world.people.items()}
    leads = {n: value(world, "employee", world.people[n], "manager") for n in expected}
    assert {n: names[m] for n, m in leads.items() if isinstance(m, bytes)} == expected


def test_without_a_manager_of_their_own_the_successor_leads(world: World) -> None:
    hand_over(world.store, planned(world, "boss", "a", below="manager"))
    people = world.people
    assert value(world, "employee", people["a"], "manager") is None
    assert value(world, "employee", people["b"], "manager") == people["a"]


def test_substitutions_that_cannot_be_passed_on_end(world: World) -> None:
    """By themselves, twice at a time, in a circle; what is over stays as it was."""
    now, people = world.environment.now(), world.people
    own = substitution(world, "b", "a")
    twice = substitution(world, "c", "a", starts_at=now + 10 * DAY, ends_at=now + 30 * DAY)
    standing = substitution(world, "c", "b", starts_at=now + 20 * DAY, ends_at=now + 21 * DAY)
    people["d"] = world.insert("employee", number="d", active=True, substitute=people["a"])
    substitution(world, "b", "d", starts_at=now + 40 * DAY, ends_at=now + 50 * DAY)
    circle = substitution(world, "d", "a", starts_at=now + 45 * DAY)
    over = substitution(world, "c", "a", starts_at=now - 9 * DAY, ends_at=now - 8 * DAY)
    later = substitution(world, "c", "a", starts_at=now + 60 * DAY)
    for name in ("a", "b"):  # the leaver's own row stays as it is
        world.update("employee", people[name], substitute=people["a"])
    made = planned(world, "a", "b")
    assert parts(made)["employee", "substitute", "empty"] == 1
    assert parts(made)["employee", "substitute", "successor"] == 1
    hand_over(world.store, made)
    rows = (own, twice, standing, circle, over, later)
    active = [value(world, "substitution", row, "active") for row in rows]
    assert active == [False, False, True, False, True, True]
    assert value(world, "substitution", over, "substitute") == people["a"]
    assert value(world, "substitution", later, "substitute") == people["b"]
    assert planned(world, "a", "b").parts == ()


def test_a_place_in_an_audience_is_not_taken_twice(world: World) -> None:
    audience = world.insert("audience", number="1", name="One")
    wide, narrow = (membership(world, audience, "a", below) for below in (True, False))
    other = world.insert("audience", number="2", name="Two")
    own = membership(world, other, "b", below=True)
    less = membership(world, other, "a", below=False)
    made = planned(world, "a", "b")
    assert parts(made)["audience_member", "employee", "ends"] == 2
    hand_over(world.store, made)
    found = [value(world, "audience_member", row, "employee") for row in (wide, narrow, own, less)]
    assert found == [world.people["b"], None, world.people["b"], None]


def test_a_large_one_that_is_cut_short_is_finished_by_running_it_again(world: World) -> None:
    shops = set(world.customers("a", 30))
    substitution(world, "c", "a")
    made = planned(world, "a", "b", most=7)
    assert [len(operations) for _, operations in made.changes] == [7, 7, 7, 7, 5]
    with world.enrol("a") as leaver, world.enrol("b") as successor:
        hand_over(world.store, replace(made, changes=made.changes[:2]))
        leaver.sync()
        successor.sync()
        assert (len(leaver.rows("customer")), len(successor.rows("customer"))) == (16, 14)
        assert value(world, "employee", world.people["a"], "active") is True, "that comes last"
        versions = hand_over(world.store, planned(world, "a", "b", most=7))
        assert len(versions) == 3
        leaver.sync()
        successor.sync()
        assert (held(leaver)["customer"], held(successor)["customer"]) == (set(), shops)
    assert planned(world, "a", "b").changes == ()
    assert doctor(world.store).findings == []


def test_a_large_one_that_a_crash_cut_short_is_finished(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the server itself; nobody has to run it again."""
    monkeypatch.setattr(bulk, "STEP_OPERATIONS", 4)
    shops = set(world.customers("a", 10))
    made = planned(world, "a", "b")
    world.server_faults.crash_at, world.server_faults.skip = "bulk.step_noted", 1
    with pytest.raises(Crash):
        hand_over(world.store, made)
    assert value(world, "employee", world.people["a"], "active") is True, "that comes last"
    with world.enrol("a") as leaver, world.enrol("b") as successor:
        leaver.sync()
        assert len(leaver.rows("customer")) == 2
        (done,) = resume(world.store)
        leaver.sync()
        successor.sync()
        assert (held(leaver)["customer"], held(successor)["customer"]) == (set(), shops)
    assert value(world, "employee", world.people["a"], "active") is False
    assert hand_over(world.store, made) == done.versions
    assert planned(world, "a", "b").changes == ()


def test_a_module_adds_its_part_by_declaration(world: World) -> None:
    """With a condition, and from now on; the wire's schema is the same."""
    shop = world.customer("a", "1")
    calls, _ = appointment(world, shop, "a", 3), appointment(world, shop, "a", -3)
    off = appointment(world, shop, "a", 3)
    world.update("appointment", off, active=False)
    planned_ones = Compare("active", Op.EQUAL, True)
    declared = HandOver("appointment", "employee", only=planned_ones, from_now_on="starts_at")
    schema = Schema((replace(MASTERDATA, hands_over=(declared,)), *INSTALLED.modules[1:]))
    assert schema.hash == INSTALLED.hash
    store = Store(world.store.engine, schema, world.environment)
    made = plan(store, world.people["a"], world.people["b"])
    assert [o.row_id for o in made.operations if o.tag == INSTALLED.tags["appointment"]] == [calls]
    assert "customer" not in {part.entity for part in made.parts}
    assert {part.fate for part in made.parts} == {Fate.SUCCESSOR, Fate.ENDS}


def test_who_cannot_be_a_successor(world: World) -> None:
    world.update("employee", world.people["b"], active=False)
    for successor, code in (("a", "handover.same"), ("b", "handover.inactive")):
        with pytest.raises(Problem) as wrong:
            planned(world, "a", successor)
        assert wrong.value.code == code
    with pytest.raises(Problem) as wrong:
        plan(world.store, world.people["a"], world.environment.new_id())
    assert wrong.value.code == "person.unknown"


def test_a_refused_part_says_so(world: World) -> None:
    made = planned(world, "a", "b")
    shop = world.customer("a", "1")
    (changeset, operations), *_ = made.changes
    gone = world.operation(operations[0].action, "customer", shop, owner=world.environment.new_id())
    with pytest.raises(Problem, match="run it again"):
        hand_over(world.store, replace(made, changes=((changeset, (gone,)),)))

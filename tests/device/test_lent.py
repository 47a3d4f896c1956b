"""Customers lent beside the designated substitute, on devices."""

from __future__ import annotations

from dataclasses import replace

import pytest

from device_sdk import Device
from modules.masterdata.manifest import MASTERDATA
from server.handover import hand_over, plan
from syncengine.model.changeset import Outcome
from syncengine.model.entity import Action
from syncengine.model.errors import InvalidSchema
from syncengine.model.fields import Stored
from syncengine.model.manifest import Schema
from syncengine.model.terms import Lent, OwnedBy
from syncengine.store.doctor import doctor
from syncengine.store.history import history
from tests.support.leaving import value
from tests.support.world import SCHEMA, World


@pytest.fixture
def staffed(world: World) -> World:
    """`a` with `b` as the whole substitute; `c`, led by nobody."""
    world.people["c"] = world.insert("employee", number="c", active=True)
    _stand_in(world, "a", "b")
    return world


def _stand_in(world: World, absent: str, substitute: str, *customers: bytes) -> bytes:
    who = {"absent": world.people[absent], "substitute": world.people[substitute]}
    listed = bool(customers) or None
    by = world.insert("substitution", None, **who, active=True, only_listed=listed)
    for customer in customers:
        world.insert("substitution_customer", substitution=by, customer=customer)
    return by


def _numbers(device: Device) -> set[object]:
    return {number for (number,) in device.query("SELECT number FROM customer")}


def test_some_customers_come_with_all_that_follows_them(staffed: World) -> None:
    lent, other = staffed.customer("a", "1"), staffed.customer("a", "2")
    contact = staffed.insert("contact", customer=lent, name="Ann", active=True)
    staffed.insert("customer_terms", customer=lent, credit_limit=1)
    audience = staffed.insert("audience", number="customer_terms", name="x")
    staffed.insert("audience_member", audience=audience, employee=staffed.people["c"], below=False)
    by = _stand_in(staffed, "a", "c", lent)
    with staffed.enrol("b") as whole, staffed.enrol("c") as some:
        whole.sync()
        some.sync()
        assert whole.counts()["customer"] == 2
        assert (some.counts()["customer"], some.counts()["customer_terms"]) == (1, 1)
        assert some.get("contact", contact) is not None
        with some.changeset() as changes:
            changes.update("customer", lent, phone="7")
            changes.insert("contact", customer=lent, name="Bob", active=True)
        assert some.sync().verdicts == {"accepted": 1}
        entry = history(staffed.store, SCHEMA.tags["customer"], lent)[0]
        assert (entry.actor, entry.principal) == ("c", "a")
        staffed.insert("substitution_customer", substitution=by, customer=other)
        assert some.sync().rows_received > 0
        assert some.counts()["customer"] == 2
        staffed.update("customer", lent, owner=staffed.people["b"])
        some.sync()
        assert (some.counts()["customer"], some.counts()["contact"]) == (1, 0)
        staffed.update("substitution", by, active=False)
        some.sync()
        assert some.counts()["customer"] == 0
    assert doctor(staffed.store).findings == []


def test_lists_stand_beside_each_other_and_close_no_circle(staffed: World) -> None:
    """The second of a and c for other days; c's customers go to a meanwhile, and to b."""
    mine, theirs = staffed.customer("a", "1"), staffed.customer("c", "2")
    for absent, substitute, row in (("a", "c", mine), ("a", "c", mine), ("a", "b", mine),
                                    ("c", "a", theirs), ("b", "a", mine)):  # fmt: skip
        _stand_in(staffed, absent, substitute, row)
    people = staffed.people
    itself = staffed.operation(
        Action.INSERT, "substitution", staffed.environment.new_id(),
        absent=people["a"], substitute=people["a"], active=True, only_listed=True,
    )  # fmt: skip
    verdict = staffed.write([itself])
    assert (verdict.outcome, verdict.objections[0].code) == (
        Outcome.REJECTED, "substitution.self",
    )  # fmt: skip
    with staffed.enrol("a") as first:
        first.sync()
        assert first.counts()["customer"] == 2


def test_a_list_for_some_becomes_one_for_all_only_where_that_can_be(staffed: World) -> None:
    by = _stand_in(staffed, "a", "b", staffed.customer("a", "1"))
    refused = staffed.update("substitution", by, only_listed=False)
    assert [o.code for o in refused.objections] == ["substitution.overlap"]


def test_whom_a_list_is_for_may_change(staffed: World) -> None:
    people, of_a, of_b = staffed.people, staffed.customer("a", "1"), staffed.customer("b", "2")
    staffed.customer("b", "3")
    by = _stand_in(staffed, "a", "c", of_a, of_b)
    with staffed.enrol("c") as some:
        some.sync()
        assert _numbers(some) == {"1"}
        changes: list[tuple[dict[str, Stored], set[str]]] = [
            ({"absent": people["b"]}, {"2"}),
            ({"only_listed": None}, {"1", "2", "3"}),  # all of b's, who stands in for a
            ({"only_listed": True}, {"2"}),
        ]
        for fields, held in changes:
            staffed.update("substitution", by, **fields)
            some.sync()
            assert _numbers(some) == held
            assert doctor(staffed.store).findings == []


def test_who_leaves_lends_nothing_and_is_followed_as_a_borrower(staffed: World) -> None:
    people = staffed.people
    of_a, of_b = staffed.customer("a", "1"), staffed.customer("b", "2")
    ends, goes = _stand_in(staffed, "a", "c", of_a), _stand_in(staffed, "b", "a", of_b)
    hand_over(staffed.store, plan(staffed.store, people["a"], people["c"]))
    assert value(staffed, "substitution", ends, "active") is False
    assert value(staffed, "substitution", goes, "substitute") == people["c"]
    with staffed.enrol("c") as successor:
        successor.sync()
        assert successor.counts()["customer"] == 2
    assert doctor(staffed.store).findings == []


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"entity": "lists"}, "unknown entity"),
        ({"row": "substitution"}, "must refer to customer"),
        ({"substitution": "customer"}, "must refer to substitutions with only_listed"),
        ({"owner": "name"}, "must be a reference"),
    ],
)
def test_a_term_that_does_not_fit_the_schema_is_refused(wrong: dict[str, str], said: str) -> None:
    term = Lent("substitution_customer", "customer", "substitution", "owner")
    entities = tuple(
        replace(e, terms=(OwnedBy("owner"), replace(term, **wrong))) if e.name == "customer" else e
        for e in MASTERDATA.entities
    )
    with pytest.raises(InvalidSchema, match=said):
        Schema((replace(MASTERDATA, entities=entities),))

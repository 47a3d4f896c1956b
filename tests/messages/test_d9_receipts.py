"""D9: the office sees what became of an info for each recipient, and recipients follow targets."""

from __future__ import annotations

import json

import pytest
import sqlalchemy as sa

from modules.messages import jobs
from server.jobs import Jobs
from syncengine.model.fields import Stored
from syncengine.store import tables as t
from syncengine.store.compaction import Retention
from syncengine.store.doctor import doctor
from tests.messages.scene import Post, Target
from tests.support.world import DAY


def test_one_changeset_for_5000_recipients(post: Post) -> None:
    customers = post.customers("a", 5_000)
    info = post.publish("action", {"employee": post.people["a"]})
    before = post.store.status().version
    assert post.work() == 5_000
    assert post.store.status().version == before + 1
    assert post.states(info, "customer") == dict.fromkeys(customers, "scheduled")
    with post.store.engine.connect() as connection:
        m = t.membership.c
        of_info = sa.select(sa.func.count()).where(m.row_id == info, m.gone.is_(False))
        assert connection.scalar(of_info) == 1  # the text is kept and sent once


def test_many_recipients_come_in_steps(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    """No receipt is without its answers, at which confirming would ask for nothing."""
    monkeypatch.setattr(jobs, "OPERATIONS_AT_ONCE", 8)
    post.customers("a", 7)
    info = post.publish("action", {"employee": post.people["a"]}, tasks=[("check", True)] * 2)
    assert jobs.follow(post.store, 2) == 12
    assert post.work() == 9
    for receipt in post.rows("info_receipt", info=info):
        assert len(post.rows("info_answer", receipt=receipt["id"])) == 2
    post.withdraw(info)
    assert post.work() == 7
    assert set(post.states(info, "customer").values()) == {"withdrawn"}


def test_targets_that_name_people_and_customers_stand_for_each_other(post: Post) -> None:
    top = post.insert("market", number="top", name="Top")
    town = post.insert("market", number="town", name="Town", parent=top)
    shops = {
        "a": post.customer("a", "1", market=town),
        "b": post.customer("b", "2", city="Bonn"),
        None: post.customer(None, "3", market=town),
    }
    rule = _rule(post, {"field": "city", "op": "equal", "value": "Bonn"})
    audience = post.insert("audience", number="x", name="X")
    post.insert("audience_member", audience=audience, employee=post.people["boss"], below=True)
    everybody = set(post.people.values())
    a, b = post.people["a"], post.people["b"]
    cases: list[tuple[Target, set[bytes], set[bytes | None]]] = [
        ({"employee": a}, {a}, {shops["a"]}),
        ({"employee": post.people["boss"], "below": True}, everybody, {shops["a"], shops["b"]}),
        ({"customer": shops["b"]}, {b}, {shops["b"]}),
        ({"market": top}, {a}, {shops["a"], shops[None]}),
        ({"audience": audience}, everybody, {shops["a"], shops["b"]}),
        ({"rule": rule}, {b}, {shops["b"]}),
        ({}, set(), set()),
    ]
    for target, people, customers in cases:
        daily, action = post.publish("daily", target), post.publish("action", target)
        post.work()
        assert post.states(daily, "employee").keys() == people, target
        assert post.states(action, "customer").keys() == customers, target
    post.update("customer", shops["b"], active=False)
    post.update("employee", b, active=False)
    assert post.work()
    open_ = [row for row in post.rows("info_receipt") if row["status"] != "withdrawn"]
    assert not any(row["customer"] == shops["b"] or row["employee"] == b for row in open_)


def test_receipts_follow_until_they_are_closed(post: Post) -> None:
    market = post.insert("market", number="m", name="M")
    customer = post.customer("a", "1", market=market)
    daily = post.publish("daily", {"market": market}, days=9)
    action = post.publish("action", {"market": market}, days=9)
    a, b = post.people["a"], post.people["b"]
    post.work()
    device, messages = post.device("a")
    (message,) = messages.at_day_login()
    messages.confirm(message.receipt)
    device.sync()
    post.update("customer", customer, owner=b)
    post.work()
    assert post.states(daily, "employee") == {a: "confirmed", b: "scheduled"}
    assert post.states(action, "customer") == {customer: "scheduled"}
    post.update("customer", customer, market=None)
    post.work()
    assert post.states(daily, "employee") == {a: "confirmed", b: "withdrawn"}
    assert post.states(action, "customer") == {customer: "withdrawn"}
    post.update("customer", customer, market=market)
    post.work()
    assert post.states(action, "customer") == {customer: "scheduled"}
    post.later(10)
    post.update("customer", customer, market=None)
    post.work()  # its period is over: it is overdue until the office withdraws it
    assert post.states(action, "customer") == {customer: "scheduled"}
    post.withdraw(action)
    post.work()
    assert post.states(action, "customer") == {customer: "withdrawn"}
    assert post.work() == 0
    assert doctor(post.store).findings == []
    device.close()


def test_a_draft_has_no_receipts_and_what_is_over_is_not_published(post: Post) -> None:
    """It would reach nobody, and the office would not learn of it."""
    for kind, ends in (("daily", "expires_at"), ("action", "due_at")):
        period: dict[str, Stored] = {"starts_at": post.at - DAY, ends: post.at}
        made = post.new("info", kind=kind, title="x", priority="low", status="draft", **period)
        draft = made.row_id
        assert post.write([made]).version is not None
        post.insert("info_target", info=draft, employee=post.people["a"])
        assert post.work() == 0
        (objection,) = post.update("info", draft, status="published").objections
        assert objection.code == "lifecycle.guard"
        assert "its period is over already" in objection.detail
        assert post.work() == 0


def test_the_server_does_it_by_the_clock(post: Post) -> None:
    info = post.publish("daily", {"employee": post.people["a"]})
    runner = Jobs(post.store, Retention(0, 0))
    assert "messages.recipients" in {status.name for status in runner.statuses()}
    runner.run("messages.recipients")
    assert post.receipt(info)["status"] == "scheduled"


def _rule(post: Post, condition: object) -> bytes:
    """One that is not active: a group of customers, and nothing else."""
    audience = post.insert("audience", number="nobody", name="Nobody")
    return post.insert(
        "rule", number="r", name="R", target="customer",
        condition=json.dumps(condition, sort_keys=True, separators=(",", ":")),
        audience=audience, active=False,
    )  # fmt: skip

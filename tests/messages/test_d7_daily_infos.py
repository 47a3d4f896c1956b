"""D7: daily infos, from the office to the day's login and back."""

from __future__ import annotations

import uuid

import pytest

from modules.messages.device import NoMessage
from syncengine.store.doctor import doctor
from tests.messages.scene import Post


def test_an_info_is_shown_at_login_again_on_demand_and_gone_once_confirmed(post: Post) -> None:
    info = post.publish("daily", {"employee": post.people["a"]}, text="*Good morning*")
    post.work()
    assert post.receipt(info)["status"] == "scheduled"
    device, messages = post.device("a")
    assert messages.received() == 1
    assert messages.received() == 0
    device.sync()
    assert post.receipt(info)["status"] == "delivered"
    (message,) = messages.at_day_login()
    post.later(0.1)
    assert messages.show(message.receipt).text == "*Good morning*"
    (again,) = messages.at_day_login()
    assert messages.show(again.receipt).status == "shown"
    assert device.sync().verdicts == {"accepted": 1}
    messages.confirm(message.receipt)
    assert messages.at_day_login() == []
    assert messages.show(message.receipt).title == "News"  # until it is released
    device.sync()
    with pytest.raises(NoMessage):
        messages.show(message.receipt)
    assert device.counts()["info"] == 0
    receipt = post.receipt(info)
    assert receipt["status"] == "confirmed"
    assert receipt["confirmed_by"] == post.people["a"]
    assert receipt["delivered_at"] < receipt["shown_at"] <= receipt["confirmed_at"]
    assert doctor(post.store).findings == []
    device.close()


def test_it_is_on_the_device_beforehand_and_expires_without_network(post: Post) -> None:
    info = post.publish("daily", {"employee": post.people["a"]}, begins=2, days=1)
    post.work()
    device, messages = post.device("a")
    assert messages.received() == 1
    assert messages.at_day_login() == []
    post.later(2)
    (message,) = messages.at_day_login()
    messages.show(message.receipt)
    post.later(1)
    assert messages.at_day_login() == []
    with pytest.raises(NoMessage):
        messages.confirm(message.receipt)
    post.work()
    assert post.receipt(info)["status"] == "expired"
    device.sync()
    receipt = post.receipt(info)
    assert receipt["status"] == "expired"
    assert receipt["shown_at"] == post.at - 1 * 24 * 3600 * 10**6  # what was done counts
    assert device.counts()["info_receipt"] == device.counts()["info"] == 0
    device.close()


def test_what_was_confirmed_in_time_counts_though_it_arrives_late(post: Post) -> None:
    info = post.publish("daily", {"employee": post.people["a"]})
    post.work()
    device, messages = post.device("a")
    (message,) = messages.at_day_login()
    post.later(0.5)
    messages.confirm(message.receipt)
    post.later(3)
    post.work()
    assert post.receipt(info)["status"] == "expired"
    device.sync()
    receipt = post.receipt(info)
    assert receipt["status"] == "confirmed"
    assert receipt["confirmed_at"] < receipt["expires_at"]
    device.close()


def test_a_substitute_gets_none_and_leaders_none(post: Post) -> None:
    post.substitute("a", "b")
    post.publish("daily", {"employee": post.people["a"]})
    post.work()
    for person, count in (("a", 1), ("b", 0), ("boss", 0)):
        device, messages = post.device(person)
        assert len(messages.at_day_login()) == device.counts()["info"] == count
        device.close()


def test_urgent_ones_come_first_with_their_links_and_attachments(post: Post) -> None:
    mine, other = post.customer("a", "1"), post.customer("b", "2")
    me = {"employee": post.people["a"]}
    for priority in ("low", "high", "normal"):
        post.publish("daily", me, priority=priority, title=priority)
    draft = post.insert(
        "info", kind="daily", title="links", priority="low", starts_at=post.at - 1,
        expires_at=post.at + 1, status="draft",
    )  # fmt: skip
    post.insert("info_target", info=draft, **me)
    for row in (mine, other):
        post.insert("info_link", info=draft, kind="customer", row=str(_id(row)))
    post.insert("info_link", info=draft, kind="weather", row=str(_id(mine)))
    post.insert("info_link", info=draft, kind="customer", row="the large one")
    assert post.work() == 3
    post.update("info", draft, status="published")
    post.work()
    device, messages = post.device("a")
    found = messages.at_day_login()
    assert [m.title for m in found] == ["high", "normal", "links", "low"]
    assert [link.row for link in found[2].links] == [_id(mine)]  # of what this device holds
    device.close()


def _id(row: bytes) -> uuid.UUID:
    return uuid.UUID(bytes=row)


def test_what_is_published_stays_as_it_is(post: Post) -> None:
    info = post.publish("daily", {"employee": post.people["a"]}, tasks=[("check", True)])
    (task,) = post.rows("info_task", info=info)
    for verdict in (
        post.update("info", info, title="Other news"),
        post.update("info_task", task["id"], title="Something else"),
        post.write([post.new("info_link", info=info, kind="customer", row="x")]),
    ):
        assert [o.code for o in verdict.objections] == ["lifecycle.protected"]
    half = post.insert(
        "info", kind="daily", title="x", priority="low", starts_at=post.at, status="draft"
    )
    verdict = post.update("info", half, status="published")
    assert [o.code for o in verdict.objections] == ["lifecycle.guard"]


def test_no_receipt_is_made_or_changed_by_hand(post: Post) -> None:
    info = post.publish("daily", {"employee": post.people["a"]})
    post.work()
    receipt = post.receipt(info)["id"]
    me = post.people["a"]
    for verdict in (
        post.update("info_receipt", receipt, shown_at=post.at),
        post.update("info_receipt", receipt, status="confirmed"),
        post.write([post.new("info_receipt", info=info, employee=me, status="scheduled")]),
    ):
        assert [o.code for o in verdict.objections] in (
            ["lifecycle.protected"],
            ["lifecycle.denied"],
            ["lifecycle.illegal"],
        )
    assert post.receipt(info)["status"] == "scheduled"

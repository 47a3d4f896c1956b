"""D9: the office reminds those who have not confirmed an info, and they see it as new again."""

from __future__ import annotations

import pytest

from modules.messages.device import Messages
from modules.messages.reminding import PAUSE, TooSoon, last_reminder, reminder
from syncengine.model.changeset import Verdict
from syncengine.model.entity import Action
from syncengine.store.doctor import doctor
from tests.messages.scene import Post
from tests.support.wire import NaiveDevice
from tests.support.world import DAY

HOUR = 1 / 24


def remind(post: Post, info: bytes) -> Verdict:
    """By the office."""
    return post.write([reminder(post.store, info)])


def reminded(messages: Messages) -> list[tuple[str, bool]]:
    """(title, whether the office reminds of it) at the day's login."""
    return [(message.title, message.reminded) for message in messages.at_day_login()]


def test_what_was_shown_is_new_again_until_it_is_shown_again(post: Post) -> None:
    """One row for all, whoever they are; who has confirmed is left alone."""
    info = post.publish("daily", {"employee": post.people["boss"], "below": True}, days=3)
    post.work()
    first, others = post.device("a")
    second, mine = post.device("b")
    for device, messages in ((first, others), (second, mine)):
        (message,) = messages.at_day_login()
        messages.show(message.receipt)
        device.sync()
    (message,) = others.at_day_login()
    others.confirm(message.receipt)
    first.sync()
    post.later(HOUR)
    before = post.store.status().version
    assert remind(post, info).version == before + 1
    first.sync()
    second.sync()
    assert reminded(others) == []
    assert reminded(mine) == [("News", True)]
    (message,) = mine.at_day_login()
    assert not mine.show(message.receipt).reminded  # at once, without network
    second.sync()
    assert reminded(mine) == [("News", False)]
    receipt = post.receipt(info, employee=post.people["b"])
    assert receipt["reminded_at"] == last_reminder(post.store, info) == post.at
    assert receipt["status"] == "shown"
    post.later(HOUR)
    remind(post, info)
    second.sync()
    assert reminded(mine) == [("News", True)]
    assert doctor(post.store).findings == []
    first.close()
    second.close()


def test_what_was_received_and_never_shown_is_reminded_of_too(post: Post) -> None:
    """And shown the first time, it says so with the same step."""
    info = post.publish("daily", {"employee": post.people["a"]}, days=3)
    post.work()
    device, messages = post.device("a")
    messages.received()
    device.sync()
    post.later(HOUR)
    remind(post, info)
    device.sync()
    (message,) = messages.at_day_login()
    assert message.reminded
    assert not messages.show(message.receipt).reminded
    assert device.pending() == 1
    device.sync()
    receipt = post.receipt(info)
    assert (receipt["status"], receipt["reminded_at"]) == ("shown", post.at)
    device.close()


def test_what_came_after_the_reminder_is_just_new(post: Post) -> None:
    """Somebody for whom the info is since needs no reminder of it."""
    info = post.publish("daily", {"employee": post.people["a"]}, days=3)
    remind(post, info)
    post.later(HOUR)
    post.work()
    device, messages = post.device("a")
    messages.received()
    assert reminded(messages) == [("News", False)]
    device.sync()
    assert reminded(messages) == [("News", False)]
    device.close()


def test_shown_without_network_after_a_reminder_that_had_not_come(post: Post) -> None:
    """The rep knows of it already."""
    info = post.publish("daily", {"employee": post.people["a"]}, days=3)
    post.work()
    device, messages = post.device("a")
    messages.received()
    device.sync()
    post.later(HOUR)
    remind(post, info)
    post.later(HOUR)
    (message,) = messages.at_day_login()
    messages.show(message.receipt)
    device.sync()
    assert reminded(messages) == [("News", False)]
    device.close()


def test_reminders_are_at_the_top_of_their_urgency_and_on_one_list(post: Post) -> None:
    """What is urgent stays first; a rep sees in one place at which customers they are reminded."""
    shops = [post.customer("a", "1"), post.customer("a", "2")]
    theirs = post.customer("b", "3")
    infos = [
        post.publish("action", {"customer": shops[0]}, title=title, priority=priority, days=days)
        for title, priority, days in (
            ("old", "normal", 1),
            ("new", "normal", 2),
            ("top", "high", 3),
        )
    ]
    for customer in (shops[1], theirs):
        infos.append(post.publish("action", {"customer": customer}, title="shop", days=2))
    post.work()
    device, messages = post.device("a")
    boss, read_along = post.device("boss")
    messages.received()
    device.sync()
    post.later(2)
    for info in (infos[1], *infos[3:]):
        remind(post, info)
    device.sync()
    boss.sync()
    titles = [(m.title, m.reminded) for m in messages.at_check_in(shops[0])]
    assert titles == [("top", False), ("new", True), ("old", False)]
    found = messages.reminders()
    assert sorted(m.title for m in found) == ["new", "shop"]
    assert {m.customer.bytes for m in found if m.customer} == set(shops)
    for message in found:
        messages.show(message.receipt)
    assert messages.reminders() == []
    assert read_along.reminders() == []
    device.close()
    boss.close()


def test_what_was_shown_counts_though_the_customer_is_somebody_elses(post: Post) -> None:
    """D5, invariant 16: it is late work, and no fault of the rep's."""
    customer = post.customer("a", "1")
    info = post.publish("action", {"customer": customer}, days=3)
    post.work()
    device, messages = post.device("a")
    (message,) = messages.at_check_in(customer)
    messages.show(message.receipt)
    device.sync()
    post.later(HOUR)
    remind(post, info)
    device.sync()
    messages.show(message.receipt)
    post.update("customer", customer, owner=post.people["b"])
    assert sum(device.sync().verdicts.values()) == 1
    assert device.inbox() == []
    assert post.receipt(info)["reminded_at"] == last_reminder(post.store, info)
    device.close()


def test_two_who_share_a_customer_agree_on_the_later_reminder(post: Post) -> None:
    customer = post.customer("a", "1")
    post.substitute("a", "b")
    info = post.publish("action", {"customer": customer}, days=3)
    post.work()
    pairs = [post.device(person) for person in ("a", "b")]
    for device, messages in pairs:
        messages.received()
        device.sync()
    receipts = []
    for device, messages in reversed(pairs):
        post.later(HOUR)
        remind(post, info)
        device.sync()
        (message,) = messages.reminders()
        receipts.append(messages.show(message.receipt))
    for device, _ in pairs:
        device.sync()
    assert post.receipt(info)["reminded_at"] == last_reminder(post.store, info)
    for device, messages in pairs:
        device.sync()
        assert messages.reminders() == []
        device.close()


def test_not_again_within_ten_minutes_and_once_of_two(post: Post) -> None:
    info = post.publish("daily", {"employee": post.people["a"]}, days=3)
    both = [reminder(post.store, info), reminder(post.store, info)]
    assert [post.write([one]).version is not None for one in both] == [True, False]
    post.at += PAUSE - 1
    with pytest.raises(TooSoon) as refused:
        reminder(post.store, info)
    assert refused.value.again == post.at + 1
    post.at += 1
    assert remind(post, info).version is not None


def test_only_the_office_only_of_what_is_published_and_it_stays(post: Post) -> None:
    draft = post.insert(
        "info", kind="daily", title="x", priority="low", starts_at=post.at, status="draft"
    )
    (objection,) = remind(post, draft).objections
    assert objection.code == "lifecycle.protected"
    assert "only what is published can be reminded of" in objection.detail
    info = post.publish("daily", {"employee": post.people["a"]}, days=3)
    post.work()
    made = reminder(post.store, info)
    forger = NaiveDevice(post, "a", modules={"masterdata": 1, "office": 1, "messages": 1})
    forger.sync()
    (verdict,) = forger.push(forger.changeset(made))
    assert verdict.version is None
    post.write([made])
    for change in (
        post.operation(Action.UPDATE, "info_reminder", made.row_id, at=post.at + DAY),
        post.operation(Action.DELETE, "info_reminder", made.row_id),
    ):
        (objection,) = post.write([change]).objections
        assert "recipients have been reminded" in objection.detail
    (objection,) = post.update("info_receipt", post.receipt(info)["id"], reminded_at=1).objections
    assert objection.code == "lifecycle.protected"
    post.withdraw(info)
    post.later()
    assert remind(post, info).objections


def test_who_is_meant_once_more_begins_anew(post: Post) -> None:
    market = post.insert("market", number="m", name="M")
    customer = post.customer("a", "1", market=market)
    info = post.publish("action", {"market": market}, days=3)
    post.work()
    device, messages = post.device("a")
    messages.received()
    device.sync()
    post.later(HOUR)
    remind(post, info)
    device.sync()
    (message,) = messages.reminders()
    messages.show(message.receipt)
    device.sync()
    assert post.receipt(info)["reminded_at"] == post.at
    for inside in (None, market):
        post.update("customer", customer, market=inside)
        post.work()
    receipt = post.receipt(info)
    assert (receipt["status"], receipt["reminded_at"]) == ("scheduled", None)
    device.sync()
    assert messages.reminders() == []
    device.close()

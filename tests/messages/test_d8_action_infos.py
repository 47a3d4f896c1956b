"""D8: action infos at check-in: tasks, confirming, overdue, and whom they follow."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal

import pytest

from device_sdk.errors import Refused
from modules.messages.device import Messages, NoMessage
from syncengine.model.fields import EPOCH
from syncengine.store.doctor import doctor
from tests.messages.scene import Post
from tests.support.wire import NaiveDevice
from tests.support.world import DAY

TASKS = [("check", True), ("yes_no", False), ("text", True), ("number", True)]


def now(post: Post) -> dt.datetime:
    """As the clocks of the devices show it."""
    return EPOCH + dt.timedelta(microseconds=post.at)


def complete_all(messages: Messages, receipt: uuid.UUID) -> None:
    """The mandatory tasks."""
    values = {"check": True, "text": "we are first", "number": "2.5"}
    for task in messages.show(receipt).missing:
        messages.complete_task(task.answer, values[task.kind])


def test_it_is_confirmed_only_with_its_mandatory_tasks_done(post: Post) -> None:
    customer = post.customer("a", "1")
    info = post.publish("action", {"customer": customer}, tasks=TASKS)
    post.work()
    device, messages = post.device("a")
    assert messages.at_day_login() == []
    (message,) = messages.at_check_in(customer)
    assert [task.kind for task in message.tasks] == [kind for kind, _ in TASKS]
    with pytest.raises(Refused, match="all mandatory tasks have to be done"):
        messages.confirm(message.receipt)
    with pytest.raises(ValueError, match="empty answer"):
        messages.complete_task(message.tasks[2].answer, "")
    complete_all(messages, message.receipt)
    done = messages.show(message.receipt)
    assert done.status == "tasks_done"
    assert [task.value for task in done.tasks] == [True, None, "we are first", Decimal("2.5")]
    messages.complete_task(done.tasks[2].answer, "we are second")  # until it is confirmed
    device.sync()
    assert post.receipt(info)["status"] == "tasks_done"
    messages.confirm(message.receipt)
    with pytest.raises(Refused, match="the info is closed"):
        messages.complete_task(done.tasks[2].answer, "third")
    device.sync()
    assert messages.at_check_in(customer) == []
    assert device.counts()["info"] == device.counts()["info_answer"] == 0
    receipt = post.receipt(info)
    assert receipt["status"] == "confirmed"
    assert receipt["shown_at"] <= receipt["tasks_done_at"] <= receipt["confirmed_at"]
    answers = {row["kind"]: row for row in post.rows("info_answer", receipt=receipt["id"])}
    assert answers["text"]["text"] == "we are second"
    assert doctor(post.store).findings == []
    device.close()


def test_a_client_that_keeps_to_nothing_is_refused(post: Post) -> None:
    customer = post.customer("a", "1")
    info = post.publish("action", {"customer": customer}, tasks=[("check", True)])
    post.work()
    forger = NaiveDevice(post, "a", modules={"masterdata": 1, "office": 1, "messages": 1})
    forger.sync()
    receipt = post.receipt(info)["id"]
    for status, code in (
        ("confirmed", "lifecycle.illegal"),
        ("shown", ""),
        ("confirmed", "lifecycle.guard"),
        ("withdrawn", "lifecycle.denied"),
        ("expired", "lifecycle.denied"),
    ):
        (verdict,) = forger.push(
            forger.changeset(forger.update("info_receipt", receipt, status=status))
        )
        assert [o.code for o in verdict.objections] == ([code] if code else []), status
    assert post.receipt(info)["status"] == "shown"


def test_past_its_period_it_is_overdue_and_stays(post: Post) -> None:
    customer = post.customer("a", "1")
    info = post.publish("action", {"customer": customer}, tasks=[("check", True)])
    post.work()
    device, messages = post.device("a")
    (message,) = messages.at_check_in(customer)
    assert not message.is_overdue(now(post))
    post.later(5)
    post.work()
    device.sync()
    (message,) = messages.at_check_in(customer)
    assert message.is_overdue(now(post))
    complete_all(messages, message.receipt)
    messages.confirm(message.receipt)
    device.sync()
    assert post.receipt(info)["status"] == "confirmed"
    device.close()


def test_what_is_withdrawn_leaves_at_once(post: Post) -> None:
    """With what belongs to it, and before the job has closed its receipts: these show nothing more
    then, and what was answered meanwhile counts.
    """
    customer = post.customer("a", "1")
    info = post.publish("action", {"customer": customer}, tasks=[("check", True)])
    post.work()
    post.insert("info_reminder", info=info, at=post.at)
    device, messages = post.device("a")
    (message,) = messages.at_check_in(customer)
    post.withdraw(info)
    complete_all(messages, message.receipt)
    assert device.sync().verdicts.keys() == {"accepted"}
    gone = ("info", "info_task", "info_reminder")
    assert [device.counts()[entity] for entity in gone] == [0, 0, 0]
    assert device.counts()["info_receipt"] == device.counts()["info_answer"] == 1
    assert messages.at_check_in(customer) == messages.reminders() == []
    with pytest.raises(NoMessage):
        messages.confirm(message.receipt)
    assert doctor(post.store).findings == []
    assert post.work() == 1
    device.sync()
    assert device.counts()["info_receipt"] == device.counts()["info_answer"] == 0
    receipt = post.receipt(info)
    assert (receipt["status"], receipt["shown_at"]) == ("withdrawn", post.at)
    (answer,) = post.rows("info_answer", receipt=receipt["id"])
    assert answer["yes"] is True
    device.close()


def test_the_office_withdraws_it_while_it_is_confirmed(post: Post) -> None:
    """The status is the office's; that it was confirmed, by whom and when is not lost."""
    customer = post.customer("a", "1")
    info = post.publish("action", {"customer": customer}, tasks=[("check", True)])
    post.work()
    device, messages = post.device("a")
    (message,) = messages.at_check_in(customer)
    complete_all(messages, message.receipt)
    messages.confirm(message.receipt)
    post.withdraw(info)
    assert post.work() == 1
    assert device.sync().verdicts.keys() <= {"accepted", "merged"}
    receipt = post.receipt(info)
    assert receipt["status"] == "withdrawn"
    assert receipt["confirmed_by"] == post.people["a"]
    assert None not in (receipt["shown_at"], receipt["tasks_done_at"], receipt["confirmed_at"])
    (answer,) = post.rows("info_answer", receipt=receipt["id"])
    assert answer["yes"] is True
    assert messages.at_check_in(customer) == []
    assert device.counts()["info"] == 0
    device.close()


def test_it_follows_its_customer_and_the_substitute_gets_it(post: Post) -> None:
    customer = post.customer("a", "1")
    info = post.publish("action", {"customer": customer}, tasks=[("check", True)])
    post.work()
    substitution = post.substitute("a", "b")
    devices = {name: post.device(name) for name in ("a", "b", "boss")}
    seen = {name: len(m.at_check_in(customer)) for name, (_, m) in devices.items()}
    assert seen == {"a": 1, "b": 1, "boss": 1}
    assert devices["boss"][1].received() == 0  # who leads reads along
    assert devices["b"][1].received() == 1
    (message,) = devices["b"][1].at_check_in(customer)
    devices["b"][1].show(message.receipt)
    devices["b"][0].sync()
    post.update("substitution", substitution, active=False)
    post.update("customer", customer, owner=post.people["b"])
    for device, _ in devices.values():
        device.sync()
    seen = {name: len(m.at_check_in(customer)) for name, (_, m) in devices.items()}
    assert seen == {"a": 0, "b": 1, "boss": 1}
    assert devices["a"][0].counts()["info"] == 0
    complete_all(devices["b"][1], message.receipt)
    devices["b"][1].confirm(message.receipt)
    devices["b"][0].sync()
    devices["boss"][0].sync()
    assert post.receipt(info)["confirmed_by"] == post.people["b"]
    assert devices["boss"][0].counts()["info"] == 0
    for device, _ in devices.values():
        device.close()


def test_who_leads_cannot_confirm_for_others(post: Post) -> None:
    customer = post.customer("a", "1")
    info = post.publish("action", {"customer": customer})
    post.work()
    device, messages = post.device("boss")
    (message,) = messages.at_check_in(customer)
    assert messages.show(message.receipt).status == "scheduled"
    with pytest.raises(Refused):
        messages.confirm(message.receipt)
    device.sync()
    assert post.receipt(info)["status"] == "scheduled"
    device.close()


def test_two_who_confirm_the_same_agree(post: Post) -> None:
    customer = post.customer("a", "1")
    info = post.publish("action", {"customer": customer}, tasks=[("check", True)])
    post.work()
    post.substitute("a", "b")
    devices = [post.device(name) for name in ("a", "b")]
    for _, messages in devices:
        (message,) = messages.at_check_in(customer)
        complete_all(messages, message.receipt)
        messages.confirm(message.receipt)
        post.later(0.01)
    for device, _ in devices:
        assert device.sync().verdicts.keys() <= {"accepted", "merged"}
    assert post.receipt(info)["confirmed_by"] == post.people["a"]
    for device, messages in devices:
        device.sync()
        assert messages.at_check_in(customer) == []
        device.close()


def test_after_a_substitution_it_is_for_reading_only(post: Post) -> None:
    customer = post.customer("a", "1")
    info = post.publish("action", {"customer": customer}, days=9)
    post.work()
    post.insert(
        "substitution", absent=post.people["a"], substitute=post.people["b"], active=True,
        ends_at=post.at + DAY, trail_days=3,
    )  # fmt: skip
    device, messages = post.device("b")
    post.later(2)
    device.sync()
    assert messages.received() == 0
    (message,) = messages.at_check_in(customer)
    assert messages.show(message.receipt).status == "scheduled"
    with pytest.raises(Refused, match="The substitution has ended"):
        messages.confirm(message.receipt)
    device.sync()
    assert post.receipt(info)["status"] == "scheduled"
    device.close()

"""D9: the office reminds from an info's page, and sees there who has seen it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from modules.messages.portal import remind
from modules.messages.reminding import PAUSE, reminder
from syncengine.model.ids import from_text
from tests.messages.office import Messenger
from tests.messages.test_portal import seen
from tests.support.world import DAY

HOUR = DAY // 24


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Messenger]:
    made = Messenger.made(tmp_path)
    yield made
    made.desk.world.close()


def later(office: Messenger, microseconds: int) -> None:
    """Time passes, not so much that nobody is signed in any more."""
    office.desk.office.time.now += microseconds


def test_reminding_says_first_whom_it_reaches_and_then_who_has_seen_it(office: Messenger) -> None:
    place = office.published()
    device, messages = office.device("a")
    (message,) = messages.at_day_login()
    messages.show(message.receipt)
    device.sync()
    later(office, 60_000_000)
    assert "Remind …" in seen(office.anna.get(place).text)
    page = seen(office.anna.get(f"{place}/remind").text)
    assert "2 recipients have not confirmed it. 1 of them has not been shown it yet." in page
    assert office.rows("info_reminder") == []
    answer = office.anna.post(f"{place}/remind")
    assert answer.headers["location"] == f"{place}?saved=reminded"
    page = seen(office.anna.get(answer.headers["location"]).text)
    assert "Reminded. It shows as new again" in page
    assert "Not confirmed: 2, of these seen since: 0." in page
    assert "not seen since the reminder" in page
    device.sync()
    messages.show(message.receipt)
    device.sync()
    page = seen(office.anna.get(place).text)
    assert "Not confirmed: 2, of these seen since: 1." in page
    assert "not seen since the reminder" not in page
    assert "seen since the reminder" in page
    receipt = f"{place}/receipts/{message.receipt}"
    assert "Reminder seen" in seen(office.anna.get(receipt).text)
    device.close()


def test_again_after_ten_minutes(office: Messenger) -> None:
    place = office.published()
    office.anna.post(f"{place}/remind")
    later(office, PAUSE - 1)
    page = seen(office.anna.get(f"{place}/remind").text)
    assert "Ten minutes after that" in page
    assert "Remind them" not in page
    refused = office.anna.post(f"{place}/remind")
    assert refused.status_code == 422
    assert "Ten minutes after that" in seen(refused.text)
    assert len(office.rows("info_reminder")) == 1
    later(office, 1)
    assert "0 of them have seen the info since." in seen(office.anna.get(f"{place}/remind").text)
    assert office.anna.post(f"{place}/remind").status_code == 303
    assert len(office.rows("info_reminder")) == 2


def test_of_two_who_remind_at_once_one_is_told(
    office: Messenger, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = office.published()
    made = reminder(office.desk.store, from_text(place.rpartition("/")[2]))
    assert office.anna.post(f"{place}/remind").status_code == 303
    asked = [made]
    monkeypatch.setattr(
        remind, "reminder", lambda *given: asked.pop() if asked else reminder(*given)
    )
    late = office.anna.post(f"{place}/remind")
    assert late.status_code == 422
    assert "Ten minutes after that" in seen(late.text)
    assert len(office.rows("info_reminder")) == 1


def test_only_while_somebody_has_it_open_and_it_is_not_over(office: Messenger) -> None:
    """What is overdue can be reminded of: it is open until it is done."""
    action = office.published(kind="action")
    daily = office.published(**{"target.0.kind": "employee"})
    device, messages = office.device("a")
    office.confirmed(device, messages)
    assert "Remind …" not in seen(office.anna.get(daily).text)
    assert office.anna.post(f"{daily}/remind").headers["location"] == daily
    later(office, 2 * DAY)
    office.anna = office.desk.signed_in("anna")
    assert "Remind …" in seen(office.anna.get(action).text)
    assert office.anna.post(f"{action}/remind").status_code == 303
    assert office.anna.post(f"{action}/withdraw").status_code == 303
    assert "Remind …" not in seen(office.anna.get(action).text)
    later(office, PAUSE)
    assert office.anna.get(f"{action}/remind").headers["location"] == action
    assert len(office.rows("info_reminder")) == 1
    device.close()


def test_it_asks_for_the_right_to_add_reminders(office: Messenger) -> None:
    """Without a limit: whom it reaches is not cut to one."""
    place = office.published()
    accounts = office.desk.office
    for name, limit, right in (("ben", "", "view"), ("cleo", "a", "view add"),
                               ("dora", "", "view add")):  # fmt: skip
        user = accounts.user(name, limit=limit) if limit else accounts.user(name)
        accounts.role(user, info="view", info_receipt="view", info_reminder=right)
    for name, status in (("ben", 403), ("cleo", 403), ("dora", 303)):
        visitor = office.desk.signed_in(name)
        assert ("Remind …" in seen(visitor.get(place).text)) == (status == 303)
        assert visitor.post(f"{place}/remind").status_code == status, name

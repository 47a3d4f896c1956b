"""The office's pages: what they tell is what the receipts say (D9), whoever looks."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from modules.messages.portal import reading
from modules.messages.receipts import OPEN, STATES
from syncengine.model.ids import to_text
from syncengine.model.rights import Rights
from tests.messages.office import INFOS, Messenger
from tests.messages.scene import Post
from tests.support.world import DAY

EVERYTHING = Rights(administers=True)
TASK = {"task__0__title": "Read it", "task__0__kind": "check", "task__0__mandatory": "1"}


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Messenger]:
    made = Messenger.made(tmp_path)
    yield made
    made.desk.world.close()


def seen(page: str) -> str:
    """What there is to read."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", page)).split())


def test_the_matrix_tells_how_far_each_recipient_is(office: Messenger) -> None:
    """Delivered, shown, confirmed: from a device's steps to the page, the list and the receipt."""
    place = office.published(**TASK)
    page = seen(office.anna.get(place).text)
    assert "All (2) Scheduled (2)" in page
    assert "0 of 2 have confirmed" in page
    device, messages = office.device("a")
    messages.received()
    device.sync()
    assert "Scheduled (1) Delivered (1)" in seen(office.anna.get(place).text)
    office.confirmed(device, messages)
    page = office.anna.get(place).text
    assert "Scheduled (1) Confirmed (1)" in seen(page)
    first, second = re.findall(r'<tr id="receipt.*?</tr>', page, re.S)
    assert ">c</a>" in first  # what is open comes first
    assert seen(second).startswith("a Confirmed")
    assert "1 of 2" in seen(office.anna.get(INFOS).text)
    only = office.anna.get(f"{place}?state=confirmed").text
    assert [seen(row)[:1] for row in re.findall(r'<tr id="receipt.*?</tr>', only, re.S)] == ["a"]
    device.close()


def test_it_is_gone_from_the_device_once_the_device_has_shown_it(office: Messenger) -> None:
    """Confirmed is told at once; gone is only what a device has proved."""
    place = office.published(**TASK)
    device, messages = office.device("a")
    office.confirmed(device, messages)
    page = office.anna.get(f"{place}?state=confirmed").text
    (receipt,) = re.findall(r'href="([^"]*/receipts/[^"]*)"', page)
    said = seen(office.anna.get(receipt).text)
    assert "Confirmed" in said
    assert "gone from the device" not in said
    device.sync()  # shows the checkpoint that the sync before ended with
    said = seen(office.anna.get(receipt).text)
    assert "gone from the device" in said
    assert "Read it needed yes" in said
    assert messages.at_day_login() == []
    device.close()


def test_an_action_info_is_told_by_customer_and_overdue_ones_are_counted(
    office: Messenger,
) -> None:
    place = office.published(kind="action")
    page = seen(office.anna.get(place).text)
    assert "1 · Shop 1 a Scheduled" in page
    office.desk.office.time.now += 2 * DAY
    anna = office.anna = office.desk.signed_in("anna")
    page = seen(anna.get(place).text)
    assert "Overdue (2)" in page
    assert "Scheduled · Overdue" in page
    assert "Overdue" in seen(re.findall(r'<tr id="info.*?</tr>', anna.get(INFOS).text, re.S)[0])
    assert "2 · Shop 2" in seen(anna.get(f"{place}?state=overdue").text)


def test_withdrawing_says_first_what_goes(office: Messenger) -> None:
    place = office.published(**TASK)
    device, messages = office.device("a")
    office.confirmed(device, messages)
    page = seen(office.anna.get(f"{place}/withdraw").text)
    assert "1 recipient has not confirmed it." in page
    assert "at the next sync. What 1 has confirmed stays on record." in page
    assert [row["status"] for row in office.rows("info")] == ["published"]
    answer = office.anna.post(f"{place}/withdraw")
    assert answer.headers["location"] == f"{place}?saved=withdrawn"
    assert "Withdrawn. It leaves" in seen(office.anna.get(answer.headers["location"]).text)
    office.work()
    page = seen(office.anna.get(place).text)
    assert "Confirmed (1) Withdrawn (1)" in page
    assert "Withdraw …" not in page
    assert office.anna.get(f"{place}/withdraw").headers["location"] == place
    device.close()


def test_who_may_not_see_or_change_infos_does_not(office: Messenger) -> None:
    place = office.published()
    desk = office.desk
    desk.office.user("ben")
    ben = desk.signed_in("ben")
    for path in (INFOS, f"{INFOS}/new", place, f"{place}/withdraw"):
        assert ben.get(path).status_code == 404, path
    desk.office.role(desk.office.users["ben"], info="view", info_receipt="view")
    assert "Withdraw …" not in ben.get(place).text
    assert ben.get(f"{INFOS}/new").status_code == 404
    assert ben.get(f"{place}/withdraw").status_code == 403
    assert ben.post(f"{place}/withdraw").status_code == 403
    assert [row["status"] for row in office.rows("info")] == ["published"]


def test_who_is_limited_sees_their_peoples_receipts_only(office: Messenger) -> None:
    """Nor do they write infos: whom these reach is not cut to anybody's limit."""
    place = office.published(**{"target.0.value": "boss"})
    desk = office.desk
    desk.office.role(
        desk.office.user("ben", limit="b"), info="view add edit", info_receipt="view",
        info_task="add", info_attachment="add", info_link="add", info_target="add", employee="view",
    )  # fmt: skip
    ben = desk.signed_in("ben")
    assert "All (1) Scheduled (1)" in seen(ben.get(place).text)
    assert "All (4)" in seen(office.anna.get(place).text)
    assert ben.get(f"{INFOS}/new").status_code == 404


def test_a_draft_and_an_info_for_nobody_say_so(office: Messenger) -> None:
    """A draft is written as a record; an info may be for people who are not active."""
    world = office.desk.world
    info = world.insert("info", kind="daily", title="Idea", priority="low", starts_at=0,
                        status="draft")  # fmt: skip
    page = seen(office.anna.get(f"{INFOS}/{to_text(info)}").text)
    assert "This is a draft." in page
    assert "Withdraw" not in page
    assert "Draft" in seen(office.anna.get(f"{INFOS}?status=draft").text)
    world.update("employee", world.people["c"], active=False)
    place = office.published(**{"target.0.kind": "employee", "target.0.value": "c"})
    assert "If nobody comes, nobody is meant." in seen(office.anna.get(place).text)


def test_what_an_address_names_and_is_not_there(office: Messenger) -> None:
    place, other = office.published(), office.published(title="Other")
    (receipt, *_) = re.findall(r'/receipts/([^"]*)"', office.anna.get(place).text)
    for path, status in (
        (f"{INFOS}/nothing", 404), (f"{other}/receipts/{receipt}", 404),
        (f"{place}/receipts/{place[-36:]}", 404), (f"{place}?after=x", 400),
        (f"{place}?after=1.zz.a", 400), (f"{INFOS}?status=none", 400), (f"{INFOS}?after=x", 400),
        (f"{place}?state=none", 200),
    ):  # fmt: skip
        assert office.anna.get(path).status_code == status, path


# Each example writes all states anew.
@settings(
    deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30
)
@given(states=st.lists(st.sampled_from(STATES), min_size=9, max_size=9), size=st.integers(1, 4))
def test_the_pages_of_a_matrix_are_all_of_it(
    many: tuple[Post, bytes], states: list[str], size: int
) -> None:
    """Each receipt is on one page, open ones before the others, however long pages are."""
    post, info = many
    table = post.store.tables["info_receipt"]
    with post.store.engine.begin() as connection:
        ids = connection.scalars(sa.select(table.c.id).order_by(table.c.id)).all()
        for row_id, state in zip(ids, states, strict=True):
            connection.execute(table.update().where(table.c.id == row_id).values(status=state))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading, "PAGE", size)
        found: list[reading.Line] = []
        more = True
        while more:
            after = found[-1].place if found else None
            page, more = reading.lines(post.store, EVERYTHING, info, STATES, after)
            assert 0 < len(page) <= size
            found += page
    assert {line.id for line in found} == set(ids)
    assert len(found) == len(ids)
    is_open = [line.status in OPEN for line in found]
    assert is_open == sorted(is_open, reverse=True)
    counts = reading.counted(post.store, EVERYTHING, [info])[info]
    assert counts == {state: states.count(state) for state in set(states)}


@pytest.fixture
def many(post: Post) -> tuple[Post, bytes]:
    """Nine customers who are meant; on both databases."""
    for number in range(9):
        post.customer("a", str(number))
    info = post.publish("action", {"employee": post.people["a"]})
    post.work()
    return post, info


def test_the_mark_moves_with_receipts_infos_and_time(many: tuple[Post, bytes]) -> None:
    post, _ = many
    marks = [reading.mark(post.store)]
    post.update("employee", post.people["a"], login="anna")
    assert reading.mark(post.store) == marks[0]
    post.publish("action", {"employee": post.people["b"]}, begins=1)
    marks.append(reading.mark(post.store))
    post.customer("b", "10")
    post.work()
    marks.append(reading.mark(post.store))
    post.later(1.5)  # one has begun, the other's day is over
    marks.append(reading.mark(post.store))
    assert len(set(marks)) == len(marks)

"""Messages on the rep's screen: at the day's login and at a check-in (D7, D8)."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest
from starlette.testclient import TestClient

from device_sdk import Environment
from device_sdk.screen.brought import found_screens
from device_sdk.screen.place import Place
from device_sdk.screen.routes import screen_app
from device_sdk.screen.screen import Screen
from device_sdk.screen.words import Words
from modules.messages.reminding import reminder
from tests.messages.scene import Post
from tests.screen.conftest import HERE, PASSCODE
from tests.screen.running import in_step, until
from tests.support.world import DAY

CANARY = "<script>alert(1)</script>"
TASKS = [("check", True), ("yes_no", True), ("text", False), ("number", True), ("photo", False)]


@dataclass
class Rep:
    """A person before the screen."""

    post: Post
    screen: Screen
    http: TestClient

    def get(self, path: str) -> str:
        """A page, in English."""
        answer = self.http.get(path, headers={"accept-language": "en"})
        assert answer.status_code == 200, answer.text
        return answer.text

    def send(self, path: str, **values: str) -> httpx2.Response:
        """A form of ours."""
        assert self.screen.user is not None
        sent = {"csrf": self.screen.user.csrf, **values}
        return self.http.post(path, data=sent, headers={"origin": HERE, "accept-language": "en"})

    def sync(self) -> None:
        assert self.screen.user is not None
        self.screen.user.device.sync()

    def opened(self, page: str) -> str:
        """The path of the only message that a page leads to."""
        (path,) = re.findall(r'href="(/messages/message[^"]*)"', self.get(page))
        return str(path.replace("&amp;", "&"))


@pytest.fixture
def rep(tmp_path: Path) -> Iterator[Rep]:
    with enrolled(tmp_path, "a") as made:
        yield made


@contextmanager
def enrolled(tmp_path: Path, person: str) -> Iterator[Rep]:
    """That person before a screen of their own."""
    post = Post(f"sqlite:///{tmp_path / 'server.db'}", tmp_path)
    place, clock = Place(tmp_path / "device"), Environment(now=lambda: post.at)
    screen = Screen(place, found_screens(), None, lambda _: post.transport(None), clock)
    made = Rep(post, screen, TestClient(screen_app(screen), base_url=HERE, follow_redirects=False))
    code = post.store.seats.create_code(post.people[person], DAY)
    headers = {"origin": HERE}
    typed = {"server": "http://office.test", "name": "Phone", "passcode": PASSCODE}
    sent = {"csrf": "", "code": code, "again": PASSCODE, **typed}
    answer = made.http.post("/enrol", data=sent, headers=headers)
    assert answer.status_code == 303, answer.text
    until(lambda: in_step(screen))
    yield made
    screen.sign_out()
    post.close()


def answers(page: str) -> list[str]:
    """The answers that a message's page has forms for, in their order, each once."""
    return list(dict.fromkeys(re.findall(r'name="answer" value="([^"]*)"', page)))


def test_a_daily_info_is_shown_at_the_days_login_and_confirmed(rep: Rep) -> None:
    info = rep.post.publish(
        "daily", {"employee": rep.post.people["a"]}, title="Road closed",
        text=f"# Detour\n\n**By** Ulm. {CANARY} [map](javascript:alert(1))",
    )  # fmt: skip
    rep.post.work()
    rep.sync()
    assert "Road closed" in rep.get("/")
    rep.sync()
    assert rep.post.receipt(info)["status"] == "delivered"
    path = rep.opened("/")
    page = rep.get(path)
    assert "<strong>By</strong>" in page
    assert CANARY not in page
    assert 'javascript:alert(1)"' not in page
    rep.sync()
    assert rep.post.receipt(info)["status"] == "shown"
    assert rep.send(path, do="confirm").headers["location"] == "/"
    assert "Road closed" not in rep.get("/")
    waits = rep.get("/sync")
    assert "Changed: Receipt of an info" in waits
    assert "<strong>" not in waits, "a receipt has no name, and nobody knows its id"
    rep.sync()
    assert rep.post.receipt(info)["status"] == "confirmed"


def test_an_action_info_is_confirmed_with_its_tasks_done(rep: Rep) -> None:
    """Confirmed too early, it says what is missing; what does not fit is told beside the task."""
    shop = rep.post.customer("a", "1")
    info = rep.post.publish("action", {"customer": shop}, tasks=TASKS, priority="high")
    rep.post.work()
    rep.sync()
    page = f"/rows/customer/{uuid.UUID(bytes=shop)}"
    assert "3 tasks to be done" in rep.get(page)
    assert "Urgent" in rep.get(page)
    assert rep.get(page).index("Urgent") < rep.get(page).index("My notes")
    assert 'href="/messages' not in rep.get("/"), "not without being at the customer"
    path = rep.opened(page)
    early = rep.send(path, do="confirm")
    assert early.status_code == 422
    assert "Still to be done: check, yes_no, number." in early.text
    check, yes_no, text, number, photo = answers(rep.get(path))
    wrong = rep.send(path, do="answer", answer=number, value="many")
    assert wrong.status_code == 422
    assert "Enter a number." in wrong.text
    assert 'value="many"' in wrong.text, "what was typed stays"
    assert rep.send(path, do="answer", answer=text, value=" ").status_code == 422
    assert rep.send(path, do="answer", answer=photo, value="").status_code == 422
    assert rep.send(path, do="answer", answer=check, value="perhaps").status_code == 400
    strange = rep.send(path, do="answer", answer=str(uuid.uuid4()), value="true")
    assert strange.status_code == 404
    for answer, value in ((check, "true"), (yes_no, "false"), (number, "2.5"), (text, CANARY)):
        assert rep.send(path, do="answer", answer=answer, value=value).status_code == 303
    assert CANARY not in rep.get(path)
    assert "To be confirmed" in rep.get(page)
    assert rep.send(path, do="confirm").headers["location"] == page
    assert "To be confirmed" not in rep.get(page)
    rep.sync()
    assert rep.post.receipt(info)["status"] == "confirmed"
    assert rep.http.get(path).status_code == 404, "it is gone from the device"


def test_who_may_not_confirm_is_told_in_their_language(tmp_path: Path) -> None:
    """Whoever leads the recipient reads along, and has not been shown it."""
    with enrolled(tmp_path, "boss") as boss:
        shop = boss.post.customer("a", "1")
        boss.post.publish("action", {"customer": shop}, tasks=[("check", False)])
        boss.post.work()
        boss.sync()
        path = boss.opened(f"/rows/customer/{uuid.UUID(bytes=shop)}")
        assert boss.screen.user is not None
        sent = {"csrf": boss.screen.user.csrf, "do": "confirm"}
        german = {"origin": HERE, "accept-language": "de"}
        answer = boss.http.post(path, data=sent, headers=german)
        assert answer.status_code == 422
        assert Words("de").told("reason", "lifecycle.illegal", "?") in answer.text
        assert boss.post.rows("info_receipt")[0]["status"] == "scheduled"


def test_an_overdue_info_stays_and_says_so(rep: Rep) -> None:
    shop = rep.post.customer("a", "1")
    rep.post.publish("action", {"customer": shop}, days=2)
    rep.post.work()
    rep.sync()
    rep.post.later(3)
    assert "Overdue" in rep.get(f"/rows/customer/{uuid.UUID(bytes=shop)}")


@pytest.mark.parametrize("query", ["", "?r=x", "?r=01a0c450-6c00-7000-8449-6eff4e1a3a65"])
def test_a_message_that_is_not_here_is_not_there(rep: Rep, query: str) -> None:
    assert rep.http.get(f"/messages/message{query}").status_code == 404


def test_the_first_page_says_at_which_customers_the_office_reminds(rep: Rep) -> None:
    """And marks it until it is shown again; a reminder of a daily info is beside it."""
    shop = rep.post.customer("a", "1")
    infos = [
        rep.post.publish("action", {"customer": shop}, title="Shelf tags", days=3),
        rep.post.publish("daily", {"employee": rep.post.people["a"]}, title="Read me", days=3),
    ]
    rep.post.work()
    rep.sync()
    assert "Reminder" not in rep.get("/")
    rep.sync()
    rep.post.later(0.1)
    for info in infos:
        rep.post.write([reminder(rep.post.store, info)])
    rep.sync()
    home, page = rep.get("/"), f"/rows/customer/{uuid.UUID(bytes=shop)}"
    assert home.index("Reminders") < home.index("Shelf tags") < home.index("Read me")
    assert page in home
    assert rep.get(page).count("Reminder") == 1
    rep.get(rep.opened(page))
    rep.get(rep.opened("/"))
    assert "Reminder" not in rep.get("/") + rep.get(page)

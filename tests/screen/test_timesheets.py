"""Working time on the rep's screen: a day of taps, the month, and what comes back (D14)."""

from __future__ import annotations

import html
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest
from starlette.testclient import TestClient

from device_sdk import Device, Environment
from device_sdk.screen.brought import found_screens
from device_sdk.screen.place import Place
from device_sdk.screen.routes import screen_app
from device_sdk.screen.screen import Screen
from modules.timesheets.device import Timesheets
from modules.timesheets.spans import Kind
from tests.screen.conftest import HERE, PASSCODE
from tests.screen.running import in_step, until
from tests.support.world import DAY, Faults
from tests.timesheets.scene import Clocked, at

TODAY, MONTH, TAP = "/timesheets/today", "/timesheets/month?m=2026-03-01", "/timesheets/tap"


@dataclass
class Rep:
    """`a` before the screen; the network is there unless `faults` says otherwise."""

    clocked: Clocked
    screen: Screen
    http: TestClient
    faults: Faults

    @property
    def device(self) -> Device:
        """Of who is signed in."""
        assert self.screen.user is not None
        return self.screen.user.device

    def seen(self, path: str, language: str = "en") -> str:
        """What there is to read on a page."""
        answer = self.http.get(path, headers={"accept-language": language})
        assert answer.status_code == 200, answer.text
        return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", answer.text)).split())

    def send(self, path: str, **values: str) -> httpx2.Response:
        """A form of ours."""
        assert self.screen.user is not None
        sent = {"csrf": self.screen.user.csrf, **values}
        return self.http.post(path, data=sent, headers={"origin": HERE, "accept-language": "en"})

    def taps(self, *names: str) -> None:
        """One after the other, half an hour between."""
        for name in names:
            assert self.send(TAP, do=name, back=TODAY).headers["location"] == TODAY
            self.clocked.later(30)


@pytest.fixture
def rep(tmp_path: Path) -> Iterator[Rep]:
    clocked, faults = Clocked(f"sqlite:///{tmp_path / 'server.db'}", tmp_path), Faults()
    place, clock = Place(tmp_path / "device"), Environment(now=lambda: clocked.at)
    screen = Screen(place, found_screens(), None, lambda _: clocked.transport(faults), clock)
    http = TestClient(screen_app(screen), base_url=HERE, follow_redirects=False)
    code = clocked.store.seats.create_code(clocked.people["a"], DAY)
    typed = {"server": "http://office.test", "name": "Phone", "passcode": PASSCODE}
    sent = {"csrf": "", "code": code, "again": PASSCODE, **typed}
    answer = http.post("/enrol", data=sent, headers={"origin": HERE})
    assert answer.status_code == 303, answer.text
    until(lambda: in_step(screen))
    yield Rep(clocked, screen, http, faults)
    screen.sign_out()
    clocked.close()


def test_a_day_is_one_tap_each_without_a_network(rep: Rep) -> None:
    rep.faults.offline = True
    assert "Not at work Today 0:00 hours Start day Start travel" in rep.seen("/")
    assert rep.send(TAP, do="start_day", back="/").headers["location"] == "/"
    rep.clocked.later(60)
    assert "At work since 08:00 Today 1:00 hours Take a break" in rep.seen("/")
    assert "Bei der Arbeit seit 08:00 Heute 1:00 Stunden Pause machen" in rep.seen(TODAY, "de")
    rep.taps("start_break")
    assert "Break since 09:00 Today 1:00 hours End break" in rep.seen(TODAY)
    rep.taps("start_travel", "end_travel", "end_day")
    page = rep.seen(TODAY)
    assert "Not at work Today 2:00 hours" in page
    assert "08:00 Day until 10:30 09:00 Break until 09:30 09:30 Travel until 10:00" in page
    assert rep.send(TAP, do="end_day", back="/").headers["location"] == TODAY  # it has ended
    assert rep.send(TAP, do="dance").status_code == 404
    assert rep.http.get(TAP).status_code == 404


def test_the_month_is_submitted_once_nothing_is_wrong(rep: Rep) -> None:
    assert "Nothing is recorded in this month." in rep.seen(MONTH)
    rep.taps("start_day")
    page = rep.seen(MONTH)
    assert "To be set right first Without an end 2 Mar 2026, 08:00" in page
    assert "Submit the month" not in page
    answer = rep.send(MONTH)
    assert answer.status_code == 422
    assert "It cannot be submitted yet." in answer.text
    rep.clocked.later(400)
    rep.taps("end_day")
    page = rep.seen(MONTH)
    assert "7:10 hours" in page
    assert "08:00 \N{EN DASH} 15:10, Break 0:00 break too short, break too late 7:10" in page
    assert rep.send(MONTH).status_code == 303
    assert rep.send(MONTH).status_code == 303  # a second touch
    rep.device.sync()
    assert "Submitted" in rep.seen(MONTH)
    rep.clocked.work()
    (sheet,) = rep.device.rows("timesheet")
    assert rep.clocked.step(None, sheet.id, "rejected", reason="<b>?").version is not None
    rep.device.sync()
    assert "Rejected <b>? Set it right" in rep.seen(MONTH)
    assert "A month came back: Mar 2026 <b>?" in rep.seen("/")
    for _ in range(2):  # a second touch
        rep.send("/timesheets/again", sheet=str(sheet.id), m="2026-03-01")
    assert "came back" not in rep.seen("/")
    assert "7:10 hours" in rep.seen(MONTH)
    assert "Submit the month" in rep.seen(MONTH)
    for wrong in ("x", "0001-01-01", "9999-12-31"):
        assert rep.http.get(f"/timesheets/month?m={wrong}").status_code == 400
    assert rep.send("/timesheets/again", sheet="x").status_code == 404


def test_a_forgotten_end_leads_to_where_it_is_set_right(rep: Rep) -> None:
    rep.taps("start_day")
    rep.clocked.later(24 * 60)
    page = rep.http.get(TODAY, headers={"accept-language": "en"}).text
    assert "Day without an end" in page
    (place,) = re.findall(r'href="(/rows/time_span/[^"]*/edit)"', page)
    assert rep.http.get(place).status_code == 200
    timesheets = Timesheets(rep.device)
    timesheets.add(Kind.DAY, at("2026-03-03 06:00"), at("2026-03-03 07:00"))
    assert "06:00 Day until 07:00" in rep.seen(TODAY)


def test_a_visit_stands_among_the_lines_of_the_day(rep: Rep) -> None:
    shop = rep.clocked.customer("a", "1")
    rep.device.sync()
    rep.taps("start_day")
    rep.send("/visit_reports/check-in", customer=str(uuid.UUID(bytes=shop)))
    assert "08:30 Shop 1 Visit, goes on" in rep.seen(TODAY)

"""The office's pages of timesheets: what waits, a month by day, the steps, files and the switch."""

from __future__ import annotations

import html
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from device_sdk import Device
from modules.timesheets.device import Timesheets
from modules.timesheets.jobs import take_up
from modules.timesheets.portal.evaluation import SWITCH
from modules.timesheets.portal.reading import PLACE
from modules.timesheets.spans import Kind
from syncengine.model.ids import to_text
from tests.accounts.office import Office
from tests.portal.conftest import Desk, Visitor
from tests.timesheets.scene import MARCH, SCHEMA, at


@dataclass
class Approving:
    """A desk with the module, somebody who may do everything, and a month that was submitted."""

    desk: Desk
    anna: Visitor
    device: Device
    timesheets: Timesheets
    place: str = ""

    def submit(self, ends: str = "17:00") -> None:
        """A day of the rep, handed in and checked; `place` is its page."""
        self.timesheets.add(Kind.DAY, at("2026-03-02 08:00"), at(f"2026-03-02 {ends}"))
        self.timesheets.add(Kind.BREAK, at("2026-03-02 12:00"), at("2026-03-02 12:30"))
        sheet = self.timesheets.submit(MARCH).sheets[-1].id
        self.device.sync()
        take_up(self.desk.store, 10)
        self.place = f"{PLACE}/{to_text(sheet.bytes)}"

    def seen(self, place: str, who: Visitor | None = None) -> str:
        """What there is to read on a page."""
        page = (who or self.anna).get(place).text
        page = re.sub(r"<(script|style).*?</\1>", " ", page, flags=re.DOTALL)
        return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", page)).split())

    def send(self, place: str, **form: str) -> Any:
        """A form."""
        return self.anna.http.post(place, data={"csrf": self.anna.csrf, **form})


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Approving]:
    made = Office(f"sqlite:///{tmp_path / 'server.db'}", tmp_path, SCHEMA)
    desk = Desk(made)
    device = made.world.enrol("a")
    device.sync()
    yield Approving(desk, desk.administrator(), device, Timesheets(device))
    device.close()
    made.world.close()


def test_a_month_waits_is_seen_by_day_and_approved(office: Approving) -> None:
    assert "No timesheet is here." in office.seen(PLACE)
    office.timesheets.add(Kind.DAY, at("2026-03-01 08:00"), at("2026-03-01 16:00"))
    office.device.sync()
    assert "No timesheet is here." in office.seen(f"{PLACE}?all=1")  # recorded: the rep's alone
    office.submit()
    assert re.search(r"a Mar 2026 Under review 16:30", office.seen(PLACE))
    page = office.seen(office.place)
    assert (
        "1 Mar 2026 08:00 16:00 8:00 0:00 0:00 0:00 break too short, break too late, Sunday" in page
    )
    assert "2 Mar 2026 08:00 17:00 8:30 0:30 0:00 0:00 mean over 8 hours" in page
    assert office.send(office.place, do="approve").status_code == 303
    page = office.seen(f"{office.place}?saved=approved")
    assert "Approved." in page
    assert "why?" not in page
    assert office.send(office.place, do="approve").status_code == 403
    assert "No timesheet is here." in office.seen(PLACE)
    assert "Mar 2026 Approved 16:30" in office.seen(f"{PLACE}?status=approved")


def test_it_is_rejected_with_a_reason_only(office: Approving) -> None:
    office.submit()
    answer = office.send(office.place, do="reject", reason=" ")
    assert answer.status_code == 422
    assert "This is needed." in answer.text
    assert office.send(office.place, do="moon").status_code == 400
    assert office.send(office.place, do="reject", reason="<b>Friday?").status_code == 303
    assert "&lt;b&gt;Friday?" in office.anna.get(office.place).text
    office.device.sync()
    assert office.timesheets.month(MARCH).sheets[0].reason == "<b>Friday?"


def test_a_counter_entry_counts_in_the_total(office: Approving) -> None:
    office.submit()
    world = office.desk.world
    (sheet,) = office.device.rows("timesheet")
    world.insert(
        "timesheet_correction", timesheet=sheet.id.bytes, day="2026-03-02", minutes=-45,
        reason="lunch",
    )  # fmt: skip
    page = office.seen(office.place)
    assert "Worked 7:45" in page
    assert "-0:45 lunch" in page


def test_the_days_are_given_out_as_files(office: Approving) -> None:
    office.submit()
    file = office.anna.get(f"{office.place}/days.csv")
    head, line = file.content.decode("utf-8-sig").splitlines()
    assert head == "Day,Starts at,Ends at,Worked,Breaks,Travel,Visits,Notices"
    assert line.startswith("2026-03-02,2026-03-02T07:00:00")
    assert line.endswith(",510,30,0,0,mean_long")
    book = office.anna.get(f"{office.place}/days.xlsx").content
    with zipfile.ZipFile(BytesIO(book)) as archive:
        assert b"<v>510</v>" in archive.read("xl/worksheets/sheet1.xml")
    assert office.anna.get(f"{office.place}/days.exe").status_code == 404


def test_without_evaluation_there_is_the_total_and_nothing_by_day(office: Approving) -> None:
    office.submit("17:00")
    (day,) = (office.desk.world.store.tables["timesheet_day"],)
    with office.desk.store.engine.connect() as connection:
        row = connection.execute(day.select()).mappings().one()
    other = f"/portal/data/timesheet_day/{to_text(row['id'])}"
    assert "Who may view timesheets sees each day" in office.seen(SWITCH)
    assert office.anna.get(other).status_code == 200
    for _ in range(2):
        assert office.send(SWITCH, do="off").status_code == 303
    assert "Nobody in the office sees the days" in office.seen(f"{SWITCH}?saved=1")
    page = office.seen(office.place)
    assert "Evaluation by person is off" in page
    assert "Worked 8:30" in page
    assert "08:00" not in page
    assert "mean over" not in page
    assert "Evaluation by person is off" in office.seen(PLACE)
    for hidden in (
        f"{office.place}/days.csv", f"{office.place}/days.xlsx", other,
        "/portal/data/timesheet_day", "/portal/data/time_span",
    ):  # fmt: skip
        assert office.anna.get(hidden).status_code == 404, hidden
    assert office.send(office.place, do="approve").status_code == 303
    assert office.send(SWITCH, do="on").status_code == 303
    assert "08:00 17:00 8:30" in office.seen(office.place)


def test_who_may_only_look_changes_nothing_and_who_may_not_finds_nothing(office: Approving) -> None:
    office.submit()
    desk, made = office.desk, office.desk.office
    made.role(made.user("bert"), timesheet="view", timesheet_setting="view")
    bert = desk.signed_in("bert")
    made.user("carl")
    carl = desk.signed_in("carl")
    page = office.seen(office.place, bert)
    assert "Worked 8:30" in page
    assert "Approve" not in page
    for place, do in ((office.place, "approve"), (SWITCH, "off")):
        assert bert.http.post(place, data={"csrf": bert.csrf, "do": do}).status_code == 403
    for place in (PLACE, office.place, SWITCH, f"{office.place}/days.csv"):
        assert carl.get(place).status_code == 404
    assert bert.get(f"{office.place}/days.csv").status_code == 404

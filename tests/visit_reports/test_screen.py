"""D11, D12: a rep answers a report on the screen, page by page, and hands it in."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest

from device_sdk.screen import passcode
from device_sdk.screen.words import catalogue
from modules.visit_reports.device import Reports
from modules.visit_reports.screen.answering import BETWEEN, BETWEEN_DAYS, SAID, SAID_OF_DAYS, WRONG
from tests.screen.test_words import ALL
from tests.visit_reports.paper import Rep, at_the_screen, inputs_of

CANARY = "<script>alert(1)</script>"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Deriving keys is meant to take long; not here."""
    monkeypatch.setattr(passcode, "COST", 2)


@pytest.fixture
def rep(tmp_path: Path) -> Iterator[Rep]:
    with at_the_screen(tmp_path) as made:
        yield made


@pytest.fixture
def plain(tmp_path: Path) -> Iterator[Rep]:
    """One whose report asks for no files, so that all of it can be sent."""
    with at_the_screen(tmp_path, files=False) as made:
        yield made


def missing(page: str) -> list[str]:
    """The questions that the end of a report names, with links to them."""
    links = re.findall(r'<a href="[^"]*#q-[^"]*"><span><strong>([^<]*)', page)
    return [unescape(one) for one in links]


def test_a_report_from_check_in_to_its_return(plain: Rep) -> None:
    """D12: it goes once everything mandatory is answered and the rep has confirmed."""
    assert "1 report is to be answered here." in plain.get(plain.customer)
    assert "Spring promotion" not in plain.get(plain.customer)
    plain.check_in()
    assert "Checked in since" in plain.get("/")
    assert "For this customer" in plain.get(plain.customer)
    path = plain.begin()
    assert "Step 1 of 2" in plain.get(path)
    assert "Why not?" in plain.get(path), "the promotion is not set up until somebody says so"
    early = plain.send(path, do="confirm")
    assert early.status_code == 422
    assert missing(early.text) == [
        "Is the promotion set up?", "Why not?", "Shelf space", "Listed?", "Listed?",
    ]  # fmt: skip
    assert plain.answer(path, "promotion", "true").status_code == 303
    assert "Why not?" not in plain.get(path)
    plain.answer(path, "facings", "2.5")
    plain.office.later(0.01)
    for form in set(
        re.findall(r'name="a" value="([0-9a-f]{32})"', plain.get(f"{path}&s=prices.1"))
    ):
        plain.answer(path, "listed", "false", a=form)
    assert "Step 2 of 2" in plain.get(path), "it goes on where one was"
    assert "Open reports" in plain.get("/")
    assert missing(plain.get(f"{path}&s=end")) == []
    assert plain.send(path, do="complete").headers["location"] == f"{path}&s=end"
    assert "Complete, to be confirmed" in plain.get("/")
    assert plain.send(path, do="confirm").headers["location"] == plain.customer
    assert "Open reports" not in plain.get("/")
    plain.sync()
    page = plain.get(plain.customer)
    assert "/visit_reports/start" not in page, "it is not asked for a second time at this visit"
    assert "Confirmed" in page
    sent = inputs_of(page, "/visit_reports/check-out")
    assert plain.send("/visit_reports/check-out", **sent).headers["location"] == plain.customer
    plain.sync()
    plain.office.work()
    plain.sync()
    (report,) = plain.office.rows("report")
    assert report["status"] == "returned"
    assert plain.http.get(path).status_code == 404, "it is gone from the device"


def test_what_cannot_be_kept_stays_beside_its_question(rep: Rep) -> None:
    rep.check_in()
    path = rep.begin()
    for key, typed, said in (
        ("facings", "many", "Enter a number"), ("facings", "1.23456", "Enter a number"),
        ("next", "soon", "Enter a day."), ("mood", "2.5", "Enter a whole number."),
    ):  # fmt: skip
        answer = rep.answer(path, key, typed)
        assert answer.status_code == 422
        assert said in answer.text
    answer = rep.answer(path, "facings", CANARY)
    assert 'value="&lt;script&gt;' in answer.text, "what was typed stays, and is only text"
    assert CANARY not in answer.text
    assert rep.answer(path, "promotion", "perhaps").status_code == 400
    assert rep.answer(path, "nothing", "x").status_code == 404
    assert rep.answer(path, "promotion", "true", a="zz").status_code == 400


def test_a_wrong_answer_is_kept_and_told(rep: Rep) -> None:
    """Limits are said beside the question, and named at the end."""
    rep.check_in()
    path = rep.begin()
    assert rep.answer(path, "facings", "30").status_code == 303
    assert rep.answer(path, "rivals", ["a", "b", "c"]).status_code == 303
    assert rep.answer(path, "next", "2025-12-31").status_code == 303
    page = rep.get(path)
    for said in ("Not above 20 m.", "At most 2 are allowed.", "Not before 1 Jan 2026."):
        assert said in page
    assert 'value="30"' in page
    assert {"Shelf space", "Which competitors?", "Next visit"} <= set(
        missing(rep.get(f"{path}&s=end"))
    )


def test_an_answer_is_taken_away(rep: Rep) -> None:
    rep.check_in()
    path = rep.begin()
    rep.answer(path, "promotion", "true")
    for _ in range(2):
        rep.answer(path, "view", rep.attach(uuid.uuid4().bytes))
    assert "Take a photo" not in rep.get(path), "two are enough"
    photos = re.findall(r'name="remove" value="([^"]*)"', rep.get(path))
    assert len(photos) == 2
    assert rep.answer(path, "view", "", remove=photos[0]).status_code == 303
    assert re.findall(r'name="remove" value="([^"]*)"', rep.get(path)) == photos[1:]
    assert rep.answer(path, "view", "", remove=photos[0]).status_code == 404
    assert rep.send(path, q="promotion", do="clear").status_code == 303
    assert "Why not?" in rep.get(path)


def test_the_script_gets_the_step_alone(rep: Rep) -> None:
    """With what was skipped or is asked now; the same answer again writes nothing."""
    rep.check_in()
    path = rep.begin()
    answer = rep.answer(path, "promotion", "true", part="1")
    assert answer.status_code == 200
    assert "<html" not in answer.text
    assert 'id="q-why" data-kind="text" hidden' in answer.text
    assert rep.screen.user is not None
    device = rep.screen.user.device
    before = device.pending()
    assert rep.answer(path, "promotion", "true", part="1").status_code == 200
    assert device.pending() == before
    refused = rep.answer(path, "facings", "many", part="1")
    assert refused.status_code == 422
    assert 'value="many"' in refused.text


def test_a_report_that_left_shows_what_was_typed(rep: Rep) -> None:
    rep.check_in()
    path = rep.begin()
    rep.sync()
    other = rep.office.people["b"]
    rep.office.update("customer", rep.shop.bytes, owner=other)
    rep.sync()
    answer = rep.answer(path, "why", f"No room. {CANARY}")
    assert answer.status_code == 404
    assert "No room." in answer.text
    assert CANARY not in answer.text


def filled_in(rep: Rep, path: str) -> uuid.UUID:
    """Everything that the plain report demands is answered; its id."""
    assert rep.screen.user is not None
    reports = Reports(rep.screen.user.device)
    report = uuid.UUID(path.split("=")[1])
    for key, value in (("promotion", False), ("why", "no room"), ("facings", 1)):
        reports.answer(report, key, value)
    for item in reports.filling(report).standing.items:
        if item.question.key == "listed" and item.article:
            reports.answer(report, "listed", False, uuid.UUID(bytes=item.article))
    return report


def test_one_that_is_given_back_says_why(plain: Rep) -> None:
    plain.check_in()
    path = plain.begin()
    report = filled_in(plain, path)
    assert plain.send(path, do="confirm").status_code == 303
    plain.sync()
    plain.office.work()
    plain.sync()
    assert "Open reports" not in plain.get("/")
    plain.office.step("report", report.bytes, "in_progress", reason="Please look again.")
    plain.sync()
    assert "Given back: Please look again." in plain.get("/")
    assert "Please look again." in plain.get(path)


def test_a_complete_one_is_taken_up_again(plain: Rep) -> None:
    """By its button, or by changing an answer; and then it may be too little."""
    plain.check_in()
    path = plain.begin()
    report = filled_in(plain, path)
    assert plain.screen.user is not None
    reports = Reports(plain.screen.user.device)
    plain.send(path, do="complete")
    assert "takes it up again" in plain.get(path)
    assert plain.send(path, do="resume").status_code == 303
    assert reports.filling(report).status == "in_progress"
    plain.send(path, do="complete")
    assert plain.send(path, q="facings", do="clear").status_code == 303
    assert reports.filling(report).status == "in_progress"
    early = plain.send(path, do="complete")
    assert early.status_code == 422
    assert missing(early.text) == ["Shelf space"]


def test_a_substitute_sees_whose_report_it_is(plain: Rep) -> None:
    """D6: what the absent rep has begun is on the substitute's first page, and goes on there."""
    shop = plain.office.customer("b", "2")
    device, reports = plain.office.device("b")
    visit = reports.check_in(uuid.UUID(bytes=shop))
    plain.office.publish("dynamic", {"customer": shop}, title="Shelves")
    device.sync()
    report = reports.start(visit.id, reports.applying(shop)[0].template).report
    device.sync()
    plain.office.substitute("b", "a")
    plain.sync()
    page = plain.get("/")
    assert "Shelves" in page
    assert re.search(r'class="lent">.*For b', page, re.S)
    path = f"/visit_reports/report?r={report}"
    assert plain.answer(path, "filled", "true").status_code == 303
    plain.sync()
    assert [row["yes"] for row in plain.office.rows("report_answer")] == [True]


def test_an_appointment_is_the_reason_of_the_visit(rep: Rep) -> None:
    """D3: the next one of the day, or the one whose page it is."""
    hour = 3_600_000_000
    made = rep.office.insert(
        "appointment", customer=rep.shop.bytes, employee=rep.office.people["a"], subject="Spring",
        starts_at=rep.office.at + hour, ends_at=rep.office.at + 2 * hour, active=True,
    )  # fmt: skip
    rep.sync()
    page = f"/rows/appointment/{uuid.UUID(bytes=made)}"
    assert "Check in" in rep.get(page)
    rep.check_in()
    rep.sync()
    (visit,) = rep.office.rows("visit")
    assert visit["appointment"] == made
    assert "Check in" not in rep.get(page)


def test_german_has_every_sentence() -> None:
    said = {*SAID.values(), *SAID_OF_DAYS.values(), *WRONG.values(), *BETWEEN, *BETWEEN_DAYS}
    assert sorted(said - set(catalogue("de", ALL))) == []

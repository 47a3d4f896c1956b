"""D12: only what is answered and confirmed leaves the device, and it comes back to the office."""

from __future__ import annotations

import pytest

from device_sdk import Device
from device_sdk.errors import Refused
from modules.visit_reports.device import Filling, Reports
from modules.visit_reports.jobs import KEPT_DAYS
from server.jobs import Jobs
from syncengine.model.entity import Action
from syncengine.store.compaction import Retention
from syncengine.store.doctor import doctor
from tests.visit_reports.scene import Office


def begun(office: Office, filled: bool | None = None) -> tuple[Device, Reports, Filling]:
    """A report of `a` that is under way."""
    shop = office.customer("a", "1")
    template = office.publish("dynamic", {"customer": shop})
    device, reports = office.device("a")
    filling = reports.start(reports.check_in(shop).id, template)
    if filled is not None:
        filling = reports.answer(filling.report, "filled", filled)
    return device, reports, filling


def test_confirming_is_refused_while_a_question_is_open(office: Office) -> None:
    device, reports, filling = begun(office)
    with pytest.raises(Refused, match="Is it filled"):
        reports.confirm(filling.report)
    reports.answer(filling.report, "filled", False)
    with pytest.raises(Refused, match="Why not"):
        reports.confirm(filling.report)
    reports.answer(filling.report, "why", "sold out")
    reports.confirm(filling.report)
    device.sync()
    assert device.counts()["report"] == device.counts()["report_answer"] == 0
    (row,) = office.rows("report")
    assert row["confirmed_by"] == row["confirmed_for"] == office.people["a"]
    assert row["completed_at"] == row["confirmed_at"] == office.at
    assert {one["question"] for one in office.rows("report_answer")} == {"filled", "why"}
    office.work()
    assert office.status("report", filling.report) == "returned"
    assert doctor(office.store).findings == []
    device.close()


def test_a_forged_changeset_is_refused(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    device, _, filling = begun(office)
    monkeypatch.setattr("device_sdk.lifecycle.Steps.check", lambda *_: None)
    for status in ("complete", "confirmed"):
        with device.changeset() as changes:
            changes.update("report", filling.report, status=status)
    device.sync()
    (first, _) = device.inbox()
    assert [o.code for o in first.reasons] == ["lifecycle.guard"]
    assert office.status("report", filling.report) == "open"
    device.close()


def test_the_office_gives_a_report_back(office: Office) -> None:
    device, reports, filling = begun(office, filled=True)
    reports.confirm(filling.report)
    device.sync()
    office.work()
    refused = office.step("report", filling.report.bytes, "in_progress")
    assert "a reason has to be given" in refused.objections[0].detail
    assert office.step("report", filling.report.bytes, "in_progress", reason="A photo?").version
    device.sync()
    (again,) = reports.open_reports()
    assert (again.reason, again.status, again.value("filled")) == ("A photo?", "in_progress", True)
    reports.confirm(again.report)
    device.sync()
    office.work()
    (row,) = office.rows("report")
    assert (row["status"], row["reason"]) == ("returned", None)
    assert office.step("report", filling.report.bytes, "in_progress").objections  # a reason anew
    device.close()


def test_rep_and_substitute_both_confirm(office: Office) -> None:
    device, reports, filling = begun(office, filled=True)
    device.sync()
    office.substitute("a", "b")
    other, there = office.device("b")
    (same,) = there.open_reports()
    there.confirm(same.report)
    reports.answer(filling.report, "filled", False)
    reports.answer(filling.report, "why", "rats")
    reports.confirm(filling.report)
    other.sync()
    office.work()
    device.sync()
    (row,) = office.rows("report")
    assert row["status"] == "returned"
    assert (row["confirmed_by"], row["confirmed_for"]) == (office.people["b"], office.people["a"])
    assert "rats" in {one["text"] for one in office.rows("report_answer")}  # nothing is lost
    assert device.counts()["report"] == 0
    for one in (device, other):
        assert one.pending() == 0
        one.close()


def test_a_draft_goes_on_on_its_edition(office: Office) -> None:
    device, reports, filling = begun(office, filled=True)
    device.sync()
    (shop,) = [row["id"] for row in office.rows("customer")]
    new = office.publish("dynamic", {"customer": shop}, before=filling.template.bytes, title="2")
    device.sync()
    office.work()
    assert [one.template.bytes for one in reports.applying(shop)] == [new]
    assert reports.filling(filling.report).title == "Shelves"
    office.later(KEPT_DAYS + 31)  # the period of its template is long over, too
    office.work()
    assert office.status("report_template", filling.template) == "ended"
    device.sync()
    assert reports.filling(filling.report).edition == 1
    reports.confirm(filling.report)
    device.sync()
    office.work()
    office.work()
    assert office.status("report", filling.report) == "returned"
    assert office.status("report_template", filling.template) == "archived"
    device.sync()
    assert device.counts()["report_template"] == 0
    reason = "Once more, please"
    assert office.step("report", filling.report.bytes, "in_progress", reason=reason).version
    office.work()
    assert office.status("report_template", filling.template) == "ended"
    device.sync()
    assert [one.edition for one in reports.open_reports()] == [1]
    assert doctor(office.store).findings == []
    device.close()


def test_what_was_begun_offline_outlives_its_template(office: Office) -> None:
    """It ended, and its period too, before the server heard of the report."""
    device, reports, filling = begun(office, filled=True)
    office.step("report_template", filling.template.bytes, "ended")
    office.later(29)
    office.work()
    device.sync()
    assert device.inbox() == []
    assert reports.filling(filling.report).standing.complete
    office.later(20)
    office.work()
    device.sync()
    reports.confirm(filling.report)
    device.sync()
    assert office.status("report", filling.report) == "confirmed"
    device.close()


def test_a_visit_is_closed_with_its_last_report(office: Office) -> None:
    device, reports, filling = begun(office, filled=True)
    reports.check_out(filling.visit)
    device.sync()
    assert office.work() == 0
    reports.confirm(filling.report)
    device.sync()
    office.work()
    assert office.status("visit", filling.visit) == "closed"
    device.sync()
    assert device.counts()["visit"] == 0
    device.close()


def test_the_server_does_it_by_the_clock(office: Office) -> None:
    device, reports, filling = begun(office, filled=True)
    reports.confirm(filling.report)
    device.sync()
    runner = Jobs(office.store, Retention(0, 0))
    names = {status.name for status in runner.statuses()}
    assert names >= {"visit_reports.assignments", "visit_reports.returns"}
    runner.run("visit_reports.returns")
    assert office.status("report", filling.report) == "returned"
    device.close()


def test_answers_are_closed_to_the_office_when_the_report_is(office: Office) -> None:
    device, reports, filling = begun(office, filled=True)
    reports.confirm(filling.report)
    device.sync()
    (answer,) = office.rows("report_answer")
    for verdict in (
        office.update("report_answer", answer["id"], yes=False),
        office.update("report", filling.report.bytes, reason="x"),
        office.write([office.operation(Action.DELETE, "report_answer", answer["id"])]),
    ):
        assert [o.code for o in verdict.objections] == ["lifecycle.protected"]
    device.close()

"""D11: questions are answered at a visit, offline, on whichever device goes on with the report."""

from __future__ import annotations

import datetime as dt
import decimal
import uuid

import pytest

from device_sdk.errors import Refused
from modules.visit_reports.device import NotHere, Why
from syncengine.store.doctor import doctor
from tests.visit_reports.scene import Office

EVERY_KIND = {
    "sections": [
        {"key": "all", "title": {"en": "All"}, "questions": [
            {"key": "one", "kind": "one", "text": {"en": "One"},
             "choices": [{"key": "x", "text": {"en": "X"}}, {"key": "y", "text": {"en": "Y"}}]},
            {"key": "many", "kind": "many", "text": {"en": "Many"},
             "choices": [{"key": "x", "text": {"en": "X"}}, {"key": "y", "text": {"en": "Y"}}]},
            {"key": "yes_no", "kind": "yes_no", "text": {"en": "?"}},
            {"key": "words", "kind": "text", "text": {"en": "Words"}},
            {"key": "number", "kind": "number", "text": {"en": "How many"}},
            {"key": "day", "kind": "date", "text": {"en": "When"}},
            {"key": "stars", "kind": "rating", "text": {"en": "How good"}},
            {"key": "code", "kind": "bar_code", "text": {"en": "Code"}},
        ]},
    ]
}  # fmt: skip
VALUES = {
    "one": "x", "many": ["x", "y"], "yes_no": False, "words": "fine",
    "number": decimal.Decimal("2.5000"), "day": dt.date(2026, 1, 2),
    "stars": decimal.Decimal(4), "code": "4001234",
}  # fmt: skip


def test_what_applies_at_a_check_in(office: Office) -> None:
    town = office.insert("market", number="town", name="Town")
    shop = office.customer("a", "1", market=town)
    mine = {"employee": office.people["a"]}
    named = {
        office.publish("standard", mine, title="1"): Why.STANDARD,
        office.publish("dynamic", {"customer": shop}, title="2"): Why.CUSTOMER,
        office.publish("dynamic", {"market": town}, title="3"): Why.MARKET,
        office.publish("dynamic", mine, title="4"): Why.OWNER,
        office.publish(
            "dynamic", {"condition": '{"field":"number","op":"equal","value":"1"}'}, title="5"
        ): Why.CONDITION,
    }
    office.publish("standard", {"employee": office.people["b"]})
    office.publish("dynamic", mine, begins=1, title="6")
    office.publish("dynamic", {"condition": '{"field":"number","op":"equal","value":"2"}'})
    office.work()
    device, reports = office.device("a")
    found = reports.applying(shop)
    assert {one.template.bytes: one.why for one in found} == named
    assert [one.title for one in found] == ["1", "2", "3", "4", "5"]
    office.later(2)
    assert "6" in [one.title for one in reports.applying(shop)]
    office.later(60)
    assert [one.title for one in reports.applying(shop)] == ["1"]
    assert reports.applying(uuid.UUID(int=7)) == []
    device.close()


def test_every_kind_is_answered_and_taken_away_again(office: Office) -> None:
    shop = office.customer("a", "1")
    template = office.publish("dynamic", {"customer": shop}, form=EVERY_KIND)
    device, reports = office.device("a")
    visit = reports.check_in(shop)
    filling = reports.start(visit.id, template)
    assert (filling.status, reports.start(visit.id, template).report) == ("open", filling.report)
    for question, value in VALUES.items():
        filling = reports.answer(filling.report, question, value)
    assert {key: filling.value(key) for key in VALUES} == VALUES
    assert all(item.answered for item in filling.standing.items)
    assert filling.status == "in_progress"
    device.sync()
    assert len(office.rows("report_answer")) == len(VALUES)
    for question in VALUES:
        filling = reports.answer(filling.report, question, None)
    assert not any(item.answered for item in filling.standing.items)
    with pytest.raises(NotHere):
        reports.answer(filling.report, "nothing", True)
    with pytest.raises(NotHere):
        reports.answer(filling.report, "one", "x", article=uuid.UUID(int=1))
    device.close()


def test_a_check_in_twice_is_one_visit(office: Office) -> None:
    shop = office.customer("a", "1")
    appointment = office.insert(
        "appointment", customer=shop, employee=office.people["a"], subject="Visit",
        starts_at=office.at, active=True,
    )  # fmt: skip
    device, reports = office.device("a")
    place = (decimal.Decimal("47.07"), decimal.Decimal("15.44"))
    visit = reports.check_in(shop, appointment=appointment, location=place)
    assert reports.check_in(shop) == visit
    with pytest.raises(NotHere):
        reports.check_in(office.customer("b", "2"), appointment=uuid.UUID(int=1))
    office.later(0.1)
    reports.check_out(visit.id)
    device.sync()
    (row,) = office.rows("visit")
    assert (row["planned_at"], row["latitude"]) == (office.at - int(0.1 * 86400e6), 47_070_000)
    assert row["checked_out_at"] == office.at
    assert office.work() == 1  # nothing was begun: it is closed, and leaves
    device.sync()
    assert device.counts()["visit"] == 0
    device.close()


def test_a_replacement_device_goes_on_with_a_draft(office: Office) -> None:
    shop = office.customer("a", "1")
    template = office.publish("dynamic", {"customer": shop})
    device, reports = office.device("a")
    filling = reports.start(reports.check_in(shop).id, template)
    reports.answer(filling.report, "filled", False)
    device.sync()
    device.close()
    other, there = office.device("a", name="new")
    (draft,) = there.open_reports()
    assert (draft.value("filled"), draft.standing.complete) == (False, False)
    there.answer(draft.report, "why", "sold out")
    there.confirm(draft.report)
    other.sync()
    assert office.status("report", draft.report) == "confirmed"
    other.close()


def test_an_answer_to_a_complete_report_takes_it_up_again(office: Office) -> None:
    shop = office.customer("a", "1")
    template = office.publish("dynamic", {"customer": shop})
    device, reports = office.device("a")
    report = reports.start(reports.check_in(shop).id, template).report
    reports.answer(report, "filled", True)
    assert reports.complete(report).status == "complete"
    assert reports.complete(report).status == "complete"
    assert reports.answer(report, "filled", False).status == "in_progress"
    with pytest.raises(Refused, match="Why not"):
        reports.complete(report)
    reports.answer(report, "filled", True)
    reports.complete(report)
    assert reports.resume(report).status == "in_progress"
    device.sync()
    assert doctor(office.store).findings == []
    device.close()


def test_photos_come_and_go(office: Office) -> None:
    shop = office.customer("a", "1")
    template = office.publish("dynamic", {"customer": shop})
    device, reports = office.device("a")
    report = reports.start(reports.check_in(shop).id, template).report
    files = [bytes([n]) * 32 for n in range(3)]
    for file in files:
        filling = reports.add_photo(report, "view", file)
    assert [one.file for one in filling.photos("view")] == files
    filling = reports.remove_photo(report, filling.photos("view")[1].answer)
    assert [one.file for one in filling.photos("view")] == [files[0], files[2]]
    filling = reports.add_photo(report, "view", files[1])
    assert [one.position for one in filling.photos("view")] == [0, 1, 2]
    with pytest.raises(ValueError, match="one by one"):
        reports.answer(report, "view", files[0])
    with pytest.raises(ValueError, match="no photo"):
        reports.add_photo(report, "why", files[0])
    device.close()


def test_who_leads_reads_along(office: Office) -> None:
    shop = office.customer("a", "1")
    template = office.publish("dynamic", {"customer": shop})
    device, reports = office.device("a")
    report = reports.start(reports.check_in(shop).id, template).report
    device.sync()
    boss, leading = office.device("boss")
    assert leading.open_reports() == []
    assert [one.report for one in leading.open_reports(shop)] == [report]
    leading.answer(report, "filled", True)  # they might stand in, as far as the device knows
    boss.sync()
    assert [item.reasons[0].code for item in boss.inbox()] == ["lifecycle.denied"]
    assert leading.filling(report).status == office.status("report", report) == "open"
    for one in (device, boss):
        one.close()

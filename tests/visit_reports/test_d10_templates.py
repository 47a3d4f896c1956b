"""D10: standard reports are assigned to reps, dynamic ones go to markets, customers and people."""

from __future__ import annotations

import pytest

from syncengine.store.doctor import doctor
from tests.visit_reports.scene import Office, canonical


def on(office: Office, person: str) -> dict[str, int]:
    """How many rows of the module a new device of that person holds."""
    device = office.enrol(person, name=f"{person}-{office.store.status().version}")
    device.sync()
    found = {n: c for n, c in device.counts().items() if n.startswith("report") and c}
    device.close()
    return found


def test_a_standard_report_is_assigned_to_reps(office: Office) -> None:
    office.publish("standard", {"employee": office.people["boss"], "below": True})
    assert office.work() == 3
    assert on(office, "a") == {"report_template": 1, "report_assignment": 1}
    office.update("employee", office.people["a"], manager=None)
    assert office.work() == 1
    assert on(office, "a") == {}
    office.update("employee", office.people["a"], manager=office.people["boss"])
    assert office.work() == 1
    assert on(office, "a") == {"report_template": 1, "report_assignment": 1}
    assert doctor(office.store).findings == []


def test_a_dynamic_report_follows_the_customers_below_a_market(office: Office) -> None:
    top = office.insert("market", number="top", name="Top")
    town = office.insert("market", number="town", name="Town", parent=top)
    shop = office.customer("a", "1", market=town)
    office.publish("dynamic", {"market": top})
    assert office.work() == 0
    assert on(office, "a") == {"report_template": 1, "report_target": 1}
    assert on(office, "b") == {}
    substitution = office.substitute("a", "b")
    assert on(office, "b") == {"report_template": 1, "report_target": 1}
    office.update("substitution", substitution, active=False)
    office.update("customer", shop, owner=office.people["b"])
    assert (on(office, "a"), on(office, "b")) == ({}, {"report_template": 1, "report_target": 1})
    office.later(40)
    office.work()
    assert on(office, "b") == {}
    assert doctor(office.store).findings == []


def test_a_condition_and_people_go_to_the_owners(office: Office) -> None:
    office.customer("a", "1", city="Bonn")
    office.customer("b", "2", city="Graz")
    bonn = canonical({"field": "city", "op": "equal", "value": "Bonn"})
    by_city = office.publish("dynamic", {"condition": bonn})
    by_name = office.publish("dynamic", {"employee": office.people["b"]})
    office.publish("dynamic", {"condition": canonical({"no": "condition"})})
    office.work()
    owners = {row["template"]: row["owner"] for row in office.rows("report_assignment")}
    assert owners == {by_city: office.people["a"], by_name: office.people["b"]}
    assert on(office, "a") == {"report_template": 1, "report_assignment": 1}


def test_drafts_are_on_no_device(office: Office) -> None:
    shop = office.customer("a", "1")
    draft = office.insert(
        "report_template", title="x", kind="dynamic", family="f", edition=1, status="draft",
        form=canonical({"sections": []}),
    )  # fmt: skip
    office.insert("report_target", template=draft, customer=shop)
    assert "report_template" not in on(office, "a")
    refused = office.step("report_template", draft, "published")
    assert [o.code for o in refused.objections] == ["lifecycle.guard"]
    assert "a dynamic report has a period" in refused.objections[0].detail
    office.update("report_template", draft, starts_at=office.at, ends_at=office.at + 1)
    assert office.step("report_template", draft, "published").version
    assert on(office, "a") == {"report_template": 1, "report_target": 1}


def test_what_is_published_does_not_change(office: Office) -> None:
    template = office.publish("standard", {"employee": office.people["a"]})
    office.work()
    (target,) = office.rows("report_target")
    (assignment,) = office.rows("report_assignment")
    for verdict in (
        office.update("report_template", template, title="Other"),
        office.update("report_target", target["id"], employee=office.people["b"]),
        office.update("report_assignment", assignment["id"], person=office.people["b"]),
    ):
        assert [o.code for o in verdict.objections] == ["lifecycle.protected"]


@pytest.mark.parametrize("aims", [{}, {"customer": True, "employee": True}])
def test_a_target_names_one_thing(office: Office, aims: dict[str, bool]) -> None:
    rows = {"customer": office.customer("a", "1"), "employee": office.people["a"]}
    named = {aim: rows[aim] for aim in aims}
    draft = office.environment.new_id()
    verdict = office.write([office.new("report_target", template=draft, **named)])
    assert any("a target names one of" in o.detail for o in verdict.objections)

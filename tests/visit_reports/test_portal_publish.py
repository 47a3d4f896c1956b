"""D10: a template is published to market nodes, customers, people or by a condition; D12: what came
back is the office's to read, and to give back.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from device_sdk import Device
from modules.visit_reports.device import Reports
from syncengine.model.ids import to_text
from tests.accounts.office import NOON
from tests.portal.conftest import inputs
from tests.support.world import DAY
from tests.visit_reports.desk import TEMPLATES, Bureau, seen, shown

REPORTS = "/portal/visit_reports/reports"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Bureau]:
    made = Bureau.made(tmp_path)
    yield made
    made.desk.world.close()


def beside(office: Bureau, place: str, **typed: str) -> str:
    """Whom it would reach."""
    found = re.search(r'<aside id="beside".*?</aside>', office.publish(
        place, do="look", **typed).text, re.S)  # fmt: skip
    assert found is not None
    return seen(found[0])


def test_it_is_published_to_a_market_node_and_applies_below_it(office: Bureau) -> None:
    """One changeset: targets, period and status."""
    world = office.desk.world
    above = world.insert("market", number="M1", name="North")
    below = world.insert("market", number="M2", name="Town", parent=above)
    shop = office.shop()
    world.update("customer", shop, market=below)
    place = office.filled("dynamic")
    typed = {"target.0.kind": "market", "target.0.value": "M1"}
    assert "1 Customers · 1 person answers" in beside(office, place, **typed)
    assert office.rows("report_target") == []  # nothing is stored before it is published
    answer = office.publish(place, **typed)
    assert answer.headers["location"] == f"{place}?saved=published"
    (row,), (target,) = office.rows("report_template"), office.rows("report_target")
    assert (row["status"], row["starts_at"], row["version"]) == (
        "published",
        NOON,
        target["version"],
    )
    assert (target["market"], target["starts_at"], target["ends_at"]) == (
        above, row["starts_at"], row["ends_at"],
    )  # fmt: skip
    assert "Market: M1 · North" in seen(office.anna.get(place).text)
    device, reports = office.device("a")
    assert [one.title for one in reports.applying(shop)] == ["Shelves"]
    device.close()
    assert office.anna.get(f"{place}/design").headers["location"] == place


def test_targets_add_up(office: Bureau) -> None:
    """Customers by condition, customers of people, a rule's condition as it is then."""
    world, place = office.desk.world, office.filled("dynamic")
    condition = '{"all":[{"field":"name","op":"equal","value":"Shop 2"}]}'
    audience = world.insert("audience", number="A1", name="All")
    world.insert("rule", number="R1", name="Two", target="customer", condition=condition,
                 audience=audience, active=False)  # fmt: skip
    assert "1 Customers" in beside(office, place)
    people = {"target.1.kind": "team", "target.1.value": "boss"}
    assert "3 Customers · 2 people answer" in beside(office, place, **people)
    rule = {"target.1.kind": "rule", "target.1.value": "R1"}
    assert "2 Customers · 1 person answers" in beside(office, place, **rule)
    built = {"k.0": "all", "k.0.0": "line", "field.0.0": "name", "op.0.0": "equal",
             "value.0.0": "Shop 3"}  # fmt: skip
    answer = office.publish(place, **rule, **built)
    assert "This condition is not added yet." in seen(answer.text)
    page = office.publish(place, do="take", **rule, **built).text
    assert "Name is Shop 3" in seen(page)
    (taken,) = re.findall(r'name="condition" value="([^"]*)"', page)
    taken = taken.replace("&#34;", '"')
    assert office.publish(place, **rule, condition=taken).status_code == 303
    targets = office.rows("report_target")
    assert sorted(one["condition"] for one in targets if one["condition"]) == [condition, taken]
    assert len(targets) == 3
    page = seen(office.anna.get(place).text)
    assert "3 Customers" in page
    assert "Customers by condition: Name is Shop 3" in page


def test_a_standard_one_is_for_people_at_all_their_customers(office: Bureau) -> None:
    place = office.filled()
    typed = {"kind": "standard", "ends_at": "", "target.0.kind": "employee", "target.0.value": "b"}
    assert "1 Employees b" in beside(office, place, **typed)
    assert office.publish(place, **typed).status_code == 303
    office.work()
    (assignment,) = office.rows("report_assignment")
    assert assignment["person"] == office.desk.world.people["b"]
    assert office.rows("report_template")[0]["starts_at"] is None


def test_what_does_not_fit_is_told_and_nothing_is_stored(office: Bureau) -> None:
    place = office.filled("dynamic")
    for typed, said in (
        ({"target.0.value": "99"}, "There is no such row (Customer) with this number."),
        ({"target.0.value": ""}, "This is needed."), ({"ends_at": ""}, "This is needed."),
        ({"ends_at": shown(NOON - DAY)}, "It has to end after it begins."),
        ({"ends_at": "soon"}, "A day and a time are needed."),
    ):  # fmt: skip
        answer = office.publish(place, **typed)
        assert answer.status_code == 422
        assert said in seen(answer.text)
    version = inputs(office.anna.get(f"{place}/publish").text)["version"]
    office.question(place, "More?")
    answer = office.publish(place, version=version)
    assert "Somebody else has changed the template meanwhile." in seen(answer.text)
    assert office.publish(place, condition="{}").status_code == 400
    empty = office.draft("Empty", "dynamic")
    assert "There are no questions yet." in seen(office.publish(empty).text)
    assert {row["status"] for row in office.rows("report_template")} == {"draft"}
    assert office.rows("report_target") == []


def test_a_new_version_takes_the_place_of_the_one_before(office: Bureau) -> None:
    """With its questions and targets, which can be changed; the old one is ended with it."""
    place = office.filled("dynamic")
    office.publish(place, **{"target.1.kind": "team", "target.1.value": "b"})
    draft = office.done(f"{place}/edition").removesuffix("/design")
    assert office.done(f"{place}/edition") == f"{draft}/design"  # there is one already
    office.question(draft, "More?")
    page = office.anna.get(f"{draft}/publish").text
    assert inputs(page)["target.0.value"] in ("1", "b")
    assert "2 Customers" in seen(page)
    lines = seen(re.findall(r'<tr id="template.*?</tr>', office.anna.get(TEMPLATES).text, re.S)[0])
    assert "2 Draft Version 1 runs" in lines
    assert office.publish(draft).status_code == 303
    first, second = sorted(office.rows("report_template"), key=lambda row: int(row["edition"]))
    assert (first["status"], second["status"], second["edition"]) == ("ended", "published", 2)
    assert first["family"] == second["family"]
    targets = office.rows("report_target")
    assert len([one for one in targets if one["template"] == first["id"]]) == 2
    assert len([one for one in targets if one["template"] == second["id"]]) == 1
    office.done(f"{draft}/end")
    assert {row["status"] for row in office.rows("report_template")} == {"ended"}
    assert office.anna.get(f"{draft}/end").headers["location"] == draft


def returned(office: Bureau) -> tuple[Device, Reports, str]:
    """A report of `a` at customer 1 that came back, and its address."""
    place = office.filled("dynamic")
    office.question(place, "Which?", "many", **{"choice.0.en": "Red", "choice.1.en": "Blue"})
    office.question(place, "How many?", "number", unit="pcs")
    office.publish(place)
    device, reports = office.device("a")
    visit = reports.check_in(office.shop())
    (applying,) = reports.applying(office.shop())
    filling = reports.start(visit.id, applying.template)
    for question, value in (("is_it_filled", False), ("why_not", "sold out"),
                            ("which", ["red", "blue"]), ("how_many", 2)):  # fmt: skip
        filling = reports.answer(filling.report, question, value)
    reports.confirm(filling.report)
    device.sync()
    office.work()
    device.sync()
    return device, reports, f"{REPORTS}/{filling.report}"


def test_what_was_answered_is_read_and_given_back_with_a_reason(office: Bureau) -> None:
    device, reports, place = returned(office)
    assert "1 · Shop 1 Shelves 1 Returned a" in seen(office.anna.get(REPORTS).text)
    page = seen(office.anna.get(place).text)
    assert "Is it filled? no Why not? sold out Which? Red, Blue How many? 2 pcs" in page
    assert "Confirmed by a" in page
    assert "This is needed." in seen(office.post(f"{place}/reopen", reason=" ").text)
    assert office.done(f"{place}/reopen", reason="Which shelf?") == f"{place}?saved=reopened"
    page = seen(office.anna.get(f"{place}?saved=reopened").text)
    assert "Reason Which shelf?" in page
    assert "Give back …" not in page
    device.sync()
    (again,) = reports.open_reports()
    assert again.reason == "Which shelf?"
    assert office.anna.get(f"{place}/reopen").headers["location"] == place
    device.close()


def test_reports_are_found_by_template_customer_rep_day_and_state(office: Bureau) -> None:
    device, _, place = returned(office)
    (template,) = office.rows("report_template")
    day, later = shown(NOON)[:10], shown(NOON + DAY)[:10]
    for query, found in (
        (f"template={template['family']}", True), ("template=other", False), ("customer=1", True),
        ("customer=2", False), ("employee=a", True), ("employee=b", False), (f"from={day}", True),
        (f"from={later}", False), (f"until={day}", True), ("state=returned", True),
        ("state=open", False), (f"customer=1&employee=a&from={day}&until={day}", True),
    ):  # fmt: skip
        page = office.anna.get(f"{REPORTS}?{query}").text
        assert (place in page) is found, query
    page = office.anna.get(f"{REPORTS}?customer=99&from=soon").text
    assert 'id="customer-wrong"' in page
    assert 'id="from-wrong"' in page
    assert office.anna.get(f"{REPORTS}?state=none").status_code == 400
    assert office.anna.get(f"{REPORTS}?after=none").status_code == 400
    device.close()


def test_who_is_limited_sees_their_peoples_reports_only(office: Bureau) -> None:
    """Also when these have returned, and gives them back where that is a right (D2, D12)."""
    device, reports, place = returned(office)
    (visit,) = office.rows("visit")
    desk = office.desk
    for name, limit, may in (("ben", "b", "view edit"), ("cleo", "a", "view"),
                             ("dora", "a", "view edit")):  # fmt: skip
        sees = limit == "a"
        desk.office.role(desk.office.user(name, limit=limit), report=may, report_answer="view",
                         report_template="view", customer="view", visit="view")  # fmt: skip
        visitor = desk.signed_in(name)
        assert (place in visitor.get(REPORTS).text) is sees
        assert (visitor.get(place).status_code == 200) is sees
        assert ("sold out" in visitor.get(place).text) is sees
        at = f"/portal/visit_reports/visits/{to_text(visit['id'])}"
        assert (visitor.get(at).status_code == 200) is sees
        answer = visitor.post(f"{place}/reopen", reason="Again")
        assert answer.status_code == {"ben": 404, "cleo": 403, "dora": 303}[name]
    device.sync()
    (again,) = reports.open_reports()
    assert again.reason == "Again"
    device.close()


def test_an_end_says_what_goes_on(office: Bureau) -> None:
    device, _, place = returned(office)
    office.done(f"{place}/reopen", reason="Again")
    (template,) = office.rows("report_template")
    path = f"{TEMPLATES}/{to_text(template['id'])}"
    assert "1 report is being answered." in seen(office.anna.get(f"{path}/end").text)
    assert office.done(f"{path}/end") == f"{path}?saved=ended"
    assert "Ended" in seen(office.anna.get(f"{path}?saved=ended").text)
    assert place in office.anna.get(f"{REPORTS}?template={template['family']}").text
    device.close()

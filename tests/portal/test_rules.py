"""Visibility (D3): a rule is built, counted, previewed, saved, and taken back to what it was."""

from __future__ import annotations

import json
import re

import pytest

from syncengine.model.ids import to_text
from syncengine.store import preview as previews
from tests.portal.conftest import Desk, Visitor, inputs
from tests.portal.test_data import CANARY
from tests.portal.test_holding import text

NEW = "/portal/visibility/new"


@pytest.fixture
def anna(desk: Desk) -> Visitor:
    """An administrator, and an audience with `b` and three customers of `a`."""
    world = desk.world
    audience = world.insert("audience", number="all", name="Everybody here")
    world.insert("audience_member", audience=audience, employee=world.people["b"], below=False)
    for number, city in (("1", "Ulm"), ("2", "Bonn"), ("3", None)):
        world.customer("a", number, city=city)
    return desk.administrator()


def form(visitor: Visitor, path: str = NEW, **typed: str) -> dict[str, str]:
    """The rule's form with what is typed; in names, `__` is a dot."""
    filled = inputs(visitor.get(path).text)
    if path == NEW:
        filled |= {"v.number": "r1", "v.name": "Ulm", "v.audience": "all", "v.active": "true",
                   "field.0.0": "city", "value.0.0": "Ulm"}  # fmt: skip
    return {**filled, **{name.replace("__", "."): value for name, value in typed.items()}}


def send(visitor: Visitor, do: str, path: str = NEW, **typed: str) -> tuple[int, str]:
    answer = visitor.http.post(path, data=form(visitor, path, **typed) | {"do": do})
    return answer.status_code, answer.text


def seen(visitor: Visitor, path: str, filled: dict[str, str]) -> dict[str, str]:
    """What the preview adds to the form."""
    page = visitor.http.post(path, data=filled | {"do": "preview"}).text
    return {"seen": inputs(page).get("seen", "")}


def saved(visitor: Visitor, path: str = NEW, **typed: str) -> str:
    """Preview a rule, and save it; its page."""
    filled = form(visitor, path, **typed)
    answer = visitor.http.post(path, data=filled | {"do": "save"} | seen(visitor, path, filled))
    assert answer.status_code == 303, text(answer.text)
    return answer.headers["location"].partition("?")[0]


def test_a_rule_is_counted_previewed_and_saved(anna: Visitor, desk: Desk) -> None:
    """What the preview says is what the device gets at its next sync."""
    device = desk.world.enrol("b", name="tablet")
    device.sync()
    before = desk.store.status().version
    assert "1 of 3 (Customers) 1 · Shop 1" in text(send(anna, "count")[1])
    status, page = send(anna, "preview")
    assert status == 200
    told = text(page)
    assert "What would happen" in told
    assert "b b&#39;s tablet 1 0 " in told
    assert desk.store.status().version == before  # a preview writes nothing
    path = saved(anna)
    device.sync()
    assert device.query("SELECT number FROM customer") == [("1",)]
    device.close()
    assert "in force" in text(anna.get("/portal/visibility").text)
    assert "Nothing: it stands like that already." in text(send(anna, "preview", path)[1])


def test_groups_and_lines_come_and_go(anna: Visitor) -> None:
    """Server-rendered, so that it works without a script, too."""
    page = send(anna, "add-line.0")[1]
    assert 'name="field.0.1"' in page
    page = send(anna, "add-group.0")[1]
    assert 'name="k.0.1.0"' in page
    two = {"k__0__7": "line", "field__0__7": "name", "op__0__7": "equal", "value__0__7": "Ulm"}
    page = send(anna, "remove.0.0", **two)[1]  # the other one keeps its number
    assert 'name="field.0.0"' not in page
    assert inputs(page)["value.0.7"] == "Ulm"
    assert 'name="field.0.8"' in send(anna, "add-line.0", **two)[1]
    for do in ("remove.0", "remove.0.9", "add-line.0.0", "add-line.9.9", "burn.0", "add-line.x"):
        assert send(anna, do)[0] in (200, 400), do
    assert send(anna, "remove.0.9")[0] == 400


def test_every_comparison_can_be_typed(anna: Visitor, desk: Desk) -> None:
    """A line for each: what is saved is what the next form shows."""
    desk.world.insert("market", number="m1", name="Town")
    for name, op, value, count in (
        ("city", "not_equal", "Ulm", 2), ("city", "starts_with", "B", 1),
        ("number", "greater", "1", 2),
        ("city", "one_of", "Ulm\nBonn", 2), ("city", "is_empty", "", 1),
        ("city", "not_is_empty", "", 2), ("active", "equal", "true", 3),
        ("market", "below.parent", "m1", 0), ("owner", "equal", "a", 3),
        ("owner", "not_below.manager", "boss", 0), ("annual_sales", "less", "1,234.50", 0),
    ):  # fmt: skip
        line = {"field__0__0": name, "op__0__0": op, "value__0__0": value}
        assert f'figure">{count}<' in send(anna, "count", **line)[1], (name, op)
        path = saved(anna, **line)
        shown = inputs(anna.get(path).text)
        again = anna.get(path).text
        assert shown["op.0.0"] == op
        if value and "\n" not in value:
            assert shown["value.0.0"] == value
        assert f'figure">{count}<' in again


def test_a_form_holds_whatever_condition_a_rule_has(anna: Visitor, desk: Desk) -> None:
    """Written elsewhere, opened here: as it stands it changes nothing; what the form cannot hold
    exactly is said.
    """
    world = desk.world
    town = world.insert("market", number="m1", name="Town")
    below = {"field": "market", "in_subtree_of": to_text(town), "parent": "parent"}
    ulm = {"field": "city", "op": "equal", "value": "Ulm"}
    few = {"field": "staff", "op": "less", "value": 1234}
    listed = {"field": "postcode", "op": "one_of", "value": ["1", "2"]}
    spaced = {"field": "city", "op": "equal", "value": " Ulm"}
    for data, exact in (
        ({"all": [{"any": [ulm, {"not": ulm}]}, {"not": {"all": [few, listed]}},
                  {"not": {"any": [below, {"not": below}, {"not": listed}]}}]}, True),
        ({"all": [{"not": {"field": "city", "op": "is_empty"}}, few]}, True),
        ({"any": [ulm]}, True),
        ({"all": [spaced]}, False),
        ({"not": few}, False),  # a group of its own here
    ):  # fmt: skip
        rule = world.insert(
            "rule", number="x", name="X", target="customer", active=True,
            audience=world.insert("audience", number=str(exact), name="N"),
            condition=json.dumps(data, sort_keys=True, separators=(",", ":")),
        )  # fmt: skip
        path = f"/portal/visibility/{to_text(rule)}"
        page = anna.get(path).text
        assert ("cannot show exactly" not in page) is exact, data
        told = text(send(anna, "preview", path)[1])
        assert ("Nothing: it stands like that already." in told) is exact, (data, told)


def test_what_does_not_fit_is_told_and_nothing_is_written(anna: Visitor, desk: Desk) -> None:
    """Bad input: a rule that matches everything has to be meant; values that are none: 422."""
    before = desk.store.status().version
    for wrong in (
        {"value__0__0": ""}, {"field__0__0": "owner", "value__0__0": "nobody"},
        {"v__number": ""}, {"v__audience": "nobody"},
        {"field__0__0": "annual_sales", "op__0__0": "less", "value__0__0": "much"},
    ):  # fmt: skip
        for do in ("preview", "save"):
            assert send(anna, do, **wrong)[0] == 422, wrong
    every = form(anna)
    every.pop("k.0.0")
    answer = anna.http.post(NEW, data=every | {"do": "save"})
    assert answer.status_code == 422
    assert "Say that this is meant" in answer.text
    assert desk.store.status().version == before
    every |= {"everything": "1"}
    unseen = anna.http.post(NEW, data=every | {"do": "save"})
    assert (unseen.status_code, "This shows all rows" in unseen.text) == (200, True)
    assert desk.store.status().version == before  # only what was previewed is saved
    meant = anna.http.post(NEW, data=every | {"do": "save"} | seen(anna, NEW, every))
    assert meant.status_code == 303
    deep = form(anna) | {f"k.{'.'.join('0' * n)}": "all" for n in range(1, 12)}
    assert anna.http.post(NEW, data=deep | {"do": "count"}).status_code == 413
    wide = form(anna) | {f"k.0.{n}": "line" for n in range(200)}
    assert anna.http.post(NEW, data=wide | {"do": "count"}).status_code == 413
    for odd, status in (({"v__target": "employee"}, 404), ({"v__target": "x"}, 400),
                        ({"k__0": "some"}, 400)):  # fmt: skip
        assert send(anna, "count", **odd)[0] == status
    assert anna.post(NEW, "forged", do="save").status_code == 403


def test_the_second_of_two_editors_sees_both_rules(anna: Visitor) -> None:
    """Bad input: two people editing one rule: 409 with both versions."""
    path = saved(anna)
    mine = form(anna, path)
    saved(anna, path, value__0__0="Bonn", v__name="Bonn")
    late = anna.http.post(path, data=mine | {"value.0.0": "Köln", "do": "save"})
    assert late.status_code == 409
    assert "Köln" in late.text
    assert "<strong>Bonn</strong>" in late.text
    again = inputs(late.text) | {"do": "save"}
    theirs = again | {"take.condition": "theirs"}
    assert anna.http.post(path, data=theirs).status_code == 303  # nothing is left to be changed
    assert inputs(anna.get(path).text)["value.0.0"] == "Bonn"
    assert inputs(anna.get(path).text)["v.name"] == "Bonn"
    mine = again | {"take.condition": "mine"}
    assert anna.http.post(path, data=mine | seen(anna, path, mine)).status_code == 303
    assert inputs(anna.get(path).text)["value.0.0"] == "Köln"


def test_a_rule_goes_back_to_an_earlier_version(anna: Visitor, desk: Desk) -> None:
    """Going back is a change like any other: previewed, and in the history."""
    path = saved(anna)
    saved(anna, path, value__0__0="Bonn", v__name="Bonn")
    page = anna.get(f"{path}/versions").text
    assert "<strong>Ulm</strong>" in page
    assert "<strong>Bonn</strong>" in page
    first = re.findall(r'name="version" value="(\d+)"', page)[-1]
    tried = anna.post(f"{path}/versions", do="preview", version=first)
    assert "what would happen" in tried.text
    assert inputs(anna.get(path).text)["value.0.0"] == "Bonn"
    done = anna.post(f"{path}/versions", do="back", version=first)
    assert done.status_code == 303
    shown = inputs(anna.get(path).text)
    assert (shown["value.0.0"], shown["v.name"]) == ("Ulm", "Ulm")
    assert anna.get(f"{path}/versions").text.count("<li>") >= 3
    for odd in ("x", "1", "999999"):
        answer = anna.post(f"{path}/versions", do="back", version=odd)
        assert answer.status_code in (303, 400), odd


def test_too_many_devices_for_a_preview_are_no_dead_end(
    anna: Visitor, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bad input: preview, cap: what cannot be previewed says so, and can be saved."""
    desk.world.enrol("b", name="tablet").close()
    monkeypatch.setattr(previews, "DEFAULT_LIMITS", previews.Limits(people=0))
    assert "too much for a preview" in send(anna, "preview")[1]
    path = saved(anna)
    saved(anna, path, value__0__0="Bonn")
    first = re.findall(r'name="version" value="(\d+)"', anna.get(f"{path}/versions").text)[-1]
    tried = anna.post(f"{path}/versions", do="preview", version=first)
    assert (tried.status_code, "too much for a preview" in tried.text) == (200, True)


def test_rules_are_for_those_who_have_the_right(anna: Visitor, desk: Desk) -> None:
    path = saved(anna)
    office = desk.office
    office.role(office.user("bert"), rule="view", customer="view", audience="view")
    bert = desk.signed_in("bert")
    assert "Preview</button>" not in bert.get(path).text
    assert bert.post(f"{path}/versions", do="back", version="1").status_code == 403
    renamed = form(bert, path) | {"do": "save", "v.name": "x"}
    assert bert.http.post(path, data=renamed).status_code == 403
    assert bert.get(NEW).status_code == 404
    office.role(office.user("carl"), customer="view")
    carl = desk.signed_in("carl")
    for place in ("/portal/visibility", NEW, path, f"{path}/versions"):
        assert carl.get(place).status_code == 404
    office.role(office.user("dora"), rule="view add edit")  # not of what rules show
    dora = desk.signed_in("dora")
    assert dora.get("/portal/visibility").status_code == 200
    for place in (NEW, path, f"{path}/versions"):
        assert dora.get(place).status_code == 404
    assert dora.get("/portal/history").status_code == 200
    assert "City is Ulm" in anna.get("/portal/history?entity=rule").text


def test_script_from_a_device_stays_inert_in_rules(anna: Visitor, desk: Desk) -> None:
    world = desk.world
    shop = world.customer("b", "9")
    device = world.enrol("b", name="tablet")
    device.sync()
    with device.changeset() as changes:
        changes.update("customer", shop, name=CANARY, city="Canary")
    device.sync()
    device.close()
    page = send(anna, "count", value__0__0="Canary")[1]
    assert "&lt;script&gt;" in page
    assert "<script>alert" not in page
    path = saved(anna, value__0__0=CANARY, v__name=CANARY[:100])
    for place in (path, f"{path}/versions", "/portal/visibility"):
        assert "<script>alert" not in anna.get(place).text

"""Lists and records: what is declared is shown; what is saved is a changeset (D1, D2)."""

from __future__ import annotations

import io
import re

import pytest
from python_calamine import CalamineWorkbook

from server.portal import pickers
from server.portal.lists import PAGE
from server.substitution import switch_on
from syncengine.model.entity import Action
from syncengine.model.ids import to_text
from syncengine.model.rights import Rights
from syncengine.store import listing
from syncengine.store.listing import Wanted
from tests.portal.conftest import Desk, inputs

CANARY = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"


def place(entity: str, row_id: bytes) -> str:
    return f"/portal/data/{entity}/{to_text(row_id)}"


def numbers(page: str) -> list[str]:
    """The first column of a list."""
    return re.findall(r'<tr>(?:<td class="pick">.*?</td>)?<td><a href="[^"]*">([^<]*)</a>', page)


def test_a_list_is_searched_filtered_and_sorted(desk: Desk) -> None:
    anna, world = desk.administrator(), desk.world
    for number, name, city in (
        ("1", "Ähre", "Ulm"),
        ("2", "100 % Bike", "Aalen"),
        ("3", "B_e", ""),
    ):
        world.customer("a", number, name=name, city=city or None, active=number != "3")
    path = "/portal/data/customer"
    assert numbers(anna.get(path).text) == ["1", "2", "3"]
    assert numbers(anna.get(f"{path}?q=ul").text) == ["1"]
    assert numbers(anna.get(f"{path}?q=%25").text) == ["2"]  # no wildcard
    assert numbers(anna.get(f"{path}?q=_").text) == ["3"]
    assert numbers(anna.get(f"{path}?f.active=false").text) == ["3"]
    assert numbers(anna.get(f"{path}?sort=city").text) == ["2", "1", "3"]  # empty ones last
    assert numbers(anna.get(f"{path}?sort=city&desc=1").text) == ["1", "2", "3"]
    owner = to_text(world.people["b"])
    assert "Nothing was found" in anna.get(f"{path}?f.owner={owner}").text
    part = anna.get(f"{path}?q=ul", **{"hx-request": "true"}).text
    assert "<html" not in part
    assert numbers(part) == ["1"]
    assert "Ulm" not in anna.get(f"{path}?c=number&c=name").text


def test_what_is_beyond_the_first_choices_stays(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reference to rows without a number is chosen from a few; saving keeps any other."""
    monkeypatch.setattr(pickers, "CHOICES", 1)
    anna, world = desk.administrator(), desk.world
    shop = world.customer("a", "1")
    for substitute in ("b", "c"):
        switch_on(desk.store, world.people["a"], world.people[substitute], only=[shop])
    first, last = (row.id for row in listing.page(
        desk.store, Rights(administers=True), Wanted("substitution"), 2, None
    )[0])  # fmt: skip
    lent = world.insert("substitution_customer", substitution=last, customer=shop)
    page = anna.get(place("substitution_customer", lent)).text
    assert inputs(page)["v.substitution"] == to_text(last) != to_text(first)


@pytest.mark.parametrize("order", ["", "sort=city", "sort=city&desc=1", "sort=active"])
def test_pages_give_every_row_once(desk: Desk, order: str) -> None:
    """Keyset paging, with equal and with empty values."""
    anna, world = desk.administrator(), desk.world
    cities = [None, "Ulm", "Aalen", "Bonn"]
    shops = [
        world.operation(
            Action.INSERT, "customer", world.environment.new_id(), number=f"{number:04}",
            name="Shop", city=cities[number % 4], active=number % 3 > 0,
        )
        for number in range(2 * PAGE + 7)
    ]  # fmt: skip
    world.write(shops)
    page, seen, path = "", [], f"/portal/data/customer?{order}"
    while path:
        page = anna.get(path).text
        seen += numbers(page)
        following = re.search(r'href="([^"]*)" rel="next"', page)
        path = following[1].replace("&amp;", "&") if following else ""
    assert len(seen) == len(set(seen)) == 2 * PAGE + 7


def test_what_names_no_field_is_refused(desk: Desk) -> None:
    """SQL in a sort, a filter, a column, a cursor: refused, and never part of a statement."""
    anna = desk.administrator()
    for query in (
        "sort=name;DROP TABLE x", "sort=owner", "f.name'=1", "f.active=maybe", "f.owner=x",
        "f.number=1", "c=id)--", "after=AAAA", "after=%22", "sort=name&after=kgHEAA",
    ):  # fmt: skip
        assert anna.get(f"/portal/data/customer?{query}").status_code == 400, query


def test_what_a_user_may_not_see_is_not_there(desk: Desk) -> None:
    """Limited to `a` and below: rows of `b` are in no list and no picker; one 404 for all."""
    world, office = desk.world, desk.office
    mine, hidden = world.customer("c", "1"), world.customer("b", "2")
    office.role(office.user("bert", limit="a"), customer="view edit", employee="view")
    bert = desk.signed_in("bert")
    assert numbers(bert.get("/portal/data/customer").text) == ["1"]
    assert bert.get(place("customer", mine)).status_code == 200
    nowhere = bert.get(place("customer", b"\x00" * 16)).text
    for path in (place("customer", hidden), place("customer", hidden) + "/history"):
        answer = bert.get(path)
        assert (answer.status_code, answer.text) == (404, nowhere)
    assert bert.get("/portal/data/market").status_code == 404
    assert bert.get("/portal/data/office_user").status_code == 404
    assert bert.get("/portal/data/nothing").status_code == 404
    assert ">b<" not in bert.get("/portal/pick/employee?v.owner=").text
    assert bert.post(place("customer", mine) + "/delete").status_code == 404
    assert bert.get("/portal/data/customer/new").status_code == 404
    assert bert.get("/portal/reviews").status_code == 404
    office.role(office.users["bert"], substitution="view")
    switch_on(desk.store, world.people["b"], world.people["a"])
    assert 'Substitutions</span>\n<span class="figure d-block">0<' in bert.get("/portal/").text
    wrong = bert.save(place("customer", mine), owner="b")
    assert (wrong.status_code, "no such row" in wrong.text) == (422, True)


def test_saving_writes_what_changed_and_the_history_tells_it(desk: Desk) -> None:
    anna, world = desk.administrator(), desk.world
    shop = world.customer("a", "1", city="Ulm", annual_sales=123456)
    path = place("customer", shop)
    assert 'value="1,234.56"' in anna.get(path).text
    before = desk.store.status().version
    assert anna.save(path).headers["location"] == f"{path}?saved=1"
    assert desk.store.status().version == before  # nothing was changed
    answer = anna.save(path, city="Bonn", annual_sales="99.5", owner="b", staff="7")
    assert answer.status_code == 303, answer.text
    page = anna.get(path).text
    assert all(text in page for text in ('value="Bonn"', 'value="99.50"', 'value="7"'))
    told = anna.get(f"{path}/history").text
    assert "<del>Ulm</del> → Bonn" in told
    assert "<del>a</del> → b" in told
    assert "anna" in told
    german = anna.http
    german.cookies.set("language", "de", path="/portal")
    assert "<del>1.234,56</del> → 99,50" in anna.get(f"{path}/history").text
    assert 'value="99,50"' in anna.get(path).text


def test_what_does_not_fit_is_told_beside_its_field(desk: Desk) -> None:
    anna = desk.administrator()
    typed = {
        "number": "", "name": "x" * 201, "owner": "nobody", "annual_sales": "1,2,3", "staff": "-1",
        "active": "true",
    }  # fmt: skip
    answer = anna.save("/portal/data/customer/new", **typed)
    assert answer.status_code == 422
    for name in ("number", "name", "owner", "annual_sales", "staff"):
        assert f'id="v.{name}-wrong"' in answer.text, name
    assert 'value="nobody"' in answer.text  # what was typed is kept
    good = anna.save("/portal/data/customer/new", number="9", name="Shop", active="true")
    assert good.status_code == 303


def test_the_second_of_two_editors_sees_both_versions(desk: Desk) -> None:
    """D1; bad input: two people editing one row: 409 with both versions."""
    anna, world = desk.administrator(), desk.world
    path = place("customer", world.customer("a", "1", city="Ulm", street="Old"))
    mine = anna.form(path)
    assert anna.save(path, city="Aalen", phone="0731").status_code == 303
    other = anna.send(path, mine, street="New")  # another field: both stand
    assert other.status_code == 303
    clash = anna.send(path, mine, city="Bonn", remark="mine")
    assert clash.status_code == 409
    assert "Bonn" in clash.text
    assert "Aalen" in clash.text
    assert 'value="Aalen"' in anna.get(path).text  # nothing was written
    again = inputs(clash.text)
    theirs = anna.send(path, {**again, "take.city": "theirs"}, city="Bonn", remark="mine")
    assert theirs.status_code == 303
    page = anna.get(path).text
    assert all(t in page for t in ('value="Aalen"', "mine", 'value="New"', 'value="0731"'))
    assert anna.send(path, {**again, "take.city": "mine"}, city="Bonn").status_code in (303, 409)


def test_deleting_asks_the_engine(desk: Desk) -> None:
    """Invariant 13: what something refers to stays, and the page says why."""
    anna, world = desk.administrator(), desk.world
    world.customer("a", "1")
    person = place("employee", world.people["a"])
    refused = anna.post(f"{person}/delete")
    assert refused.status_code == 422
    assert 'role="alert"' in refused.text
    note = place("market", world.insert("market", number="m", name="M"))
    assert anna.post(f"{note}/delete").headers["location"] == "/portal/data/market"
    assert anna.get(note).status_code == 404


def test_the_last_administrator_stays(desk: Desk) -> None:
    anna = desk.administrator()
    role = anna.get("/portal/data/office_role").text
    path = re.search(r'href="(/portal/data/office_role/[0-9a-f-]{36})"', role)
    assert path is not None
    answer = anna.save(path[1], administers="false")
    assert answer.status_code == 422
    assert anna.get("/portal/data/office_role").status_code == 200


def test_an_export_is_what_is_shown(desk: Desk) -> None:
    anna, world = desk.administrator(), desk.world
    world.customer("a", "1", name="=1+1", city="Ulm")
    world.customer("b", "2", city="Bonn")
    query = "q=ulm&c=number&c=name&c=owner"
    table = anna.get(f"/portal/data/customer/export.csv?{query}")
    assert table.content.decode("utf-8-sig").splitlines() == ["Number,Name,Owner", "1,'=1+1,a"]
    book = anna.get(f"/portal/data/customer/export.xlsx?{query}").content
    rows = CalamineWorkbook.from_filelike(io.BytesIO(book)).get_sheet_by_index(0).to_python()
    assert [str(cell) for cell in rows[1]] == ["1", "=1+1", "a"]
    assert anna.get("/portal/data/customer/export.exe").status_code == 404


def test_script_from_a_device_stays_inert(desk: Desk) -> None:
    """XSS: a rep's text is text on every page that shows it."""
    anna, world = desk.administrator(), desk.world
    shop = world.customer("a", "1", name="Shop")
    device = world.enrol("a", name="tablet")
    device.sync()
    with device.changeset() as changes:
        changes.update("customer", shop, name=CANARY, remark=CANARY)
    device.sync()
    device.close()
    own = place("customer", shop)
    pages = ("/portal/data/customer", own, f"{own}/history", "/portal/pick/customer")
    for path in (*pages, "/portal/devices"):
        page = anna.get(path).text
        assert "<script>alert" not in page
        assert "<img src=x" not in page
    assert "&lt;script&gt;alert(1)" in anna.get("/portal/data/customer").text

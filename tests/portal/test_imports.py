"""Imports in the portal (D1): brought, mapped, checked, written, taken back."""

from __future__ import annotations

import re

from tests.portal.conftest import Desk
from tests.portal.importing import (
    brought_file,
    checked,
    columns_form,
    customers,
    ids,
    map_columns,
    press,
)


def test_a_file_is_mapped_checked_imported_and_taken_back(desk: Desk) -> None:
    anna, world = desk.administrator(), desk.world
    world.customer("a", "1")
    before = customers(desk)
    path = checked(desk, anna, "1;Neu & Söhne;b;1.234,50", "2;Zweite;a;")
    page = anna.get(path).text
    assert "Import 2 rows" in page
    assert "Neu &amp; Söhne" in page
    assert re.search(r"<td>a\b.*</td><td>b\b.*</td><td class=\"num\">1</td>", page)
    assert customers(desk) == before
    assert press(desk, anna, path, "write").status_code == 303
    assert customers(desk) == {
        "1": ("Neu & Söhne", world.people["b"], 123450, True),
        "2": ("Zweite", world.people["a"], None, True),
    }
    page = anna.get(path).text
    assert "2 rows were imported" in page
    assert press(desk, anna, path, "undo").status_code == 303
    assert customers(desk) == before
    assert "1 row has its values of before. 1 new row is gone." in anna.get(path).text
    listed = anna.get("/portal/imports").text
    assert "shops.csv" in listed
    assert "taken back" in listed
    assert "Anna" in listed


def test_the_columns_are_guessed_then_remembered_and_saved_by_name(desk: Desk) -> None:
    anna = desk.administrator()
    path = brought_file(desk, anna, "1;Shop;a;5,5")
    form = columns_form(anna.get(f"{path}/columns?entity=customer").text)
    assert [form[f"to.{n}"] for n in range(4)] == [
        "number", "name", "owner:number", "annual_sales",
    ]  # fmt: skip
    assert (form["key.0"], form["decimal"]) == ("1", ",")
    map_columns(anna, path, to__1="city", to__3="", mode="update", name="Cities only")
    desk.errands.do_waiting()
    path = checked(desk, anna, "1;Shop;a;5,5")
    press(desk, anna, path, "write")
    third = brought_file(desk, anna, "2;Other;a;1,0")
    page = anna.get(f"{third}/columns").text
    assert "As it was for the last file" in page
    assert columns_form(page)["to.1"] == "name"
    saved = columns_form(anna.get(f"{third}/columns?entity=customer&use=Cities+only").text)
    assert (saved["to.1"], saved["to.3"], saved["mode"]) == ("city", "", "update")


def test_empty_cells_empty_the_field_or_change_nothing(desk: Desk) -> None:
    anna, world = desk.administrator(), desk.world
    world.customer("a", "1")
    kept = checked(desk, anna, "1;Shop 1;;", empty="keep")
    assert "The file changes nothing" in anna.get(kept).text
    path = checked(desk, anna, "1;Shop 1;;", empty="clear")
    assert "<td>nobody</td>" in anna.get(path).text
    press(desk, anna, path, "write")
    assert customers(desk)["1"][1] is None


def test_errors_name_row_and_column_and_nothing_is_imported(desk: Desk) -> None:
    anna = desk.administrator()
    lines = (
        "1;Shop;a;5,5",
        "2;;a;1",
        "3;X;nobody;1",
        "4;X;a;lots",
        "1;Twice;a;1",
        "5;X;a",
        ";X;a;",
    )
    path = checked(desk, anna, *lines, "6;=1+1;a;<b>")
    page = anna.get(path).text
    assert "The file has 7 errors" in page
    assert 'value="write"' not in page
    for row, said in (
        ("3", "This must not be empty."), ("4", "Employee nobody does not exist."),
        ("5", "A number is needed"), ("6", "1 is in the file more than once."),
        ("7", "more or fewer cells"), ("8", "This must not be empty."),
    ):  # fmt: skip
        assert re.search(rf"Row </span>{row}</td>.*?{re.escape(said)}", page), (row, said)
    assert "&lt;b&gt;" in page
    assert "<b>" not in page.split('id="import"')[1]
    assert press(desk, anna, path, "write").status_code == 422
    assert customers(desk) == {}
    told = anna.get(f"{path}/findings.csv").text
    assert "3,Name,,This must not be empty.,value.missing" in told
    assert anna.get(f"{path}/findings.exe").status_code == 404


def test_a_file_that_changes_nothing_says_so(desk: Desk) -> None:
    anna = desk.administrator()
    path = checked(desk, anna, "1;Shop;a;5,5")
    press(desk, anna, path, "write")
    version = desk.store.status().version
    again = checked(desk, anna, "1;Shop;a;5,5")
    assert "The file changes nothing" in anna.get(again).text
    assert press(desk, anna, again, "write").status_code == 422
    assert desk.store.status().version == version
    assert press(desk, anna, again, "away").status_code == 303
    assert "put away" in anna.get(again).text


def test_many_that_change_hands_are_confirmed_with_counts(desk: Desk) -> None:
    anna, world = desk.administrator(), desk.world
    for number in range(60):
        world.customer("a", str(number))
    lines = [f"{number};S;b;" for number in range(60)]
    path = checked(desk, anna, *lines, to__1="", mode="update")
    page = anna.get(path).text
    assert "60 of 60 rows change hands" in page
    refused = press(desk, anna, path, "write")
    assert (refused.status_code, "Confirm first" in refused.text) == (422, True)
    assert {row[1] for row in customers(desk).values()} == {world.people["a"]}
    assert press(desk, anna, path, "write", sure="1").status_code == 303
    assert {row[1] for row in customers(desk).values()} == {world.people["b"]}


def test_two_people_import_the_same_at_once(desk: Desk) -> None:
    """The second is told to check again, and then it is all there."""
    anna = desk.administrator()
    office = desk.office
    office.role(office.user("bert"), customer="view add edit", employee="view", market="view")
    bert = desk.signed_in("bert")
    one, other = (checked(desk, who, "1;Shop;a;", "2;Shop;a;") for who in (anna, bert))
    assert press(desk, anna, one, "write").status_code == 303
    assert press(desk, bert, other, "write").status_code == 303
    assert "Somebody has changed what the file would change" in bert.get(other).text
    assert sorted(customers(desk)) == ["1", "2"]
    press(desk, bert, other, "check")
    assert "The file changes nothing" in bert.get(other).text
    twice = press(desk, anna, one, "write")
    assert (twice.status_code, "somebody was faster" in twice.text) == (422, True)


def test_what_was_changed_since_stays_when_it_is_taken_back(desk: Desk) -> None:
    anna, world = desk.administrator(), desk.world
    shop = world.customer("a", "1")
    path = checked(desk, anna, "1;Imported;b;5", "2;Made;a;", "3;Made;a;")
    press(desk, anna, path, "write")
    world.update("customer", shop, name="By hand")
    (made,) = (i for i, n in ids(desk).items() if n == "2")
    world.update("customer", made, city="Ulm")
    press(desk, anna, path, "undo")
    assert {n: row[:3] for n, row in customers(desk).items()} == {
        "1": ("By hand", world.people["a"], None), "2": ("Made", world.people["a"], None),
    }  # fmt: skip
    page = anna.get(path).text
    assert all(said in page for said in ("Stayed as it is", "By hand", "the whole row is new"))

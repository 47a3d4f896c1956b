"""Trees in the portal: opened, searched, moved; what a user may not see is not there (D2, D3)."""

from __future__ import annotations

import re

import pytest

from server.portal import forms, moves, trees
from syncengine.model.ids import to_text
from tests.portal.conftest import Desk, Visitor

TREE = "/portal/data/employee/tree"


def drawn(page: str) -> list[str]:
    """The titles of the nodes, in their order."""
    return re.findall(r'class="name"[^>]*>([^<]*)</a>', page)


def moving(
    anna: Visitor, desk: Desk, who: str, to: str, was: str = "boss", do: str = "preview"
) -> tuple[int, str]:
    """The answer to the form: status and page."""
    people = desk.world.people
    form = {
        "csrf": anna.csrf, "do": do, "v.manager": to,
        "was.manager": to_text(people[was]) if was else "",
    }  # fmt: skip
    path = f"/portal/data/employee/{to_text(people[who])}/move"
    answer = anna.http.post(path, data=form)
    return answer.status_code, answer.text


def manager(desk: Desk, who: str) -> object:
    people = desk.world.people
    with desk.store.engine.connect() as connection:
        table = desk.store.tables["employee"]
        return connection.execute(
            table.select().where(table.c.id == people[who])
        ).one().manager  # fmt: skip


def test_a_tree_opens_node_by_node(desk: Desk) -> None:
    anna = desk.administrator()
    for number in range(3):
        desk.world.customer("c", f"{number}")
    assert drawn(anna.get(TREE).text) == ["boss", "a", "b"]
    assert "Customers: 3" in anna.get(TREE).text
    a = to_text(desk.world.people["a"])
    part = anna.get(f"{TREE}/{a}", **{"hx-request": "true"}).text
    assert "<html" not in part
    assert drawn(part) == ["c"]
    plain = anna.get(f"{TREE}/{a}")  # without JavaScript: a page with the way to it
    assert (plain.status_code, plain.headers["location"]) == (303, f"{TREE}?at={a}")
    assert drawn(anna.get(f"{TREE}?at={a}").text) == ["boss", "a", "c"]


def test_a_search_opens_the_way(desk: Desk) -> None:
    anna = desk.administrator()
    page = anna.get(f"{TREE}?q=c").text
    assert drawn(page) == ["boss", "a", "c"]
    assert page.count('class="node found"') == 1
    assert "Show the whole tree" in page
    assert "Nothing was found" in anna.get(f"{TREE}?q=nobody").text


def test_pages_of_a_wide_node(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trees, "CHILDREN", 2)
    anna, boss = desk.administrator(), to_text(desk.world.people["boss"])
    for number in range(3):
        desk.world.insert(
            "employee", number=f"x{number}", active=True, manager=desk.world.people["boss"]
        )
    seen, page = [], anna.get(f"{TREE}/{boss}", **{"hx-request": "true"}).text
    while True:
        seen += drawn(page)
        following = re.search(r'class="more"><a href="([^"]*)"', page)
        if following is None:
            break
        page = anna.get(following[1].replace("&amp;", "&"), **{"hx-request": "true"}).text
    assert seen == ["a", "b", "x0", "x1", "x2"]


def test_a_move_is_previewed_and_saved(desk: Desk) -> None:
    """What the old manager's device loses and the new one's gains, before it is so."""
    anna, world = desk.administrator(), desk.world
    for name in ("a", "b"):
        world.enrol(name).close()
    for number in range(3):
        world.customer("c", f"{number}")
    status, page = moving(anna, desk, "c", "b", was="a")
    assert status == 200
    assert "What would happen" in page
    lines = re.findall(r"<tr><td><a[^>]*>(\w+)</a></td><td>[^<]*</td>(.*?)</tr>", page)
    counts = {who: re.findall(r">(\d+)<", cells)[:4] for who, cells in lines}
    assert counts == {"a": ["0", "3", "0", "3"], "b": ["3", "0", "3", "0"]}
    assert "Leads them no longer" in page
    assert manager(desk, "c") == world.people["a"]
    status, _ = moving(anna, desk, "c", "b", was="a", do="save")
    assert (status, manager(desk, "c")) == (303, world.people["b"])
    status, _ = moving(anna, desk, "c", "", was="b", do="save")
    assert (status, manager(desk, "c")) == (303, None)


def test_a_circle_is_refused_with_a_sentence(desk: Desk) -> None:
    anna = desk.administrator()
    for do in ("preview", "save"):
        for target in ("c", "a"):
            status, page = moving(anna, desk, "a", target, do=do)
            assert status == 422
            assert f"{target} is a itself or below: nothing can be above itself." in page
    assert manager(desk, "a") == desk.world.people["boss"]
    assert "It is there already" in moving(anna, desk, "a", "boss")[1]
    assert "no such row" in moving(anna, desk, "a", "nobody")[1]


def test_two_move_one_node(desk: Desk) -> None:
    """The second is told where it is now, and has to look once more."""
    anna = desk.administrator()
    desk.world.update("employee", desk.world.people["c"], manager=desk.world.people["b"])
    for do in ("preview", "save"):
        status, page = moving(anna, desk, "c", "boss", was="a", do=do)
        assert status == 409
        assert "Somebody else has moved this" in page
        assert "It is below b now." in page
    assert manager(desk, "c") == desk.world.people["b"]
    assert moving(anna, desk, "c", "boss", was="b", do="save")[0] == 303


def test_what_is_not_theirs_is_not_there(desk: Desk) -> None:
    office, people = desk.office, desk.world.people
    office.role(office.user("lisa", limit="a"), employee="view")
    lisa = desk.signed_in("lisa")
    assert drawn(lisa.get(TREE).text) == ["a", "c"]
    assert "Customers" not in lisa.get(TREE).text
    assert "/move" not in lisa.get(TREE).text
    b, c = to_text(people["b"]), to_text(people["c"])
    for path in (
        f"{TREE}?at={b}", f"{TREE}/{b}", f"{TREE}?at=x", "/portal/data/market/tree",
        f"/portal/data/employee/{c}/move", f"/portal/data/employee/{b}/move",
    ):  # fmt: skip
        assert lisa.get(path).status_code == 404, path
    anna = desk.administrator()
    assert anna.get("/portal/data/contact/tree").status_code == 404
    assert anna.get(f"{TREE}?after=AAAA").status_code == 400
    assert anna.get("/portal/data/product_group/tree").status_code == 200


def test_who_moves_at_the_very_moment_is_noticed(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between reading the row and the commit: the write path tells."""
    anna, world = desk.administrator(), desk.world

    def late(*args: object, **named: object) -> bool:
        world.update("employee", world.people["c"], manager=world.people["b"])
        return forms.write(*args, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(moves, "write", late)
    status, page = moving(anna, desk, "c", "boss", was="a", do="save")
    assert status == 409
    assert "Somebody else has moved this" in page
    assert manager(desk, "c") == world.people["b"]

"""Many rows edited at once (D1, D3): previewed, written as one change, and nothing overwritten."""

from __future__ import annotations

import re

import httpx2
import pytest
import sqlalchemy as sa

from server import bulk_edit
from server.portal import bulk
from syncengine.model.entity import Action
from syncengine.model.fields import Stored
from syncengine.model.ids import to_text
from syncengine.store import bulk as large
from syncengine.store import tables as t
from tests.portal.conftest import Desk, Visitor, inputs

LIST = "/portal/data/customer"


def shops(desk: Desk, count: int) -> list[bytes]:
    """So many customers of `a`, in one changeset; their ids by their numbers."""
    new_id, world = desk.world.environment.new_id, desk.world
    ids = [new_id() for _ in range(count)]
    world.write([
        world.operation(
            Action.INSERT, "customer", i, number=f"{n:05}", name="Shop", active=True,
            owner=world.people["a"], city="Ulm" if n % 2 else None,
        )
        for n, i in enumerate(ids)
    ])  # fmt: skip
    return ids


def seen(page: str) -> str:
    """The version that a list was made from."""
    return inputs(page)["seen"]


def ask(
    anna: Visitor, form: dict[str, str], query: str = "", rows: tuple[bytes, ...] = ()
) -> httpx2.Response:
    """The form of many rows; without rows: all that the query finds."""
    sent: dict[str, object] = {**form, "csrf": anna.csrf, "scope": "chosen" if rows else "all"}
    sent["row"] = [to_text(row) for row in rows]
    return anna.http.post(f"{LIST}/bulk?{query}", data=sent)


def owners(desk: Desk) -> dict[bytes, Stored]:
    table = desk.store.tables["customer"]
    with desk.store.engine.connect() as connection:
        return dict(map(tuple, connection.execute(sa.select(table.c.id, table.c.owner))))


def changesets(desk: Desk) -> int:
    with desk.store.engine.connect() as connection:
        return connection.scalar(sa.select(sa.func.count()).select_from(t.changeset)) or 0


def counts(page: str) -> dict[str, str]:
    """What the page says, by its heading."""
    return dict(re.findall(r"<dt>([^<]*)</dt><dd>(?:<strong>)?([^<]*)<", page))


def test_chosen_rows_go_to_somebody_else(desk: Desk) -> None:
    """What would happen on each device, then one changeset."""
    anna, world = desk.administrator(), desk.world
    ids = shops(desk, 4)
    for name in ("a", "b"):
        world.enrol(name).close()
    version = seen(anna.get(LIST).text)
    first = ask(anna, {"seen": version}, rows=(ids[0], ids[1])).text
    assert "2 rows are chosen" in first
    assert "Which column" in first
    form = {"seen": version, "field": "owner", "v.owner": "b"}
    page = ask(anna, form | {"do": "preview"}, rows=(ids[0], ids[1]))
    assert page.status_code == 200
    assert counts(page.text)["Rows that change"] == "2"
    lines = re.findall(r"<tr><td><a[^>]*>(\w+)</a></td><td>[^<]*</td>(.*?)</tr>", page.text)
    told = {who: re.findall(r">(\d+)<", cells)[:2] for who, cells in lines}
    assert told == {"a": ["0", "2"], "b": ["2", "0"]}
    assert set(owners(desk).values()) == {world.people["a"]}
    before = changesets(desk)
    done = ask(anna, form | {"do": "save"}, rows=(ids[0], ids[1]))
    assert "2 rows were changed" in done.text
    assert changesets(desk) == before + 1
    expected = [world.people["b"]] * 2 + [world.people["a"]] * 2
    assert [owners(desk)[i] for i in ids] == expected
    again = ask(anna, form | {"do": "save"}, rows=(ids[0], ids[1])).text  # the button, twice
    assert "0 rows were changed" in again
    assert "This was changed" not in again


def test_all_that_the_filter_finds(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    anna, world = desk.administrator(), desk.world
    ids = shops(desk, 7)
    version = seen(anna.get(f"{LIST}?q=Ulm").text)
    form = {"seen": version, "field": "active", "v.active": "false"}
    assert "3 rows were changed" in ask(anna, form | {"do": "save"}, "q=Ulm").text
    found = world.store.tables["customer"]
    with desk.store.engine.connect() as connection:
        off = set(connection.scalars(sa.select(found.c.id).where(found.c.active.is_(False))))
    assert off == {ids[1], ids[3], ids[5]}
    monkeypatch.setattr(bulk, "MOST", 5)
    refused = ask(anna, form | {"do": "save"})
    assert refused.status_code == 422
    assert "At most 5 rows are edited at once" in refused.text


def test_what_changed_meanwhile_is_named_and_left_out(desk: Desk) -> None:
    anna, world = desk.administrator(), desk.world
    ids = shops(desk, 3)
    version = seen(anna.get(LIST).text)
    world.update("customer", ids[1], city="Bonn")
    late = world.customer("a", "late")
    form = {"seen": version, "field": "owner", "v.owner": "b"}
    for do in ("preview", "save"):
        page = ask(anna, form | {"do": do}).text
        assert page.count("This was changed meanwhile.") == 2
        assert f'/customer/{to_text(ids[1])}">00001 · Shop</a>' in page
        assert f"/customer/{to_text(late)}" in page
    assert [owners(desk)[i] for i in (*ids, late)] == [
        world.people["b"], world.people["a"], world.people["b"], world.people["a"]
    ]  # fmt: skip


def test_what_a_user_may_not_edit_is_named_and_left_out(desk: Desk) -> None:
    """Lisa leads a and below. A row that she sees for another reason is not hers to edit."""
    office, world = desk.office, desk.world
    ids = shops(desk, 2)
    office.role(office.user("lisa", limit="a"), customer="view edit", employee="view edit")
    lisa = desk.signed_in("lisa")
    version = seen(lisa.get(LIST).text)
    form = {"seen": version, "field": "owner", "v.owner": "c"}
    foreign = world.customer("b", "foreign")
    page = ask(lisa, form | {"do": "save"}, rows=(ids[0], foreign)).text
    assert "1 row was changed" in page
    assert "1 is not there any more" in page
    assert owners(desk)[ids[0]] == world.people["c"]
    assert owners(desk)[foreign] == world.people["b"]
    answer = ask(lisa, form | {"v.owner": "b", "do": "save"}, rows=(ids[1],))
    assert answer.status_code == 422  # nobody whom she sees


def test_what_is_refused_is_named_and_left_out(desk: Desk) -> None:
    """Below a circle everything is refused: only who would close it is left out."""
    anna, world = desk.administrator(), desk.world
    table, rows = "/portal/data/employee", [to_text(world.people[name]) for name in ("a", "b")]
    sent = {
        "csrf": anna.csrf, "scope": "chosen", "row": rows, "seen": seen(anna.get(table).text),
        "do": "save", "field": "manager", "v.manager": "c",
    }  # fmt: skip
    page = anna.http.post(f"{table}/bulk", data=sent).text
    assert "1 row was changed" in page
    assert page.count("This would put a row above itself.") == 1
    anna.http.cookies.set("language", "de", path="/portal")
    page = anna.http.post(f"{table}/bulk", data=sent).text
    assert page.count("Damit stünde ein Datensatz über sich selbst.") == 1
    with desk.store.engine.connect() as connection:
        people = desk.store.tables["employee"]
        managers = dict(map(tuple, connection.execute(sa.select(people.c.id, people.c.manager))))
    assert managers[world.people["a"]] == world.people["boss"]
    assert managers[world.people["b"]] == world.people["c"]


def test_many_rows_are_asked_for_and_written_in_steps(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(large, "STEP_OPERATIONS", 4)
    monkeypatch.setattr(bulk, "ASKED", 5)
    anna, ids = desk.administrator(), shops(desk, 10)
    form = {"seen": seen(anna.get(LIST).text), "field": "owner", "v.owner": "b"}
    asked = ask(anna, form | {"do": "preview"}).text
    assert "Yes, 10 rows are meant." in asked
    for sure in ("", "9", "x"):
        page = ask(anna, form | {"do": "save", "sure": sure})
        assert (page.status_code, "Confirm that so many" in page.text) == (422, True)
    before = changesets(desk)
    assert "10 rows were changed" in ask(anna, form | {"do": "save", "sure": "10"}).text
    assert changesets(desk) == before + 3
    assert {owners(desk)[i] for i in ids} == {desk.world.people["b"]}


def test_bad_forms(desk: Desk) -> None:
    anna, ids = desk.administrator(), shops(desk, 1)
    version = seen(anna.get(LIST).text)
    good = {"seen": version, "field": "owner", "v.owner": "b", "do": "save"}
    for bad in (
        {"seen": "x"}, {"seen": "-1"}, {"seen": "99999999"}, {"seen": ""}, {"do": "x"},
        {"field": "number"}, {"field": "nothing"}, {"field": ""},
    ):  # fmt: skip
        assert ask(anna, good | bad, rows=(ids[0],)).status_code == 400, bad
    assert ask(anna, good, "q=nothing-like-this").status_code == 422
    assert ask(anna, good | {"v.owner": "nobody"}, rows=(ids[0],)).status_code == 422
    assert ask(anna, good | {"field": "name"}, rows=(ids[0],)).status_code == 422  # needed
    many = tuple(desk.world.environment.new_id() for _ in range(bulk.CHOSEN + 1))
    assert ask(anna, good, rows=many).status_code == 400
    assert anna.get(f"{LIST}/bulk").status_code == 303
    assert owners(desk)[ids[0]] == desk.world.people["a"]
    desk.office.role(desk.office.user("viewer"), customer="view")
    viewer = desk.signed_in("viewer")
    assert 'name="row"' not in viewer.get(LIST).text
    assert ask(viewer, good, rows=(ids[0],)).status_code == 404


def test_what_changes_at_the_very_moment_is_left_out(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between planning and the commit: the write path tells."""
    anna, world, ids = desk.administrator(), desk.world, shops(desk, 3)
    form = {"seen": seen(anna.get(LIST).text), "field": "owner", "v.owner": "b", "do": "save"}

    def late(*args: object) -> object:
        made = bulk_edit.plan(*args)  # type: ignore[arg-type]
        world.update("customer", ids[1], owner=world.people["boss"])
        return made

    monkeypatch.setattr(bulk, "plan", late)
    page = ask(anna, form).text
    assert "2 rows were changed" in page
    assert page.count("This was changed meanwhile.") == 1
    b, boss = world.people["b"], world.people["boss"]
    assert [owners(desk)[i] for i in ids] == [b, boss, b]

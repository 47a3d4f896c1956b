"""Changesets and upserts: atomic, judged as every other, once however often they are sent."""

from __future__ import annotations

import threading
from typing import Any

import httpx2

from syncengine.model.fields import Stored
from syncengine.model.ids import to_text
from syncengine.store.scope import Scope
from tests.api.conftest import Desk, System


def _codes(answer: httpx2.Response) -> list[tuple[int, str]]:
    assert answer.headers["content-type"] == "application/problem+json"
    return [(e["operation"], e["code"]) for e in answer.json()["errors"]]


def _upsert(entity: str, key: str, **values: object) -> dict[str, Any]:
    return {"action": "upsert", "entity": entity, "key": key, "values": values}


def test_an_upsert_is_one_change_however_often_it_is_sent(desk: Desk) -> None:
    """ "The same request twice is one change": by the row's key alone, without any header."""
    system = desk.system()
    first = system.put("market", "M/1 Süd", name="South")
    assert first.status_code == 201
    version = desk.store.status().version
    again = system.put("market", "M/1 Süd", name="South")
    assert (again.status_code, again.json()["version"]) == (200, None)
    assert again.json()["rows"][0]["id"] == first.json()["rows"][0]["id"]
    assert desk.store.status().version == version
    edited = system.put("market", "M/1 Süd", country="AT")
    assert edited.json()["rows"][0]["action"] == "update"
    row = system.rows("/rows/market/key/M%2F1%20S%C3%BCd")
    assert row["values"] == {"number": "M/1 Süd", "name": "South", "parent": None, "country": "AT"}
    assert row["version"] == edited.json()["version"]


def test_a_repeated_key_gets_the_same_answer_whatever_happened_since(desk: Desk) -> None:
    """Invariants 3 and 4: also of a request that changed nothing, and after others have written."""
    system = desk.system()
    first = system.put("market", "M", key="k1", name="South")
    nothing = system.put("market", "M", key="k2", name="South")
    system.put("market", "M", name="North")
    assert system.put("market", "M", key="k1", name="South").json() == first.json()
    assert system.put("market", "M", key="k1", name="South").status_code == 201
    assert system.put("market", "M", key="k2", name="South").json() == nothing.json()
    assert system.rows("/rows/market/key/M")["values"]["name"] == "North"
    for other in (system.put("market", "M", key="k1", name="West"),
                  system.put("market", "N", key="k1", name="South")):  # fmt: skip
        assert (other.status_code, other.json()["code"]) == (409, "push.id_reused")
    stranger = desk.system()
    assert stranger.put("market", "S", key="k1", name="South").status_code == 201


def test_a_changeset_is_all_or_nothing_and_may_build_on_itself(desk: Desk) -> None:
    """Keys name rows that the same changeset makes, in any order."""
    system, world = desk.system(), desk.world
    made = system.write(
        _upsert("customer", "C", name="Shop", active=True, market={"key": "M"},
                owner={"key": "a"}, annual_sales="12.50"),
        _upsert("market", "M", name="South", parent={"key": "T"}),
        _upsert("market", "T", name="Top"),
    )  # fmt: skip
    assert made.status_code == 200, made.text
    customer, market, _ = (row["id"] for row in made.json()["rows"])
    row = system.rows(f"/rows/customer/{customer}")
    assert (row["values"]["market"], row["values"]["annual_sales"]) == (market, "12.50")
    assert row["values"]["owner"] == to_text(world.people["a"])
    version = desk.store.status().version
    refused = system.write(
        {"action": "update", "entity": "customer", "id": customer, "values": {"phone": "1"}},
        {"action": "delete", "entity": "market", "key": "M"},
    )
    assert (refused.status_code, _codes(refused)) == (422, [(1, "row.in_use")])
    assert desk.store.status().version == version
    gone = system.write(
        {"action": "delete", "entity": "customer", "key": "C"},
        {"action": "delete", "entity": "market", "key": "M"},
    )
    assert gone.status_code == 200
    assert system.get("/rows/market/key/M").status_code == 404


def test_an_expected_version_that_is_no_more_is_a_conflict_with_both(small: Desk) -> None:
    system = small.system()
    version = system.put("market", "M", name="South").json()["version"]
    good = system.put("market", "M", version=version, name="North").json()["version"]
    conflict = system.put("market", "M", version=version, name="West")
    assert (conflict.status_code, conflict.json()["code"]) == (409, "row.changed")
    (current,) = conflict.json()["current"]
    assert (current["expected"], current["row"]["version"]) == (version, good)
    assert current["row"]["values"]["name"] == "North"
    row = system.rows("/rows/market/key/M")["id"]
    deleting = {"action": "delete", "entity": "market", "id": row}
    assert system.write({**deleting, "version": version}).status_code == 409
    assert system.write({**deleting, "version": good}).status_code == 200
    absent = system.put("market", "M", version=good, name="West")
    assert (absent.status_code, absent.json()["code"]) == (404, "row.unknown")


def test_of_many_upserts_of_a_new_key_at_once_there_is_one_row(desk: Desk) -> None:
    system = desk.system()
    answers: list[httpx2.Response] = []

    def put(name: str) -> None:
        answers.append(system.put("market", "M", name=name))

    threads = [threading.Thread(target=put, args=(name,)) for name in "abcdef"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer.status_code for answer in answers) == [200] * 5 + [201]
    assert len(system.rows("/rows/market")["rows"]) == 1


def test_an_insert_under_an_own_id_and_with_a_key_that_is_taken(small: Desk) -> None:
    system = small.system()
    own = to_text(small.world.environment.new_id())
    insert = {"action": "insert", "entity": "market", "values": {"number": "M", "name": "South"}}
    assert system.write({**insert, "id": own}).json()["rows"][0]["id"] == own
    again = system.write(insert)
    assert (again.status_code, again.json()["errors"][0]["field"]) == (409, "number")
    assert again.json()["code"] == "key.taken"
    same = system.write({**insert, "id": own, "values": {"number": "N", "name": "South"}})
    assert (same.status_code, same.json()["code"]) == (409, "row.exists")
    twice = system.write({"action": "insert", "entity": "market", "values": {
        "number": "T", "name": "x"}}, _upsert("market", "T", name="y"))  # fmt: skip
    assert _codes(twice) == [(1, "key.twice")]


def test_an_update_may_give_another_key(small: Desk) -> None:
    system = small.system()
    row = system.put("market", "M", name="South").json()["rows"][0]["id"]
    edit = {"action": "update", "entity": "market", "key": "M", "values": {"number": "N"}}
    assert system.write(edit).status_code == 200
    assert system.rows("/rows/market/key/N")["id"] == row
    assert system.write(edit).status_code == 404


def test_all_that_is_wrong_is_named_at_once(small: Desk) -> None:
    system = small.system()
    unknown = system.write(
        _upsert("customer", "C", name="x", phon="1", foo=2), {"action": "fly"},
        _upsert("nothing", "C"), _upsert("office_user", "anna"), _upsert("purchase_price", "P"),
    )  # fmt: skip
    assert unknown.status_code == 422
    assert _codes(unknown) == [
        (0, "field.unknown"), (0, "field.unknown"), (1, "request.invalid"), (2, "entity.unknown"),
        (3, "entity.unknown"), (4, "request.invalid"),
    ]  # fmt: skip
    assert [e.get("field") for e in unknown.json()["errors"][:2]] == ["foo", "phon"]
    values = system.write(
        _upsert("customer", "C", name=None, active=1, annual_sales=1.5, latitude="1e5"),
        _upsert("customer", "D", name="x", active=True, staff=-1, market={"key": "none"}),
        _upsert("customer", "E", name="x"),
    )  # fmt: skip
    assert {(e["operation"], e.get("field")) for e in values.json()["errors"]} >= {
        (0, "active"), (0, "annual_sales"), (0, "latitude"), (0, "name"),
        (1, "staff"), (1, "market"), (2, "active"),
    }  # fmt: skip


def test_what_the_user_may_not_do_is_refused_as_everywhere(desk: Desk) -> None:
    """Invariant 9 for writes: another's row answers like one that is not there."""
    world = desk.world
    mine, theirs = world.customer("a", "1"), world.customer("b", "2")
    limited = desk.system(limit="a", customer="view edit")
    edit = {"action": "update", "entity": "customer", "values": {"phone": "5"}}
    assert limited.write({**edit, "id": to_text(mine)}).status_code == 200
    nothing = to_text(world.environment.new_id())
    foreign, absent = (limited.write({**edit, "id": row}) for row in (to_text(theirs), nothing))
    assert foreign.status_code == 404
    assert foreign.text == absent.text
    keyed = [limited.write({**edit, "key": key}) for key in ("2", "9")]
    assert [a.status_code for a in keyed] == [404, 404]
    assert keyed[0].text == keyed[1].text.replace("9", "2")
    denied = limited.write({"action": "delete", "entity": "customer", "id": to_text(mine)})
    assert (denied.status_code, denied.json()["code"]) == (403, "access.denied")
    before = desk.store.status().version
    away = {
        "action": "update",
        "entity": "customer",
        "id": to_text(mine),
        "values": {"owner": None},
    }
    beyond = limited.write(away)
    assert (beyond.status_code, beyond.json()["code"]) == (403, "access.beyond")
    assert desk.store.status().version == before


def test_rights_are_those_of_the_moment(small: Desk) -> None:
    """A token carries no rights of its own: what its user loses, it loses."""
    system: System = small.system(market="view add edit")
    assert system.put("market", "M", name="South").status_code == 201
    user = small.office.users["system1"]
    denied: dict[str, Stored] = {"user": user, "entity": "market", "edit": False}
    small.world.write([small.office.right("office_user_right", denied)])
    assert system.put("market", "M", name="North").status_code == 403
    small.world.update("office_user", user, active=False)
    assert system.get("/schema").status_code == 401


def test_the_history_names_user_and_token(small: Desk) -> None:
    system = small.system()
    row = system.put("market", "M", name="South").json()["rows"][0]["id"]
    (entry,) = system.rows(f"/rows/market/{row}/history")["entries"]
    assert (entry["user"], entry["label"], entry["source"]) == ("system1", "API: ERP", "office")


def test_a_read_only_token_writes_nothing(small: Desk) -> None:
    system = small.system(scope=Scope())
    before = small.store.status().version
    assert system.put("market", "M", name="South").status_code == 403
    assert small.store.status().version == before

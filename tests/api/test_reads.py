"""Lists, rows, history and the feed, with the rights of the token's user."""

from __future__ import annotations

import pytest

from syncengine.model.ids import to_text
from syncengine.store.compaction import Retention, compact
from syncengine.store.scope import Scope
from tests.api.conftest import Desk, System
from tests.support.wire import NaiveDevice

YEAR = 366 * 24 * 3600 * 1_000_000


def _numbers(answer: dict[str, list[dict[str, dict[str, str]]]]) -> list[str]:
    return [row["values"]["number"] for row in answer["rows"]]


def test_a_list_is_filtered_searched_sorted_and_paged(desk: Desk) -> None:
    """The same as in the portal (store/listing.py); a page begins behind the one before."""
    world, system = desk.world, desk.system()
    for number, sales, owner in (
        ("1", 300, "a"),
        ("2", 100, "a"),
        ("3", None, "b"),
        ("4", 200, "a"),
    ):
        world.insert("customer", number=number, name=f"Shop {number}", active=number != "4",
                     annual_sales=sales, owner=world.people[owner])  # fmt: skip
    assert _numbers(system.rows("/rows/customer", sort="annual_sales")) == ["2", "4", "1", "3"]
    assert _numbers(system.rows("/rows/customer", sort="number", desc="true")) == list("4321")
    assert _numbers(system.rows("/rows/customer", q="hop 3")) == ["3"]
    assert _numbers(system.rows("/rows/customer", f__active="false")) == ["4"]
    assert _numbers(system.rows("/rows/customer", f__annual_sales="1.00")) == ["2"]
    assert _numbers(system.rows("/rows/customer", f__annual_sales="")) == ["3"]
    assert _numbers(system.rows("/rows/customer", f__number="3", f__active="true")) == ["3"]
    mine = {"f__owner": to_text(world.people["a"]), "sort": "annual_sales"}
    page = system.rows("/rows/customer", limit=2, **mine)
    assert _numbers(page) == ["2", "4"]
    page = system.rows("/rows/customer", limit=2, after=page["after"], **mine)
    assert (_numbers(page), page["after"]) == (["1"], None)


def test_values_travel_as_text_that_keeps_them(desk: Desk) -> None:
    """Decimals with their places, times with their zone, ids and days as text; never a float."""
    world, system = desk.world, desk.system()
    customer = world.customer(
        "a", "1", annual_sales=9_000_000_000_000_000_001, latitude=-48_208_174
    )
    meeting = world.insert(
        "appointment", customer=customer, employee=world.people["a"], subject="Ü & <b>",
        starts_at=1_790_000_000_000_001, active=True,
    )  # fmt: skip
    values = system.rows(f"/rows/customer/{to_text(customer)}")["values"]
    assert values["annual_sales"] == "90000000000000000.01"
    assert values["latitude"] == "-48.208174"
    assert values["owner"] == to_text(world.people["a"])
    row = system.rows(f"/rows/appointment/{to_text(meeting)}")
    assert row["values"]["starts_at"] == "2026-09-21T14:13:20.000001Z"
    assert row["values"]["subject"] == "Ü & <b>"
    world.update("appointment", meeting, starts_at=1_790_000_000_000_000)
    entry = system.rows(f"/rows/appointment/{to_text(meeting)}/history")["entries"][0]
    assert entry["before"] == {"starts_at": "2026-09-21T14:13:20.000001Z"}
    assert entry["after"] == {"starts_at": "2026-09-21T14:13:20Z"}


def test_what_the_user_may_not_see_is_not_there(desk: Desk) -> None:
    """Invariant 9: another's row and one that is not there, of whatever kind, answer alike."""
    world = desk.world
    mine, theirs = world.customer("a", "1"), world.customer("b", "2")
    limited = desk.system(limit="a", customer="view", employee="view")
    assert _numbers(limited.rows("/rows/customer")) == ["1"]
    assert limited.get(f"/rows/customer/{to_text(mine)}").status_code == 200
    assert limited.get("/rows/customer/key/1").json()["id"] == to_text(mine)
    nothing = to_text(world.environment.new_id())
    bodies = {
        limited.get(path).text
        for path in (
            f"/rows/customer/{to_text(theirs)}", f"/rows/customer/{nothing}", "/rows/customer/x",
            "/rows/customer/key/2", "/rows/customer/key/9", "/rows/nothing", "/rows/market",
            f"/rows/customer/{to_text(theirs)}/history", f"/rows/market/{nothing}",
            "/rows/office_user",
        )
    }  # fmt: skip
    assert len(bodies) == 1
    assert '"status":404' in bodies.pop()
    assert [e["name"] for e in limited.rows("/schema")["entities"]] == ["employee", "customer"]
    refused = limited.get("/changes")
    assert (refused.status_code, refused.json()["code"]) == (403, "changes.limited")


def test_no_token_sees_users_and_their_rights(small: Desk) -> None:
    system = small.system()
    assert system.get("/rows/office_user").status_code == 404
    assert not [e for e in system.rows("/schema")["entities"] if e["name"].startswith("office")]
    assert "office" not in str(system.rows("/openapi.json")["paths"])


def test_a_read_only_token_of_some_entities(small: Desk) -> None:
    system = small.system(scope=Scope(True, frozenset({"market"})))
    (entity,) = system.rows("/schema")["entities"]
    assert (entity["name"], entity["rights"], entity["key"]) == ("market", ["view"], "number")
    document = system.rows("/openapi.json")
    assert "/changesets" not in document["paths"]
    assert "put" not in document["paths"]["/rows/market/key/{key}"]
    refused = system.put("market", "M", name="South")
    assert (refused.status_code, refused.json()["code"]) == (403, "access.denied")


def test_a_history_is_read_page_by_page_and_outlives_its_row(desk: Desk) -> None:
    world, system = desk.world, desk.system()
    customer = world.customer("a", "1")
    path = f"/rows/customer/{to_text(customer)}/history"
    for phone in "123":
        world.update("customer", customer, phone=phone)
    world.write([desk.office.delete("customer", customer)])
    seen: list[str] = []
    before: dict[str, object] = {}
    while True:
        page = system.rows(path, limit=2, **before)
        seen += [entry["action"] for entry in page["entries"]]
        if page["before"] is None:
            break
        before = {"before": page["before"]}
    assert seen == ["delete", "update", "update", "update", "insert"]


def test_the_history_tells_a_devices_work_and_what_it_lost(small: Desk) -> None:
    """Who, for whom, when it was made and when it came; a value that did not prevail."""
    world = small.world
    customer = world.customer("a", "1", phone="1")
    device = NaiveDevice(world, "a")
    device.sync()
    work = device.changeset(device.update("customer", customer, phone="3", city="Ulm"))
    world.update("customer", customer, phone="2")
    device.push(work)
    path = f"/rows/customer/{to_text(customer)}/history"
    entry = small.system().rows(path)["entries"][0]
    assert (entry["source"], entry["actor"], entry["user"]) == ("device", "a", None)
    assert entry["device_time"].endswith("Z")
    assert entry["after"] == {"city": "Ulm"}
    assert entry["losses"] == [{"field": "phone", "lost": "3", "kept": "2"}]


def test_a_copy_follows_the_changes(desk: Desk) -> None:
    """The place first, then the lists, then what changed since."""
    world, system = desk.world, desk.system()
    since = system.rows("/changes")["since"]
    first, second = world.customer("a", "1"), world.customer("a", "2")
    world.update("customer", first, phone="5")
    world.write([desk.office.delete("customer", second)])
    told, more = [], True
    while more:
        page = system.rows("/changes", since=since, limit=1)
        since, more = page["since"], page["more"]
        told += [(c["id"], c["deleted"]) for c in page["changes"]]
    one, two = to_text(first), to_text(second)
    assert told == [(one, False), (two, False), (one, False), (two, True)]
    assert system.rows("/changes", since=since) == {"changes": [], "since": since, "more": False}
    world.insert("market", number="M", name="South")
    assert system.rows("/changes", since=since, entity="customer")["changes"] == []


def test_a_place_that_compaction_has_overtaken_says_so(desk: Desk) -> None:
    world, system = desk.world, desk.system()
    since = system.rows("/changes")["since"]
    world.customer("a", "1")
    desk.office.time.now += YEAR
    system = desk.system()  # the first one's token has ended meanwhile
    world.customer("a", "2")
    compact(desk.store, Retention(left=1, answers=1, history=YEAR // 2))
    refused = system.get("/changes", since=since)
    assert (refused.status_code, refused.json()["code"]) == (410, "changes.resync")
    assert system.rows("/changes", since=system.rows("/changes")["since"])["changes"] == []


@pytest.mark.parametrize("kind", ["head", "get"])
def test_head_is_answered_as_get_is(small: Desk, kind: str) -> None:
    assert small.system().ask(kind.upper(), "/schema").status_code == 200


def test_a_key_that_two_rows_have_is_ambiguous(small: Desk) -> None:
    """The engine keeps keys unique for those who expect it, and the portal lets people be."""
    for _ in range(2):
        small.world.insert("market", number="M", name="South")
    system: System = small.system()
    answer = system.get("/rows/market/key/M")
    assert (answer.status_code, answer.json()["code"]) == (409, "key.ambiguous")
    answer = system.put("market", "M", name="North")
    assert (answer.status_code, answer.json()["code"]) == (409, "key.ambiguous")

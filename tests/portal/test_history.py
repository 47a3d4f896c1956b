"""The history's search, and verifying its chain, as pages."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from server.portal import chain
from syncengine.store import tables as t
from syncengine.store.database import writing
from tests.portal.conftest import Desk, inputs
from tests.portal.test_data import CANARY, place
from tests.portal.test_holding import text


def test_results_tell_who_and_what_and_lead_to_records(desk: Desk) -> None:
    anna, world = desk.administrator(), desk.world
    shop = world.customer("a", "1", city="Ulm")
    other = world.customer("b", "2", city="Bonn")
    anna.save(place("customer", shop), city="Köln", annual_sales="1,234.50")
    anna.post(f"{place('customer', other)}/delete")
    page = anna.get("/portal/history?who=anna").text
    assert "Ulm</del> → Köln" in page
    assert f'href="{place("customer", shop)}"' in page
    assert f'href="{place("customer", other)}"' not in page
    assert "Customer 2 (deleted)" in text(page)
    for query, found in (
        ("value=köln", True), ("field=city&value=ulm", True), ("field=name&value=ulm", False),
        ("entity=customer&field=annual_sales&value=1,234.50", True), ("entity=market", False),
        ("who=a&value=köln", False), ("since=2999-01-01", False), ("until=2999-01-01&q=", True),
        ("entity=customer&field=owner&value=a", False),
    ):  # fmt: skip
        assert ("→ Köln" in anna.get(f"/portal/history?{query}").text) is found, query
    owned = anna.get("/portal/history?entity=customer&field=owner&value=a").text
    assert "Customer" in text(owned)


def test_what_is_no_search_is_told(desk: Desk) -> None:
    anna = desk.administrator()
    for query, wrong in (
        ("who=nobody-at-all", "who-wrong"), ("since=yesterday", "since-wrong"),
        ("until=9999-12-31", "until-wrong"),
    ):  # fmt: skip
        answer = anna.get(f"/portal/history?{query}")
        assert (answer.status_code, f'id="{wrong}"' in answer.text) == (422, True), query
    for query in ("entity=nothing", "field=nothing", "after=1", "after=x.y", f"after={'9' * 20}.1"):
        assert anna.get(f"/portal/history?{query}").status_code == 400, query


def test_pages_of_results_go_on(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    from server.portal import history

    monkeypatch.setattr(history, "FOUND", 2)
    anna, world = desk.administrator(), desk.world
    for number in range(3):
        world.insert("market", number=f"m{number}", name="M")
    page = anna.get("/portal/history?entity=market").text
    assert (">m2 ·" in page, ">m0 ·" in page) == (True, False)
    following = page.partition('rel="next"')[0].rpartition('href="')[2].partition('"')[0]
    page = anna.get(following.replace("&amp;", "&")).text
    assert (">m2 ·" in page, ">m0 ·" in page) == (False, True)
    assert 'href="/portal/history?entity=market"' in page


def test_a_limited_user_finds_their_own_alone(desk: Desk) -> None:
    world, office = desk.world, desk.office
    world.customer("a", "1", city="Mine")
    world.customer("b", "2", city="Hidden")
    office.role(office.user("bert", limit="a"), customer="view")
    bert = desk.signed_in("bert")
    page = bert.get("/portal/history").text
    assert "Mine" in page
    assert "Hidden" not in page
    assert bert.get("/portal/history?entity=employee").status_code == 400
    assert bert.get("/portal/history/chain").status_code == 404
    assert bert.post("/portal/history/chain").status_code == 404


def test_the_chain_is_verified_in_pieces_and_a_break_is_told(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Invariant 26. The page that shows how far it is carries what goes on from there."""
    monkeypatch.setattr(chain, "AT_ONCE", 3)
    anna, path, pieces = desk.administrator(), "/portal/history/chain", 0
    page = anna.post(path).text
    while "Verified up to version" in page:
        pieces += 1
        page = anna.post(path, after=inputs(page)["after"]).text
    assert "The history is whole." in page
    assert pieces == (desk.store.status().version - 1) // 3
    assert anna.post(path, after="x").status_code == 400
    assert anna.post(path, csrf="forged").status_code == 403
    c = t.changeset.c
    with writing(desk.store.engine) as connection:
        connection.execute(sa.update(t.changeset).where(c.version == 2).values(id=bytes(16)))
    assert "The chain is broken at version 2." in anna.post(path).text


def test_script_from_a_device_stays_inert_in_the_history(desk: Desk) -> None:
    anna, world = desk.administrator(), desk.world
    shop = world.customer("a", "1")
    device = world.enrol("a", name="tablet")
    device.sync()
    with device.changeset() as changes:
        changes.update("customer", shop, name=CANARY, remark=CANARY)
    device.sync()
    device.close()
    page = anna.get(
        "/portal/history",
    ).text
    assert "&lt;script&gt;" in page
    assert "<script>alert" not in page
    assert "<script>alert" not in anna.get(f"/portal/history?value={CANARY[:30]}&who=a").text

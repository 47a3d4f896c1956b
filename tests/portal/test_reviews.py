"""Deciding what waits: side by side, field by field, several at once (D1); who may, and who not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from modules.masterdata.manifest import MASTERDATA
from modules.office.manifest import OFFICE
from syncengine.model.entity import Action
from syncengine.model.fields import Stored
from syncengine.model.ids import to_text
from syncengine.model.manifest import Schema
from syncengine.store.database import reading
from syncengine.store.history import history
from syncengine.store.review_queue import accept, entries, show
from syncengine.store.reviews import Kind
from tests.accounts.office import Office
from tests.portal.conftest import Desk, Visitor, inputs
from tests.portal.test_data import CANARY
from tests.support.wire import NaiveDevice
from tests.tallies.module import TALLIES


@pytest.fixture
def tallies(tmp_path: Path) -> Iterator[Desk]:
    """With a module that leaves some conflicts to people."""
    schema = Schema((MASTERDATA, OFFICE, TALLIES))
    office = Office(f"sqlite:///{tmp_path / 'server.db'}", tmp_path, schema)
    yield Desk(office)
    office.world.close()


class Rep:
    """A device of `a` whose work comes late."""

    def __init__(self, desk: Desk) -> None:
        self.world, self.store = desk.world, desk.store
        self.device = NaiveDevice(desk.world, "a")

    def late(self, shop: bytes | None = None, **values: Stored) -> int:
        """The number of new work on a customer that went to `b` before it came."""
        shop = shop or self.world.customer("a", "1", name="Shop", city="Ulm")
        self.device.sync()
        self.device.sync()
        self.world.update("customer", shop, owner=self.world.people["b"])
        operation = self.device.update("customer", shop, **values)
        (verdict,) = self.device.push(self.device.changeset(operation))
        assert verdict.outcome == "quarantined"
        return entries(self.store, Kind.QUARANTINE, False, 100)[0][-1].number


def place(number: int, kind: Kind = Kind.QUARANTINE) -> str:
    return f"/portal/reviews/{kind}/{number}"


def form(visitor: Visitor, path: str) -> dict[str, str]:
    """What a browser would send of it: of radio buttons the chosen one."""
    page = visitor.get(path).text
    found = {n: v for n, v in inputs(page).items() if not n.startswith("take.")}
    radio = r'type="radio"[^>]*name="(take\.[^"]*)" value="([^"]*)"[^>]* checked'
    return found | dict(re.findall(radio, page))


def choose(visitor: Visitor, path: str, **fields: str) -> tuple[int, str]:
    """Open the form and send it with some of it changed; in names `__` is a dot."""
    named = {name.replace("__", "."): value for name, value in fields.items()}
    answer = visitor.http.post(path, data={**form(visitor, path), "do": "choose", **named})
    return answer.status_code, answer.headers.get("location", answer.text)


def city(desk: Desk) -> dict[str, object]:
    """The newest change of a customer."""
    newest = history(desk.store, desk.store.schema.tags["customer"], limit=1)[0]
    return {"user": newest.user, "actor": newest.actor, **newest.after}


def test_values_stand_side_by_side_with_names(desk: Desk) -> None:
    anna, rep, world = desk.administrator(), Rep(desk), desk.world
    market = world.insert("market", number="m7", name="Harbour <b>")
    number = rep.late(city="Bonn", market=market)
    world.update("customer", rep.world.customer("b", "2"), city="x")
    page = anna.get(place(number)).text
    for text in ("Ulm", "Bonn", "m7 · Harbour &lt;b&gt;", "Before", "Now in the office"):
        assert text in page, text
    assert to_text(market) not in page
    listed = anna.get("/portal/reviews?kind=quarantine").text
    assert f'href="{place(number)}">Customer 1 · Shop</a>' in listed


def test_fields_are_decided_one_by_one(desk: Desk) -> None:
    """Of one the device's value, of one the office's, of one a third."""
    anna, rep = desk.administrator(), Rep(desk)
    number = rep.late(city="Bonn", phone="1", street="Device Street")
    done = choose(anna, place(number), take__0__phone="now", take__0__street="own",
                  v__0__street="Office Street")  # fmt: skip
    assert done == (303, f"/portal/reviews?kind=quarantine&done={number}")
    expected = {"user": "anna", "actor": "a", "city": "Bonn", "street": "Office Street"}
    assert city(desk) == expected
    assert show(desk.store, Kind.QUARANTINE, number).entry.state == "edited"
    assert "is decided" in anna.get(done[1]).text
    page = anna.get(place(number)).text
    assert "accepted with other values" in page
    assert "anna" in page
    assert '<button class="btn btn-primary" name="do"' not in page


def test_as_entered_is_accepted_and_all_of_the_offices_is_rejected(desk: Desk) -> None:
    anna, rep = desk.administrator(), Rep(desk)
    one = rep.late(city="Bonn")
    assert choose(anna, place(one))[0] == 303
    assert show(desk.store, Kind.QUARANTINE, one).entry.state == "accepted"
    other = rep.late(rep.world.customer("a", "2"), city="Aalen")
    status, page = choose(anna, place(other), take__0__city="now")
    assert (status, 'id="reason-wrong"' in page) == (422, True)
    assert choose(anna, place(other), take__0__city="now", reason="no")[0] == 303
    assert show(desk.store, Kind.QUARANTINE, other).entry.state == "rejected"
    decided = anna.get("/portal/reviews?kind=quarantine&decided=1").text
    assert "rejected: no" in decided


def test_what_does_not_fit_is_told_beside_its_field(desk: Desk) -> None:
    """What was typed, and what the engine says; the entry goes on waiting."""
    anna, rep, world = desk.administrator(), Rep(desk), desk.world
    market = world.insert("market", number="m7", name="Harbour")
    number = rep.late(city="Bonn", staff=3, market=market)
    typed = {"take__0__staff": "own", "v__0__staff": "many", "take__0__market": "own"}
    status, page = choose(anna, place(number), **typed, v__0__market="nowhere")
    assert status == 422
    assert 'id="v.0.staff-wrong"' in page
    assert 'id="v.0.market-wrong"' in page
    assert 'value="many"' in page
    world.write([desk.office.delete("market", market)])
    status, page = choose(anna, place(number))
    assert (status, 'id="v.0.market-wrong"' in page) == (422, True)
    assert show(desk.store, Kind.QUARANTINE, number).entry.state == "open"
    assert choose(anna, place(number), take__0__market="own", v__0__market="")[0] == 303


def test_whoever_comes_second_is_told(desk: Desk) -> None:
    """A row that changed meanwhile is shown anew; an entry that was decided says by whom."""
    anna, rep = desk.administrator(), Rep(desk)
    shop = rep.world.customer("a", "1", city="Ulm")
    number = rep.late(shop, city="Bonn")
    mine = form(anna, place(number)) | {"do": "accept"}
    rep.world.update("customer", shop, city="Aalen")
    stale = anna.http.post(place(number), data=mine)
    assert stale.status_code == 409
    assert "Aalen" in stale.text
    assert "changed this meanwhile" in stale.text
    mine = inputs(stale.text) | {"do": "accept", "take.0.city": "device"}
    accept(desk.store, Kind.QUARANTINE, number, user=desk.office.users["anna"])
    late = anna.http.post(place(number), data=mine)
    assert late.status_code == 409
    assert "decided this meanwhile" in late.text
    assert "accepted as it was entered" in late.text
    several = anna.post("/portal/reviews?kind=quarantine", number=str(number), do="accept")
    assert several.status_code == 422
    assert "decided this meanwhile" in several.text


def test_several_are_decided_each_by_itself(desk: Desk) -> None:
    anna, rep, world = desk.administrator(), Rep(desk), desk.world
    market = world.insert("market", number="m7", name="Harbour")
    shops = [world.customer("a", str(n)) for n in range(3)]
    numbers = [
        rep.late(shops[0], city="Bonn"), rep.late(shops[1], market=market),
        rep.late(shops[2], city="Ulm"),
    ]  # fmt: skip
    world.write([desk.office.delete("market", market)])
    path, before = "/portal/reviews?kind=quarantine", desk.store.status().version
    for sent in ({"do": "accept"}, {"do": "reject", "number": str(numbers[0])}):
        refused = anna.http.post(path, data={"csrf": anna.csrf, **sent})
        assert (refused.status_code, 'id="reason-wrong"' in refused.text) == (422, True)
    chosen = [str(n) for n in (*numbers, 999)]
    answer = anna.http.post(path, data={"csrf": anna.csrf, "do": "accept", "number": chosen})
    assert answer.status_code == 422
    marks = re.findall(r'<li class="(yes|no)">.*?>No\. (\d+)<', answer.text)
    expected = ["yes", "no", "yes", "no"]
    assert marks == [(m, n) for m, n in zip(expected, chosen, strict=True)]
    assert desk.store.status().version == before + 2  # a changeset each
    assert [e.number for e in entries(desk.store, Kind.QUARANTINE, False, 9)[0]] == [numbers[1]]


def test_only_who_may_change_the_rows_decides(desk: Desk) -> None:
    """The engine decides; the page offers nothing that it would refuse."""
    rep, office = Rep(desk), desk.office
    number = rep.late(city="Bonn")
    office.role(office.user("reader"), customer="view", employee="view")
    office.role(office.user("limited", limit="boss"), customer="view edit")
    office.role(office.user("blind"), employee="view")
    reader, before = desk.signed_in("reader"), desk.store.status().version
    page = reader.get(place(number)).text
    assert "Your rights do not allow you to decide this" in page
    assert 'name="do"' not in page
    seal = inputs(page)["seal"]
    for do in ("accept", "reject"):
        assert reader.post(place(number), do=do, seal=seal, reason="no").status_code == 403
    several = reader.post("/portal/reviews?kind=quarantine", number=str(number), do="accept")
    assert "Your rights do not allow this" in several.text
    for name in ("limited", "blind"):
        visitor = desk.signed_in(name)
        assert visitor.get(place(number)).status_code == 404
        assert visitor.post(place(number), do="accept").status_code == 404
    assert desk.store.status().version == before


def test_what_no_form_of_ours_sends_is_refused(desk: Desk) -> None:
    anna, rep = desk.administrator(), Rep(desk)
    number = rep.late(city="Bonn")
    for path, status in (
        ("/portal/reviews?kind=nothing", 400), ("/portal/reviews/nothing/1", 400),
        (place(999), 404), (place(number, Kind.CONFLICT), 404),
        ("/portal/reviews/quarantine/1'--", 400), (f"/portal/reviews/quarantine/{10**30}", 400),
    ):  # fmt: skip
        assert anna.get(path).status_code == status, path
    for sent in ({"do": "drop"}, {"do": "accept", "take.0.city": "x"},
                 {"do": "reject", "reason": "x" * 501}):  # fmt: skip
        assert anna.http.post(place(number), data={"csrf": anna.csrf, **sent}).status_code == 400
    assert anna.post(place(number), csrf="forged", do="accept").status_code == 403
    assert anna.post(place(number), origin="http://elsewhere.example").status_code == 403
    assert show(desk.store, Kind.QUARANTINE, number).entry.state == "open"


def test_script_from_a_device_stays_inert(desk: Desk) -> None:
    anna, rep = desk.administrator(), Rep(desk)
    number = rep.late(name=CANARY, remark=CANARY)
    for path in (place(number), "/portal/reviews?kind=quarantine"):
        page = anna.get(path).text
        assert "<script>alert" not in page
        assert "<img src=x" not in page
    assert "&lt;script&gt;alert(1)" in anna.get(place(number)).text


def test_a_conflict_that_people_decide(tallies: Desk) -> None:
    """A value typed into a conflict stands, whatever the field's rule."""
    anna, world = tallies.administrator(), tallies.world
    device, row = NaiveDevice(world, "a"), world.insert("tally", iban="DE1", pieces=10)
    device.sync()
    device.sync()
    world.update("tally", row, iban="DE2")
    device.push(device.changeset(device.update("tally", row, iban="DE3", pieces=12)))
    (entry,), _ = entries(tallies.store, Kind.CONFLICT, False, 9)
    path = place(entry.number, Kind.CONFLICT)
    page = anna.get(path).text
    assert all(text in page for text in ("DE1", "DE2", "DE3"))
    assert "12" not in re.findall(r'class="value">([^<]*)', page)  # only the conflict waits
    assert choose(anna, path, take__0__iban="own", v__0__iban="DE9")[0] == 303
    newest = history(tallies.store, tallies.store.schema.tags["tally"], row)[0]
    assert (newest.user, newest.after) == ("anna", {"iban": "DE9"})


def test_a_deletion_is_accepted_with_the_fields_beside_it(tallies: Desk) -> None:
    """Choosing the office's value of every field does not choose against the deletion."""
    anna, world = tallies.administrator(), tallies.world
    device, owner = NaiveDevice(world, "a"), world.people["a"]
    task, errand = (world.insert(kind, text="old", owner=owner) for kind in ("task", "errand"))
    device.sync()
    device.sync()
    world.update("task", task, owner=world.people["b"])
    gone = world.operation(Action.DELETE, "errand", errand)
    device.push(device.changeset(device.update("task", task, text="new"), gone))
    (entry,), _ = entries(tallies.store, Kind.QUARANTINE, False, 9)
    page = anna.get(place(entry.number)).text
    assert "The row is to be deleted." in page
    assert choose(anna, place(entry.number), take__0__text="now")[0] == 303
    assert show(tallies.store, Kind.QUARANTINE, entry.number).entry.state == "edited"
    with reading(tallies.store.engine) as connection:
        tables = tallies.store.tables
        left = [connection.scalars(sa.select(tables[k].c.text)).all() for k in ("task", "errand")]
    assert left == [["old"], []]

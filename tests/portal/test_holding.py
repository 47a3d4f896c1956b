"""What a device holds, who holds a record, and why: as the engine says it, to whoever may know."""

from __future__ import annotations

import datetime as dt
import re

from syncengine.model.ids import to_text
from tests.accounts.office import NOON
from tests.portal.conftest import Desk, Visitor
from tests.portal.test_data import CANARY, place

MINUTE = 60_000_000


def text(page: str) -> str:
    """What a reader sees, in one line."""
    return " ".join(re.sub(r"<[^>]*>", " ", page.partition("<main")[2]).split())


def local(instant: int) -> str:
    """As a browser sends a day and a time."""
    moment = dt.datetime.fromtimestamp(instant / 1_000_000, dt.UTC).astimezone()
    return moment.replace(tzinfo=None).isoformat(timespec="seconds")


def asked(visitor: Visitor, person: str, row: str, at: str = "", entity: str = "customer") -> str:
    answer = visitor.get(f"/portal/why?person={person}&entity={entity}&row={row}&at={at}")
    assert answer.status_code == 200, text(answer.text)
    return text(answer.text)


def test_what_a_device_holds_is_counted_and_listed(desk: Desk) -> None:
    """D3, D6: by kind and by reason, and the rows of each."""
    anna, world = desk.administrator(), desk.world
    world.customer("a", "1", name="Mine")
    world.customer("b", "2", name="Lent")
    world.insert(
        "substitution", absent=world.people["b"], substitute=world.people["a"], active=True
    )
    path = f"/portal/holding/{to_text(world.people['a'])}"
    page = anna.get(path).text
    assert "Stands in for b" in page
    rows = anna.get(f"{path}/customer").text
    assert "Mine" in rows
    assert "Lent" in rows
    why = re.search(r"customer\?why=(substitution[^\"]*)\"", page)
    assert why is not None
    lent = anna.get(f"{path}/customer?why={why[1]}").text
    assert "Lent" in lent
    assert "Mine" not in lent
    assert "Mine" not in anna.get(f"{path}/customer?q=Len", **{"hx-request": "true"}).text
    assert anna.get(f"{path}/customer?why=own.x").status_code == 400
    assert "Nothing is here yet" in anna.get(f"{path}/customer?why=addressed").text
    other = f"/portal/holding/{to_text(world.people['b'])}"
    assert "There is no device yet" in anna.get(other).text


def test_who_holds_a_record_and_why(desk: Desk) -> None:
    anna, world = desk.administrator(), desk.world
    shop = world.customer("a", "1")
    world.enrol("a", name="tablet").close()
    world.enrol("boss", name="other").close()
    page = text(anna.get(f"{place('customer', shop)}/holders").text)
    assert "It belongs to a (field “Owner”). These are the own rows of a." in page
    assert "boss leads a." in page
    market = world.insert("market", number="m", name="M")
    assert "Every device holds this." in anna.get(f"{place('market', market)}/holders").text
    nobody = world.customer(None, "2")
    assert "No device holds this." in anna.get(f"{place('customer', nobody)}/holders").text


def test_why_it_is_held_or_not_now_and_then(desk: Desk) -> None:
    """In sentences, in both languages; the past as it was, also of what is gone since."""
    anna, world, time = desk.administrator(), desk.world, desk.office.time
    world.enrol("a", name="tablet").close()
    shop = world.customer("a", "1")
    time.now = NOON + MINUTE
    world.update("customer", shop, owner=world.people["b"])
    time.now = NOON + 2 * MINUTE
    assert "No: the device of a does not hold it." in asked(anna, "a", "1")
    assert "No active substitution names a as the substitute of b." in asked(anna, "a", "1")
    then = local(NOON + MINUTE // 2)
    assert "Yes: the device of a held it." in asked(anna, "a", "1", then)
    anna.post(f"{place('customer', shop)}/delete")
    assert "Yes: the device of a held it." in asked(anna, "a", "1", then)
    before = local(NOON - MINUTE)
    assert anna.get(f"/portal/why?person=a&entity=customer&row=1&at={before}").status_code == 422
    anna.http.cookies.set("language", "de", path="/portal")
    german = asked(anna, "a", "1", then)
    assert "Ja: Das Gerät von a hatte ihn." in german
    assert "Er gehört a (Feld „Zuständig“). Das sind eigene Daten von a." in german


def test_a_rule_says_what_keeps_a_row_out(desk: Desk) -> None:
    """Rows that a condition names are called as people know them, not by their ids."""
    anna, world = desk.administrator(), desk.world
    town = world.insert("market", number="m1", name="Town")
    audience = world.insert("audience", number="all", name="All")
    world.insert(
        "rule", number="r1", name="Towns", target="customer", audience=audience, active=True,
        condition=f'{{"field":"market","op":"equal","value":"{to_text(town)}"}}',
    )  # fmt: skip
    world.customer("b", "1")
    said = asked(anna, "a", "1")
    assert "Rule r1 · Towns does not select it: Market is empty, not equal m1 · Town." in said


def test_what_cannot_be_asked_is_told_beside_it(desk: Desk) -> None:
    anna, world = desk.administrator(), desk.world
    world.customer("a", "1")
    for query, wrong in (
        ("person=nobody&entity=customer&row=1", "person-wrong"),
        ("person=a&entity=customer&row=9", "row-wrong"),
        ("person=a&entity=customer&row=1&at=yesterday", "at-wrong"),
        ("person=a&entity=customer&row=1&at=2999-01-01T00:00", "at-wrong"),
        ("person=a&entity=customer&row=1&at=1970-01-02T00:00", "at-wrong"),
    ):
        answer = anna.get(f"/portal/why?{query}")
        assert answer.status_code == 422, query
        assert f'id="{wrong}"' in answer.text, query
    assert anna.get("/portal/why?person=a&entity=nothing&row=1").status_code == 404


def test_what_a_user_may_not_see_is_nobodys(desk: Desk) -> None:
    """Limited to `a`: `b`'s device and records answer as those that do not exist."""
    world, office = desk.world, desk.office
    mine, hidden = world.customer("a", "1"), world.customer("b", "2")
    office.role(office.user("bert", limit="a"), customer="view", employee="view")
    bert = desk.signed_in("bert")
    world.enrol("boss", name="tablet").close()
    page = text(bert.get(f"{place('customer', mine)}/holders").text)
    assert "boss" not in page
    nowhere = bert.get(f"/portal/holding/{to_text(b'0' * 16)}").text
    for path in (
        f"/portal/holding/{to_text(world.people['b'])}",
        f"/portal/holding/{to_text(world.people['a'])}/market",
        f"{place('customer', hidden)}/holders",
    ):
        answer = bert.get(path)
        assert (answer.status_code, answer.text) == (404, nowhere), path
    for query in (f"person=a&row={to_text(hidden)}", "person=b&row=1"):
        for at in ("", "2026-09-21T12:00"):
            found = bert.get(f"/portal/why?{query}&entity=customer&at={at}")
            assert found.status_code == 422, query
    carl = office.user("carl")
    office.role(carl, customer="view")
    visitor = desk.signed_in("carl")
    assert visitor.get("/portal/why").status_code == 404
    assert visitor.get(f"{place('customer', mine)}/holders").status_code == 404
    assert visitor.get("/portal/why/pick?entity=employee&row=").status_code == 404


def test_script_from_a_device_stays_inert_here(desk: Desk) -> None:
    anna, world = desk.administrator(), desk.world
    shop = world.customer("a", "1")
    device = world.enrol("a", name="tablet")
    device.sync()
    with device.changeset() as changes:
        changes.update("customer", shop, name=CANARY, city=CANARY)
    device.sync()
    device.close()
    held = f"/portal/holding/{to_text(world.people['a'])}"
    for path in (f"{held}/customer", f"{place('customer', shop)}/holders",
                 "/portal/why?person=a&entity=customer&row=1",
                 "/portal/why/pick?entity=customer&row="):  # fmt: skip
        page = anna.get(path).text
        assert "&lt;script&gt;" in page, path
        assert "<script>alert" not in page, path

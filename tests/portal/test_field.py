"""The start page and the substitution board (D6)."""

from __future__ import annotations

import re

from server.substitution import Plan, standing_links, switch_on
from syncengine.model.ids import to_text
from syncengine.model.windows import Window
from tests.portal.conftest import Desk
from tests.support.leaving import substitution

DAY = 24 * 3600 * 1_000_000


def figure(page: str, label: str) -> str:
    found = re.search(rf'{label}</span>\s*<span class="figure d-block">([^<]*)<', page)
    assert found is not None, label
    return found[1]


def test_the_start_page_answers_for_the_field(desk: Desk) -> None:
    anna, world = desk.administrator(), desk.world
    assert "No device is enrolled yet" in anna.get("/portal/").text
    shop = world.customer("a", "1")
    for person in ("a", "b"):
        device = world.enrol(person)
        if person == "a":
            device.sync()
        device.close()
    page = anna.get("/portal/").text
    assert figure(page, "Substitutions") == "0"
    assert re.findall(r"<strong>(\d)</strong><span class=\"dot", page) == ["1", "0", "0", "1", "0"]
    desk.office.time.now += 8 * DAY
    world.customer("b", "2")
    switch_on(desk.store, world.people["a"], world.people["b"])
    anna = desk.signed_in("anna")
    page = anna.get("/portal/").text
    assert figure(page, "Substitutions") == "1"
    assert "There is something to look at" in page
    quiet = anna.get("/portal/devices?group=quiet").text
    assert "a&#39;s tablet" in quiet
    assert "b&#39;s tablet" not in quiet
    assert anna.get("/portal/devices?group=x").status_code == 400
    for kind in ("conflict", "quarantine"):
        assert "Nothing waits" in anna.get(f"/portal/reviews?kind={kind}").text
    assert anna.get("/portal/imports").status_code == 200
    assert shop


def test_what_waits_is_told_in_the_readers_language_and_where_it_is_decided(desk: Desk) -> None:
    anna, world = desk.administrator(), desk.world
    shop, switch = world.customer("a", "1"), substitution(world, "a", "b")
    device = world.enrol("b")
    device.sync()
    with device.changeset() as changes:
        changes.update("customer", shop, phone="late")
    world.update("substitution", switch, active=False)
    assert device.sync().verdicts == {"quarantined": 1}
    device.close()
    english = anna.get("/portal/reviews?kind=quarantine").text
    assert "the office decides" in english
    assert re.search(r'href="/portal/reviews/quarantine/\d+">Customer 1 ·', english)
    anna.post("/portal/looks", language="de")
    german = anna.get("/portal/reviews?kind=quarantine").text
    assert "der Innendienst entscheidet" in german
    assert "the office decides" not in german


def test_a_switch_is_previewed_made_and_called_off(desk: Desk) -> None:
    """D6: the substitute's device holds the customers at its next sync, and no longer after."""
    anna, world = desk.administrator(), desk.world
    shops = {world.customer("a", str(number)) for number in range(3)}
    device = world.enrol("b")
    device.sync()
    person, substitute = to_text(world.people["a"]), to_text(world.people["b"])
    path = f"/portal/substitutions/{person}"
    assert "nobody is designated" in anna.get("/portal/substitutions").text
    before = desk.store.status().version
    tried = anna.post(path, substitute=substitute, do="preview-on")
    assert re.search(r"tablet</td><td class=\"num\">3</td>", tried.text)
    assert desk.store.status().version == before
    assert anna.post(path, substitute=substitute, do="on").status_code == 303
    device.sync()
    assert {row[0] for row in device.query("SELECT id FROM customer")} == shops
    board = anna.get("/portal/substitutions").text
    assert "is substituted" in board
    assert "1 person is substituted" in board
    tried = anna.post(path, substitute=substitute, do="preview-off")
    assert re.search(r"tablet</td><td class=\"num\">0</td><td class=\"num\">3</td>", tried.text)
    assert anna.post(path, substitute=substitute, do="off").status_code == 303
    assert "Not told yet" in anna.get(path).text
    device.sync()
    device.sync()
    assert not device.query("SELECT id FROM customer")
    assert "rows are gone" in anna.get(path).text
    device.close()


def test_a_switch_at_once_follows_one_that_is_over(desk: Desk) -> None:
    """D6: who was substituted with dates is switched on at once later, by the same person; asking
    again changes nothing.
    """
    anna, world = desk.administrator(), desk.world
    world.customer("a", "1")
    path = f"/portal/substitutions/{to_text(world.people['a'])}"
    substitute, now = to_text(world.people["b"]), desk.office.time.now
    over = Plan(Window(now - 9 * DAY, now - 2 * DAY), trail_days=1)
    switch_on(desk.store, world.people["a"], world.people["b"], over)
    assert anna.post(path, substitute=substitute, do="on").status_code == 303
    (link,) = standing_links(desk.store, world.people["a"])
    assert link.write == Window(desk.office.time.now, None)
    before = desk.store.status().version
    assert anna.post(path, substitute=substitute, do="on").status_code == 303
    assert desk.store.status().version == before


def test_what_cannot_be_is_explained(desk: Desk) -> None:
    """Bad input: overlapping, backwards, in a circle, to oneself: 422 and one sentence."""
    anna, world = desk.administrator(), desk.world
    for person in ("a", "b", "c"):
        world.customer(person, person)
    ids = {name: to_text(row) for name, row in world.people.items()}

    def tried(absent: str, substitute: str, **fields: str) -> tuple[int, str]:
        where = f"/portal/substitutions/{ids[absent]}"
        answer = anna.post(where, substitute=ids[substitute], do="on", **fields)
        said = re.search(r"cannot be\.</strong><br>([^<]*)", answer.text)
        return answer.status_code, said[1] if said else ""

    assert tried("a", "b")[0] == 303
    assert tried("b", "c")[0] == 303
    chain = anna.get("/portal/substitutions").text
    row = next(row for row in chain.split("<tr>") if f"employee/{ids['a']}" in row)
    assert re.search(r'class="chain">b<svg.*</svg>c</span>', row, re.S)
    status, said = tried("c", "a")
    assert (status, said.startswith("The substitute would be substituted")) == (422, True)
    status, said = tried("a", "b", until="2099-01-01")
    assert (status, said.startswith("The same person")) == (422, True)
    for fields in ({"from": "2099-02-01", "until": "2099-01-01"}, {"from": "soon"},
                   {"lead": "91"}, {"trail": "x"}, {"from": "0001-01-01"}):  # fmt: skip
        assert tried("a", "c", **fields)[0] == 422, fields
    assert tried("a", "a")[0] == 422
    bad = anna.post(f"/portal/substitutions/{ids['a']}", substitute="x", do="on")
    assert bad.status_code == 422
    assert anna.get("/portal/substitutions/x").status_code == 404


def test_whoever_may_only_look_cannot_switch(desk: Desk) -> None:
    office, world = desk.office, desk.world
    world.customer("a", "1")
    office.role(office.user("bert"), substitution="view", employee="view")
    office.role(office.user("carl"), employee="view")
    bert, before = desk.signed_in("bert"), desk.store.status().version
    path = f"/portal/substitutions/{to_text(world.people['a'])}"
    page = bert.get(path)
    assert (page.status_code, "preview-on" in page.text) == (200, False)
    tried = bert.post(path, substitute=to_text(world.people["b"]), do="on")
    assert tried.status_code == 403
    assert desk.store.status().version == before
    assert desk.signed_in("carl").get(path).status_code == 404

"""Bad input, the rows about the portal, on every page that there is. In their order: script in a
device's text (here, test_inert.py); forms and streams of other sites (here, test_live.py); what
somebody may not see (here); rules that match everything and cycles (test_rules.py, test_trees.py);
substitutions that cannot be (test_field.py); two who edit one thing (test_rules.py, test_data.py,
test_roles.py, test_users.py); forms too large, other hosts, redirects (test_entrance.py); SQL in a
sort or filter (test_data.py, here); the last administrator (test_users.py, test_roles.py). Those
about files: test_import_refusals.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from starlette.routing import Route

from syncengine.model.ids import to_text
from tests.portal.conftest import OTHER, Desk

ODD = ("%00", "x" * 300, "'%20OR%201=1--%F0%9F%98%80", "9" * 30)
ASKED = (
    "q", "sort", "after", "c", "kind", "group", "person", "entity", "row", "view", "day", "rep",
    "who", "value", "from", "until", "why", "number", "decided", "done", "saved", "at",
)  # fmt: skip
APART = {  # of whoever is not signed in, and those that take a file (test_import_refusals.py and
    # test_attachments.py)
    "/portal/sign-in", "/portal/sign-out", "/portal/looks", "/portal/password",
    "/portal/imports/new", "/portal/attachments/{entity}/{field}",
}  # fmt: skip


def routes(desk: Desk, method: str) -> Iterator[str]:
    """The portal's that take it."""
    for route in desk.app.routes:
        if isinstance(route, Route) and method in (route.methods or ()):
            yield from [route.path] if re.match("/portal/(?!.*:path})", route.path) else []


def filled(route: str, **names: str) -> str:
    """The route with its places filled; what is not named stays as it is there."""
    return re.sub(r"\{(\w+)\}", lambda place: names.get(place[1], place[1]), route)


def test_every_form_of_another_site_is_refused(desk: Desk) -> None:
    """CSRF: on every page that takes a form, without the session's token and from elsewhere."""
    anna, world = desk.administrator(), desk.world
    known = {"entity": "customer", "row": to_text(world.customer("a", "1")), "kind": "conflict",
             "person": to_text(world.people["a"]), "number": "1"}  # fmt: skip
    before, tried = desk.store.status().version, 0
    for route in set(routes(desk, "POST")) - APART:
        path, tried = filled(route, **known), tried + 1
        assert anna.post(path, csrf="").status_code == 403, route
        assert anna.post(path, csrf="x" * 43).status_code == 403, route
        assert anna.post(path, origin=OTHER).status_code == 403, route
    assert tried >= 20
    assert desk.store.status().version == before


def test_what_somebody_may_not_see_is_not_there_on_any_page(desk: Desk) -> None:
    """One answer for what is hidden and for what never was: the same page, byte by byte."""
    office, world = desk.office, desk.world
    every = "view add edit delete"
    office.role(office.user("bert", limit="a"), customer=every, employee=every,
                substitution=every, appointment=every)  # fmt: skip
    hidden_row, hidden_person = world.customer("b", "2"), world.people["b"]
    device = world.enrol("b")
    device.sync()
    device.close()
    seat = desk.store.seats.list()[0].seat.id
    bert, unknown = desk.signed_in("bert"), to_text(desk.store.environment.new_id())
    checked = 0
    for route in routes(desk, "GET"):
        if "{row}" in route or "{person}" in route or "{seat}" in route:
            entity = "employee" if "tree" in route or "move" in route else "customer"
            row = hidden_person if entity == "employee" else hidden_row
            hidden = filled(route, entity=entity, row=to_text(row), person=to_text(hidden_person),
                            seat=to_text(seat))  # fmt: skip
            never = filled(route, entity=entity, row=unknown, person=unknown, seat=unknown)
            found, missing = bert.get(hidden), bert.get(never)
            assert (found.status_code, missing.status_code) == (404, 404), route
            assert found.text == missing.text, route
            checked += 1
    assert checked >= 10


@pytest.mark.parametrize("odd", ODD)
def test_odd_addresses_are_no_errors_of_the_server(desk: Desk, odd: str) -> None:
    """Whatever stands in an address, in its path or behind it: a page, or a refusal in 4xx."""
    anna, world = desk.administrator(), desk.world
    shop = to_text(world.customer("a", "1"))
    good = {"entity": "customer", "row": shop, "person": to_text(world.people["a"]), "form": "csv",
            "kind": "quarantine", "number": "1"}  # fmt: skip
    for route in set(routes(desk, "GET")) - {"/portal/live"}:
        places = re.findall(r"\{(\w+)\}", route)
        paths = [filled(route, **good | {place: odd}) for place in places]
        asked = "&".join(f"{name}={odd}" for name in ASKED)
        paths += [filled(route, **good) + f"?{asked}"]
        paths += [
            filled(route, **good) + f"?{name}={odd}" for name in ("q", "from", "after", "day")
        ]
        for path in paths:
            status = anna.get(path).status_code
            assert status < 500, (status, path)
            assert status in {200, 303, 400, 404, 422}, (status, path)

"""The calendar's page (D3): who and what is shown, and what is said of it."""

from __future__ import annotations

import datetime as dt
import itertools
import random
import re
from html import unescape
from zoneinfo import ZoneInfo

from modules.masterdata.portal.choice import MAX_REPS
from modules.masterdata.portal.spans import EPOCH, Span, View
from server.substitution import switch_on
from syncengine.model.entity import Action
from syncengine.model.fields import Stored
from syncengine.model.ids import from_text, to_text
from syncengine.store.listing import Listed
from tests.masterdata.planning import (
    APPOINTMENTS,
    CALENDAR,
    MINUTE,
    appointment,
    at,
    move,
    planner,
    rows,
)
from tests.portal.conftest import Desk


def shown(page: str) -> set[tuple[str, str, bytes]]:
    """(day, rep or nothing, appointment) of every place in the calendar."""
    found = set()
    for part in re.split(r'(?=data-day=")', page)[1:]:
        day, rep = re.match(r'data-day="([^"]*)" data-to="([^"]*)"', part).groups()  # type: ignore[union-attr]
        ids = re.findall(r'data-row="([^"]*)"', part)
        found |= {(day, rep, from_text(row_id)) for row_id in ids}
    return found


def scattered(desk: Desk, noon: int) -> None:
    """Appointments of a and b in the nine days before and after; some end never, or a day later."""
    draw, world, operations = random.Random(7), desk.world, []
    shops = {who: world.customer(who, who) for who in ("a", "b")}
    for _ in range(60):
        who = draw.choice("ab")
        starts = noon + draw.randrange(-9 * 24 * 60, 9 * 24 * 60) * MINUTE
        length = draw.choice([None, 15, 60, 90, 26 * 60])
        values: dict[str, Stored] = {
            "customer": shops[who], "employee": world.people[who], "subject": "Visit",
            "starts_at": starts, "active": True,
        }  # fmt: skip
        if length:
            values["ends_at"] = starts + length * MINUTE
        new_id = world.environment.new_id()
        operations.append(world.operation(Action.INSERT, "appointment", new_id, **values))
    assert world.write(operations).version


def days_of(one: Listed, zone: ZoneInfo) -> set[dt.date]:
    """On which days it takes place there: minute by minute."""
    starts, ends = one.values["starts_at"], one.values["ends_at"]
    assert isinstance(starts, int)
    last = ends if isinstance(ends, int) else starts + 30 * MINUTE
    return {
        (EPOCH + dt.timedelta(microseconds=t)).astimezone(zone).date()
        for t in range(starts, last, MINUTE)
    }


def test_what_is_shown_equals_a_naive_recomputation(desk: Desk) -> None:
    """Random appointments around the end of summer time, in two time zones; every view; nothing
    else, nothing left out but what is counted.
    """
    scattered(desk, at("2026-10-25T12:00"))
    anna, reps = planner(desk), [to_text(desk.world.people[who]) for who in "ab"]
    for zone in ("Europe/Berlin", "America/New_York"):
        anna.http.cookies.set("zone", zone, path="/portal")
        everything = {
            (day, to_text(rep), one.id)
            for one in rows(desk)
            for day in days_of(one, ZoneInfo(zone))
            if isinstance(rep := one.values["employee"], bytes)
        }
        for view, day, chosen in itertools.product(
            View, ("2026-10-19", "2026-10-25"), (reps, reps[:1])
        ):
            days = Span(view, dt.date.fromisoformat(day)).days
            together = view is View.MONTH and len(chosen) > 1
            expected = {
                (on.isoformat(), "" if together else rep, row_id)
                for on, rep, row_id in everything
                if on in days and rep in chosen
            }
            query = "&".join(f"rep={rep}" for rep in chosen)
            page = anna.get(f"{CALENDAR}?view={view}&day={day}&{query}").text
            found, more = shown(page), re.findall(r">(\d+) more<", page)
            assert found <= expected
            assert len(expected) - len(found) == sum(map(int, more))


def test_clashes_absences_and_devices_that_do_not_have_it_are_told(desk: Desk) -> None:
    """D6: with whom an appointment is that falls into an absence, through a chain."""
    anna, world = planner(desk), desk.world
    own, foreign = world.customer("a", "1"), world.customer("b", "2")
    first = appointment(desk, "a", own, "2026-11-24T09:00", "2026-11-24T10:00", subject="First")
    second = appointment(desk, "a", own, "2026-11-24T09:30", "2026-11-24T10:30", subject="Second")
    touching = appointment(desk, "a", own, "2026-11-24T10:30", "2026-11-24T11:00")
    week = f"{CALENDAR}?day=2026-11-24&rep={to_text(world.people['a'])}"
    page = unescape(anna.get(week).text)
    assert page.count("At the same time as") == 2 * 2  # in the text and as the title
    assert "At the same time as: 09:30 Second" in page
    assert "At the same time" in anna.get(f"{APPOINTMENTS}/{to_text(first)}").text
    for row_id in (second, touching):
        world.update("appointment", row_id, active=False)
    assert "At the same time" not in anna.get(week).text
    elsewhere = appointment(desk, "a", foreign, "2026-11-25T09:00", "2026-11-25T10:00")
    place = f"{APPOINTMENTS}/{to_text(elsewhere)}"
    assert "does not hold the customer" in unescape(anna.get(place).text)
    switch_on(world.store, world.people["a"], world.people["b"])
    switch_on(world.store, world.people["b"], world.people["c"])
    page = unescape(anna.get(week).text)
    assert "The rep is away; b → c has it." in page  # the chain
    assert "nobody else has it" in page  # the customer is not the absent rep's
    assert "away: b" in page


def test_rights_and_the_limit_hold(desk: Desk) -> None:
    """D2: who may only view drags nothing; other people's rows are as if they were not there."""
    world, office = desk.world, desk.office
    mine = appointment(desk, "c", world.customer("c", "1"), "2026-11-24T09:00",
                       "2026-11-24T10:00")  # fmt: skip
    theirs = appointment(desk, "b", world.customer("b", "2"), "2026-11-24T09:00",
                         "2026-11-24T10:00")  # fmt: skip
    office.role(office.user("viewer"), appointment="view", customer="view", employee="view")
    viewer = desk.signed_in("viewer")
    page = viewer.get(f"{CALENDAR}?day=2026-11-24").text
    assert to_text(mine) in page
    assert 'draggable="true"' not in page
    assert "New appointment" not in page
    assert viewer.get(f"{APPOINTMENTS}/{to_text(mine)}").status_code == 200
    assert move(viewer, desk, mine, day="2026-11-25").status_code == 403
    assert viewer.get(f"{APPOINTMENTS}/new").status_code == 404
    office.role(
        office.user("lead", limit="a"),
        appointment="view add edit", customer="view", employee="view",
    )  # fmt: skip
    lead = desk.signed_in("lead")
    page = lead.get(f"{CALENDAR}?day=2026-11-24").text
    assert to_text(mine) in page
    assert to_text(theirs) not in page
    b = to_text(world.people["b"])
    assert lead.get(f"{CALENDAR}?rep={b}").status_code == 404
    assert move(lead, desk, theirs, day="2026-11-25").status_code == 404
    assert move(lead, desk, mine, day="2026-11-24", to=b).status_code == 403
    assert move(lead, desk, mine, day="2026-11-25").status_code == 303
    typed = {"customer": "1", "employee": "b", "subject": "x", "starts_at": "2026-11-24T09:00"}
    refused = lead.send(f"{APPOINTMENTS}/new", lead.form(f"{APPOINTMENTS}/new"), **typed)
    assert refused.status_code == 422
    assert "no such row" in refused.text
    office.role(office.user("nobody"), customer="view")
    nobody = desk.signed_in("nobody")
    assert nobody.get(CALENDAR).status_code == 404
    assert "Calendar" not in nobody.get("/portal/").text


def test_teams_people_and_pages_of_people(desk: Desk) -> None:
    anna, world = planner(desk), desk.world
    people = [world.environment.new_id() for _ in range(MAX_REPS + 2)]
    world.write([
        world.operation(Action.INSERT, "employee", row_id, number=f"x{n:02}", active=True,
                        manager=world.people["b"])
        for n, row_id in enumerate(people)
    ])  # fmt: skip
    for n, row_id in enumerate(people):
        world.insert("customer", None, number=f"s{n}", name="Shop", active=True, owner=row_id)
    page = anna.get(CALENDAR).text
    assert page.count('<th scope="row">') == MAX_REPS
    following = re.search(r'rel="next" href="([^"]*after[^"]*)"', page)
    assert following is not None
    assert anna.get(unescape(following[1])).text.count('<th scope="row">') == 2
    team = anna.get(f"{CALENDAR}?team={to_text(world.people['boss'])}").text
    assert team.count('<th scope="row">') == 3  # with those whom they lead
    large = anna.get(f"{CALENDAR}?team={to_text(world.people['b'])}").text
    assert f"first {MAX_REPS} people" in large
    added = anna.get(f"{CALENDAR}?add=x03&rep={to_text(people[0])}&day=2026-11-24")
    assert added.status_code == 303
    page = anna.get(added.headers["location"]).text
    assert re.findall(r'<th scope="row">.*?>(x\d\d)<', page) == ["x00", "x03"]
    unknown = anna.get(f"{CALENDAR}?add=nobody")
    assert (unknown.status_code, "no such row" in unknown.text) == (422, True)


def test_addresses_that_nobody_made_are_refused(desk: Desk) -> None:
    anna = planner(desk)
    many = "&".join(f"rep={to_text(bytes([n]) * 16)}" for n in range(MAX_REPS + 1))
    for query in ("view=year", "day=2026-02-30", "day=9999-12-31", "day=1500-01-01", "rep=x",
                  "rep=" + "_" * 21 + "\u00e4", "rep=" + "a" * 22 + "." + "b" * 23,
                  "team=1", "after=1", "moved=x", many):  # fmt: skip
        assert anna.get(f"{CALENDAR}?{query}").status_code == 400, query
    for query in ("day=2198-12-01&view=month", "day=1900-02-01&view=month"):
        assert anna.get(f"{CALENDAR}?{query}").status_code == 200

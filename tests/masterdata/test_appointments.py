"""Appointments in the calendar (D3): planned, changed, moved, in series, by two people."""

from __future__ import annotations

import re

from modules.masterdata.portal.series import MAX_SERIES
from syncengine.model.ids import to_text
from tests.masterdata.planning import (
    APPOINTMENTS,
    CALENDAR,
    appointment,
    at,
    move,
    planner,
    row,
    rows,
)
from tests.portal.conftest import Desk, inputs


def test_an_appointment_is_planned_changed_cancelled_and_restored(desk: Desk) -> None:
    anna = planner(desk)
    desk.world.customer("a", "1", name="<b>Shop</b>")
    form = anna.form(f"{APPOINTMENTS}/new?next={CALENDAR}")
    typed = {"customer": "1", "employee": "a", "subject": "<script>x</script>",
             "starts_at": "2026-11-24T09:00", "ends_at": "2026-11-24T10:00"}  # fmt: skip
    answer = anna.send(f"{APPOINTMENTS}/new", form, **typed)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{CALENDAR}?saved=1")
    (one,) = rows(desk)
    assert (one.values["starts_at"], one.values["active"]) == (at("2026-11-24T09:00"), True)
    assert one.values["series"] is None
    week = f"{CALENDAR}?day=2026-11-24&rep={to_text(desk.world.people['a'])}"
    page = anna.get(week).text
    assert "09:00" in page
    assert "&lt;script&gt;x" in page
    assert "<script>x" not in page
    place = f"{APPOINTMENTS}/{to_text(one.id)}"
    assert anna.save(place, starts_at="2026-11-24T09:30").status_code == 303
    assert row(desk, one.id).values["starts_at"] == at("2026-11-24T09:30")
    refused = anna.save(place, ends_at="2026-11-24T09:30")
    assert refused.status_code == 422
    assert "end after it begins" in refused.text
    assert anna.http.post(place, data=anna.form(place) | {"do": "cancel"}).status_code == 303
    assert row(desk, one.id).values["active"] is False
    assert to_text(one.id) not in anna.get(week).text
    assert to_text(one.id) in anna.get(f"{week}&cancelled=1").text
    assert anna.http.post(place, data=anna.form(place) | {"do": "restore"}).status_code == 303
    assert to_text(one.id) in anna.get(week).text


def test_a_series_is_one_changeset_and_keeps_its_hour(desk: Desk) -> None:
    """Over the end of summer time; afterwards one of them alone, and all that follow, change."""
    anna = planner(desk)
    desk.world.customer("a", "1")
    form = anna.form(f"{APPOINTMENTS}/new") | {"repeat": "week", "every": "2",
                                               "until": "2026-12-01"}  # fmt: skip
    typed = {"customer": "1", "employee": "a", "subject": "Tour",
             "starts_at": "2026-10-20T09:00", "ends_at": "2026-10-20T10:00"}  # fmt: skip
    assert anna.send(f"{APPOINTMENTS}/new", form, **typed).status_code == 303
    made = rows(desk)
    hours = ["2026-10-20T09:00", "2026-11-03T09:00", "2026-11-17T09:00", "2026-12-01T09:00"]
    assert [one.values["starts_at"] for one in made] == [at(text) for text in hours]
    assert len({one.version for one in made}) == len({one.values["series"] for one in made}) == 1
    second = f"{APPOINTMENTS}/{to_text(made[1].id)}"
    assert "This one and 2 that follow" in anna.get(second).text
    alone = anna.form(second) | {"scope": "this"}
    assert anna.send(second, alone, subject="Only this").status_code == 303
    form = anna.form(second) | {"scope": "following"}
    answer = anna.send(second, form, starts_at="2026-11-04T10:00", ends_at="2026-11-04T11:00",
                       employee="b")  # fmt: skip
    assert answer.status_code == 303
    now = [row(desk, one.id) for one in made]
    hours[1:] = ["2026-11-04T10:00", "2026-11-18T10:00", "2026-12-02T10:00"]
    assert [one.values["starts_at"] for one in now] == [at(text) for text in hours]
    assert [one.values["subject"] for one in now] == ["Tour", "Only this", "Tour", "Tour"]
    whose = [one.values["employee"] for one in now]
    assert whose == [desk.world.people[who] for who in "abbb"]
    assert len({one.version for one in now[1:]}) == 1
    form = anna.form(second) | {"scope": "following", "do": "cancel"}
    assert anna.http.post(second, data=form).status_code == 303
    assert [one.values["active"] for one in rows(desk)] == [True, False, False, False]


def test_a_series_that_cannot_be_is_refused(desk: Desk) -> None:
    anna = planner(desk)
    desk.world.customer("a", "1")
    for repeat, every, until, said in (
        ("week", "1", "2030-01-01", f"At most {MAX_SERIES}"),
        ("week", "0", "2026-12-01", "Say how often"),
        ("year", "1", "2026-12-01", "Say how often"),
        ("month", "1", "", "Say how often"),
        ("month", "9" * 5_000, "2026-12-01", "Say how often"),
        ("week", "1", "2026-01-01", "before the first"),
    ):
        form = anna.form(f"{APPOINTMENTS}/new") | {"repeat": repeat, "every": every, "until": until}
        answer = anna.send(f"{APPOINTMENTS}/new", form, customer="1", employee="a", subject="x",
                           starts_at="2026-10-20T09:00")  # fmt: skip
        assert (answer.status_code, said in answer.text) == (422, True)
    assert rows(desk) == []


def test_moving_keeps_the_length_and_can_be_taken_back(desk: Desk) -> None:
    """To another day at the same hour by the clock, to another hour, to another rep."""
    anna = planner(desk)
    one = appointment(desk, "a", desk.world.customer("a", "1"), "2026-10-23T09:00",
                      "2026-10-23T10:30")  # fmt: skip
    answer = move(anna, desk, one, day="2026-10-26")
    assert answer.status_code == 303
    assert row(desk, one).values["starts_at"] == at("2026-10-26T09:00")  # winter time
    assert row(desk, one).values["ends_at"] == at("2026-10-26T10:30")
    to_b = {"day": "2026-10-27", "minute": "480", "to": to_text(desk.world.people["b"])}
    answer = move(anna, desk, one, **to_b)
    now = row(desk, one).values
    assert (now["starts_at"], now["ends_at"]) == (at("2026-10-27T08:00"), at("2026-10-27T09:30"))
    assert now["employee"] == desk.world.people["b"]
    page = anna.get(answer.headers["location"]).text
    assert "Moved: Visit" in page
    undo = re.search(r'<form class="alert.*?</form>', page, re.S)
    assert undo is not None
    back = anna.http.post(f"{APPOINTMENTS}/{to_text(one)}/move", data=inputs(undo[0]))
    assert back.status_code == 303
    assert row(desk, one).values["starts_at"] == at("2026-10-26T09:00")
    assert row(desk, one).values["employee"] == desk.world.people["a"]
    before = row(desk, one).version
    assert move(anna, desk, one, day="2026-10-26").status_code == 303
    assert row(desk, one).version == before


def test_two_people_at_one_appointment(desk: Desk) -> None:
    """What both changed is shown twice, also when it was dragged; what one changed is kept."""
    anna = planner(desk)
    one = appointment(desk, "a", desk.world.customer("a", "1"), "2026-11-24T09:00",
                      "2026-11-24T10:00")  # fmt: skip
    place = f"{APPOINTMENTS}/{to_text(one)}"
    form, seen = anna.form(place), row(desk, one)
    desk.world.update("appointment", one, starts_at=at("2026-11-24T08:00"))
    stale = {"version": str(seen.version), "starts": str(seen.values["starts_at"]),
             "ends": str(seen.values["ends_at"])}  # fmt: skip
    answer = move(anna, desk, one, day="2026-11-25", **stale)
    assert answer.status_code == 409
    text = answer.text
    assert "25 Nov 2026, 09:00 – 25 Nov 2026, 10:00" in text  # noqa: RUF001
    assert "24 Nov 2026, 08:00 – 24 Nov 2026, 10:00" in text  # noqa: RUF001
    assert row(desk, one).values["starts_at"] == at("2026-11-24T08:00")
    merged = anna.send(place, form, subject="Other")
    assert merged.status_code == 303
    assert row(desk, one).values["starts_at"] == at("2026-11-24T08:00")
    refused = anna.send(place, form, starts_at="2026-11-24T07:00")
    assert (refused.status_code, "Now saved" in refused.text) == (409, True)
    chosen = inputs(refused.text) | {"take.starts_at": "theirs"}
    assert anna.http.post(place, data=chosen).status_code == 303
    assert row(desk, one).values["starts_at"] == at("2026-11-24T08:00")
    only_rep = move(anna, desk, one, to=to_text(desk.world.people["b"]), day="2026-11-24")
    assert only_rep.status_code == 303


def test_moves_that_no_script_sends_change_nothing(desk: Desk) -> None:
    anna = planner(desk)
    one = appointment(desk, "a", desk.world.customer("a", "1"), "2026-11-24T09:00",
                      "2026-11-24T10:00")  # fmt: skip
    before, good = row(desk, one), {"day": "2026-11-25"}
    for bad in ({"day": "x"}, {"day": ""}, {"minute": "1440"}, {"minute": "-15"}, {"rep": "x"},
                {"starts": "9" * 30}, {"starts": "9" * 5_000}, {"day": "9999-12-31"}, {"to": "1"},
                {"day": "0001-01-01"}):  # fmt: skip
        answer = move(anna, desk, one, **good | bad)
        assert answer.status_code in (400, 422), bad
    assert row(desk, one) == before
    elsewhere = move(anna, desk, one, day="2026-11-24", next="https://elsewhere.example/")
    assert elsewhere.headers["location"] == CALENDAR

"""What is not sent yet, what was refused and why, and airplane mode."""

from __future__ import annotations

import datetime as dt

from device_sdk import telling
from tests.screen.conftest import Rep
from tests.screen.running import in_step, until


def test_what_is_not_sent_yet_is_told_in_words(rep: Rep) -> None:
    rep.post("/airplane", on="1")
    rep.save(f"/rows/customer/{rep.office.shop}/edit", phone="+43 316 1", staff="12")
    page = rep.get("/sync").text
    assert "Switch airplane mode off" in page
    assert "Changed: Customer" in page
    assert "Möser Bikes" in page
    assert "<dt>Phone</dt><dd>+43 316 1</dd>" in page
    assert "<dt>Staff</dt><dd>12</dd>" in page
    (waiting,) = telling.waiting(rep.device)
    (entered,) = waiting.entered
    assert (entered.action, entered.entity, entered.row) == ("update", "customer", rep.office.shop)
    assert entered.values == {"phone": "+43 316 1", "staff": 12}


def test_nothing_is_asked_in_airplane_mode(rep: Rep) -> None:
    """Also not after a restart, and not when somebody presses what would sync."""
    assert rep.post("/airplane", on="1", back="/more").headers["location"] == "/more"
    until(lambda: not rep.device.status().syncing)
    synced = rep.device.status().synced
    rep.office.server.now += dt.timedelta(minutes=1)
    rep.save(f"/rows/customer/{rep.office.shop}/edit", phone="1")
    rep.post("/sync")
    assert rep.device.pending() == 1
    assert "Airplane mode" in rep.get("/status").text
    rep.post("/sign-out")
    assert rep.post("/sign-in", passcode="correct horse").status_code == 303
    assert rep.device.status().synced == synced
    assert rep.device.pending() == 1
    rep.post("/airplane", on="0")
    until(lambda: in_step(rep.screen))
    assert rep.device.status().synced == rep.office.server.now


def test_refused_work_says_why_and_is_corrected(rep: Rep) -> None:
    rep.post("/airplane", on="1")
    rep.save(f"/rows/customer/{rep.office.shop}/edit", phone="+43 316 1")
    rep.office.server.update("customer", rep.office.shop, owner=rep.office.ben)
    rep.post("/airplane", on="0")
    until(lambda: rep.device.inbox() and in_step(rep.screen))
    (item,) = rep.device.inbox()
    assert "1 entry does not count as entered" in rep.get("/").text
    assert "It arrived late" in rep.get("/sync").text
    page = rep.get(f"/sync/{item.sequence}").text
    assert "<dt>Phone</dt><dd>+43 316 1</dd>" in page

    too_long = rep.post(f"/sync/{item.sequence}", **{"act": "again", "v.phone": "x" * 61})
    assert "At most 60 characters." in too_long.text
    rep.office.server.update("customer", rep.office.shop, owner=rep.office.anna)
    rep.sync()
    answer = rep.post(f"/sync/{item.sequence}", **{"act": "again", "v.phone": "+43 316 2"})
    assert answer.headers["location"] == "/sync"
    until(lambda: in_step(rep.screen))
    row = rep.device.get("customer", rep.office.shop)
    assert row is not None
    assert row.phone == "+43 316 2"
    assert rep.device.inbox() == []


def test_refused_work_is_discarded(rep: Rep) -> None:
    rep.post("/airplane", on="1")
    rep.save(f"/rows/customer/{rep.office.shop}/edit", phone="+43 316 1")
    rep.office.server.update("customer", rep.office.shop, owner=rep.office.ben)
    rep.post("/airplane", on="0")
    until(lambda: rep.device.inbox() and in_step(rep.screen))
    (item,) = rep.device.inbox()
    assert rep.post(f"/sync/{item.sequence}", act="sell").status_code == 400
    assert len(rep.device.inbox()) == 1
    rep.post(f"/sync/{item.sequence}", act="discard")
    assert rep.device.inbox() == []
    assert rep.get(f"/sync/{item.sequence}").status_code == 404


def test_a_problem_is_told_in_words(rep: Rep) -> None:
    rep.office.faults.offline = True
    rep.post("/sync")
    until(lambda: rep.device.status().problem is not None)
    assert "No connection" in rep.get("/status").text
    assert "The office cannot be reached." in rep.get("/sync").text

"""Devices (D4): enrolled by a code with a picture, locked, released; somebody leaves."""

from __future__ import annotations

import re

from device_sdk import Device
from server.portal.devices import qr_of
from syncengine.model.ids import to_text
from syncengine.store import errands
from syncengine.store.overview import device_lines
from syncengine.store.sync_log import Sync, SyncLog
from tests.portal.conftest import Desk, Visitor
from tests.portal.screenshots import ALL
from tests.portal.test_data import CANARY

NEW = "/portal/devices/new"


def code_in(page: str) -> str:
    found = re.search(r"<code>([A-Z2-9-]{19})</code>", page)
    assert found is not None, page
    return found[1]


def enrolled(desk: Desk, person: str = "a", device: str = "tablet") -> tuple[Device, str]:
    """A device that has synced, and its page."""
    made = desk.world.enrol(person, name=device)
    made.sync()
    line = next(x for x in device_lines(desk.store, ALL) if x.person == desk.world.people[person])
    return made, f"/portal/devices/{to_text(line.seat)}"


def boundary(desk: Desk) -> tuple[Visitor, Visitor]:
    """Somebody who may view people, and somebody who may edit `a` and `c` alone."""
    office = desk.office
    office.role(office.user("reader"), employee="view", customer="view")
    office.role(office.user("limited", limit="a"), employee="view edit", customer="view edit")
    return desk.signed_in("reader"), desk.signed_in("limited")


def test_a_code_enrols_one_device(desk: Desk) -> None:
    anna, world = desk.administrator(), desk.world
    answer = anna.post(NEW, v__person="a", hours="24")
    page, code = answer.text, code_in(answer.text)
    assert "<svg" in page
    assert "style=" not in page  # the policy lets none be
    listed = anna.get(NEW).text
    assert "good until" in listed
    assert code not in listed  # it is not kept
    device = Device.enrol(world.folder / "new", world.transport(None), code, CANARY,
                          environment=world.device_environment(None))  # fmt: skip
    device.sync()
    device.close()
    assert "good until" not in anna.get(NEW).text
    (line,) = device_lines(desk.store, ALL)
    assert (line.person, line.state) == (world.people["a"], "active")
    for path in ("/portal/devices", f"/portal/devices/{to_text(line.seat)}"):
        page = anna.get(path).text
        assert "&lt;script&gt;alert(1)" in page, path
        assert "<script>alert" not in page


def test_the_picture_says_what_a_person_would_type() -> None:
    """Other codes are other pictures; nothing in it but paths, on white whatever the theme."""
    one, other = qr_of("ABCD-EFGH-JKLM-NPQR"), qr_of("ABCD-EFGH-JKLM-NPQS")
    assert one != other
    assert one == qr_of("ABCD-EFGH-JKLM-NPQR")
    assert re.fullmatch(r'<svg [^>]*class="qr"><path [^>]*/></svg>\s*', one)


def test_a_code_is_for_somebody_who_works_here(desk: Desk) -> None:
    anna = desk.administrator()
    for person, said in (("", "This is needed"), ("nobody", "no such row")):
        answer = anna.post(NEW, v__person=person)
        assert (answer.status_code, said in answer.text) == (422, True)
    desk.world.update("employee", desk.world.people["b"], active=False)
    gone = anna.post(NEW, v__person="b")
    assert (gone.status_code, "does not work here" in gone.text) == (422, True)
    assert anna.post(NEW, v__person="a", hours="9999").status_code == 400
    assert anna.post(NEW, csrf="forged", v__person="a").status_code == 403


def test_a_lost_device_is_locked_and_released(desk: Desk) -> None:
    anna = desk.administrator()
    device, path = enrolled(desk)
    page = anna.get(path).text
    assert all(text in page for text in ("Lost or stolen?", "Enrolled", "What it was told last"))
    assert anna.post(path, do="lock").headers["location"] == f"{path}?done=lock"
    assert device_lines(desk.store, ALL)[0].state == "locked"
    assert "Found again?" in anna.get(f"{path}?done=lock").text
    assert anna.post(path, do="release").status_code == 303
    assert device_lines(desk.store, ALL)[0].state == "active"
    device.close()
    assert anna.post(path, do="burn").status_code == 400


def test_devices_of_others_are_not_there(desk: Desk) -> None:
    """A right to view is none to lock; whom a user may not see has no device."""
    device, path = enrolled(desk, "b")
    device.close()
    reader, limited = boundary(desk)
    assert "Lost or stolen?" not in reader.get(path).text
    assert reader.post(path, do="lock").status_code == 403
    assert reader.get(NEW).status_code == 404
    assert reader.post(NEW, v__person="a").status_code == 404
    assert limited.get(path).status_code == 404
    assert limited.post(path, do="lock").status_code == 404
    assert limited.post(NEW, v__person="b").status_code == 422
    assert limited.post(NEW, v__person="c").status_code == 200
    assert limited.get(f"/portal/devices/{'0' * 32}").status_code == 404
    (line,) = device_lines(desk.store, ALL)
    assert line.state == "active"


def test_somebody_leaves(desk: Desk) -> None:
    """Previewed first; then the rows are the successor's, and the person is inactive."""
    anna, world = desk.administrator(), desk.world
    shop = world.customer("a", "1")
    device, _ = enrolled(desk)
    path, before = f"/portal/leaving/{to_text(world.people['a'])}", desk.store.status().version
    preview = anna.post(path, v__successor="b", do="preview")
    assert all(text in preview.text for text in ("Customers", "Rows lost", "Hand over now"))
    assert desk.store.status().version == before
    done = anna.post(path, v__successor="b", do="leave", lock="1")
    assert done.headers["location"] == path
    assert "The hand-over is under way." in anna.get(path).text
    assert "hx-redirect" not in anna.get(path, **{"hx-request": "true"}).headers
    twice = anna.post(path, v__successor="b", do="leave")  # one at a time
    assert (twice.status_code, desk.store.status().version) == (303, before)
    assert desk.errands.do_waiting() == 1
    assert anna.get(path, **{"hx-request": "true"}).headers["hx-redirect"] == path
    assert "Done. Devices learn of it" in anna.get(path).text
    page = anna.get(f"/portal/data/customer/{to_text(shop)}").text
    assert 'name="v.owner" value="b"' in page
    assert "Locked" in anna.get(path).text
    device.close()
    history = anna.get(f"/portal/data/customer/{to_text(shop)}/history").text
    assert "anna" in history
    again = anna.post(path, v__successor="b", do="preview")
    assert "Nothing is left to hand over" in again.text


def test_a_hand_over_that_is_cut_short_goes_on(desk: Desk) -> None:
    """By another process, once the first one is not heard of any more; then with whoever may."""
    anna, world = desk.administrator(), desk.world
    shop = world.customer("a", "1")
    path = f"/portal/leaving/{to_text(world.people['a'])}"
    anna.post(path, v__successor="b", do="leave")
    assert desk.store.status().version > 0
    desk.errands.errands.claim(b"d" * 16, ["handover"])  # a process that dies
    assert desk.errands.do_waiting() == 0
    desk.office.time.now += errands.LEASE + 1
    assert desk.errands.do_waiting() == 1
    page = anna.get(f"/portal/data/customer/{to_text(shop)}").text
    assert 'name="v.owner" value="b"' in page
    gone = f"/portal/leaving/{to_text(world.people['c'])}"
    anna.post(gone, v__successor="b", do="leave")
    world.update("employee", world.people["b"], active=False)
    desk.errands.do_waiting()
    page = anna.get(gone).text
    assert "did not come to its end" in page
    assert "The successor is inactive" in page


def test_a_hand_over_that_cannot_be_is_refused(desk: Desk) -> None:
    anna, world = desk.administrator(), desk.world
    path = f"/portal/leaving/{to_text(world.people['a'])}"
    for successor in ("", "nobody", "a"):
        for do in ("preview", "leave"):
            answer = anna.post(path, v__successor=successor, do=do)
            assert (answer.status_code, 'id="successor-wrong"' in answer.text) == (422, True)
    assert anna.post(path, v__successor="b", do="x").status_code == 400
    assert anna.post(path, v__successor="b", below="nobody", do="preview").status_code == 400
    reader, limited = boundary(desk)
    assert reader.get(path).status_code == 404
    other = f"/portal/leaving/{to_text(world.people['b'])}"
    assert limited.post(other, v__successor="a", do="leave").status_code == 404
    assert limited.post(path, v__successor="b", do="leave").status_code == 422  # unseen
    assert "does not" not in anna.get(path).text


def test_a_device_tells_its_app_and_what_its_syncs_were_like(desk: Desk) -> None:
    """XSS: what an app calls itself is text."""
    anna = desk.administrator()
    device, path = enrolled(desk)
    device.close()
    assert "No sync is on record yet" in anna.get(path).text
    seat, log = desk.store.seats.list()[0].seat.id, SyncLog(desk.store)
    now = desk.office.time.now
    known = (("masterdata", 3), (CANARY, 1))
    log.note(Sync(seat, now, 1_234_000, 5, 1_000, 2_000_000, "Checkpoint", CANARY, known))
    log.note(Sync(seat, now - 1, 0, 0, 1, 1, "server.busy", "old app", ()))
    log.write()
    page = anna.get(path).text
    assert CANARY not in page
    for told in ("&lt;script&gt;", "Master data 3", "1,234 ms", "2,000,000", "server.busy"):
        assert told in page, told
    assert "old app" not in page

"""Enrolling, signing in, several people on one device (invariant 20)."""

from __future__ import annotations

from pathlib import Path

import pytest

from device_sdk import Device
from device_sdk.errors import StoreUnreadable
from device_sdk.keys import Keys
from device_sdk.screen.passcode import PasscodeKeys, WrongPasscode
from device_sdk.screen.place import Place, PlaceUnreadable
from device_sdk.screen.screen import Offered
from tests.screen.conftest import PASSCODE, Office, Rep, start
from tests.screen.running import in_step, until


def test_who_is_not_signed_in_sees_nothing(rep: Rep) -> None:
    rep.http.cookies.clear()
    for path in (
        "/",
        "/sync",
        "/masterdata/customers",
        "/status",
        f"/rows/customer/{rep.device.person}",
    ):
        answer = rep.get(path)
        assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")


def test_a_device_is_enrolled_with_a_code(fresh: Rep) -> None:
    assert fresh.get("/").headers["location"] == "/sign-in"
    assert fresh.get("/sign-in").headers["location"] == "/enrol"
    assert fresh.enrol(fresh.office.anna).headers["location"] == "/"
    page = fresh.get("/").text
    assert "Friday, 27 November" in page
    assert "anna" in page


def test_the_command_line_fills_the_form(office: Office, tmp_path: Path) -> None:
    rep = start(office, tmp_path / "device", Offered("http://office.test", "K7QF"))
    page = rep.get("/enrol").text
    assert 'value="http://office.test"' in page
    assert 'value="K7QF"' in page


def test_an_address_may_stand_before_the_code(fresh: Rep) -> None:
    code = f"http://office.test#{fresh.office.server.code(fresh.office.anna)}"
    answer = fresh.post("/enrol", code=code, server="", name="Phone", passcode=PASSCODE,
                        again=PASSCODE)  # fmt: skip
    assert answer.status_code == 303
    assert fresh.screen.place.known.people[0].server == "http://office.test"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"code": ""}, "This is needed."),
        ({"server": "office"}, "An address like https://sync.example.com is needed."),
        ({"server": "http://[x"}, "An address like https://sync.example.com is needed."),
        ({"passcode": "12345", "again": "12345"}, "At least 6 characters."),
        ({"again": "other one"}, "This is not the same passcode."),
        ({"code": "WRONG"}, "This code is not right, was used already or is too old."),
        ({"server": "http://" + "x" * 501}, "That is too long."),
    ],
)
def test_what_is_wrong_with_the_form_is_told(fresh: Rep, typed: dict[str, str], said: str) -> None:
    form = {"code": "A1", "server": "http://office.test", "name": "Phone", "passcode": PASSCODE,
            "again": PASSCODE}  # fmt: skip
    answer = fresh.post("/enrol", **form | typed)
    assert answer.status_code == 422
    assert said in answer.text
    assert fresh.screen.place.known.people == ()
    assert fresh.enrol(fresh.office.anna).status_code == 303


def test_an_enrolment_goes_on_after_a_lost_answer(fresh: Rep) -> None:
    """Also with another passcode than the first time."""
    fresh.office.faults.offline = True
    code = fresh.office.server.code(fresh.office.anna)
    form = {"code": code, "server": "http://office.test", "name": "Phone"}
    for passcode in (PASSCODE, "another one"):
        answer = fresh.post("/enrol", **form, passcode=passcode, again=passcode)
        assert answer.status_code == 422
        assert "The office cannot be reached." in answer.text
    fresh.office.faults.offline = False
    answer = fresh.post("/enrol", **form, passcode=PASSCODE, again=PASSCODE)
    assert answer.status_code == 303


def test_a_wrong_passcode_opens_nothing_and_signs_nobody_out(rep: Rep) -> None:
    user = rep.screen.user
    other = start(rep.office, rep.folder)
    other.screen = rep.screen
    rep.http.cookies.clear()
    answer = rep.post("/sign-in", person="1", passcode="wrong one", csrf="")
    assert answer.status_code == 422
    assert "This passcode is not right." in answer.text
    assert rep.screen.user is user


def test_signing_in_again_after_the_process_ended(rep: Rep) -> None:
    rep.screen.sign_out()
    again = start(rep.office, rep.folder)
    assert again.get("/").headers["location"] == "/sign-in"
    assert "anna" in again.get("/sign-in").text
    assert again.post("/sign-in", passcode=PASSCODE).headers["location"] == "/"
    assert again.get("/").status_code == 200
    assert again.post("/sign-out").headers["location"] == "/sign-in"
    assert again.screen.user is None
    assert again.get("/").status_code == 303


def test_two_people_share_a_device(rep: Rep) -> None:
    """B cannot read A's rows, queue or keys (invariant 20)."""
    assert rep.screen.user is not None
    with rep.screen.user.changeset() as changes:
        changes.insert("note", author=rep.office.anna, text="mine alone")
    until(lambda: in_step(rep.screen))
    rep.post("/sign-out")
    assert rep.enrol(rep.office.ben, "battery staple").status_code == 303
    assert rep.device.person == rep.office.ben
    assert rep.device.counts()["customer"] == 0
    assert rep.device.counts()["note"] == 0
    rep.post("/sign-out")
    page = rep.get("/sign-in").text
    assert "anna" in page
    assert "ben" in page
    assert rep.post("/sign-in", person="1", passcode="battery staple").status_code == 422
    assert rep.post("/sign-in", person="1", passcode=PASSCODE).status_code == 303
    assert rep.device.person == rep.office.anna
    assert rep.device.counts()["note"] == 1


def test_without_the_passcode_the_store_cannot_be_opened(rep: Rep) -> None:
    rep.screen.sign_out()
    store = rep.folder / "1"
    assert b"M\xc3\xb6ser" not in b"".join(p.read_bytes() for p in store.rglob("*") if p.is_file())
    with pytest.raises(StoreUnreadable):
        Device.open(store, "http://office.test")
    with pytest.raises(WrongPasscode):
        Device.open(store, "http://office.test", PasscodeKeys(store, "wrong one"))


def test_keys_are_sealed_anew_each_time(tmp_path: Path) -> None:
    keys = Keys(bytes(range(32)), bytes(32))
    PasscodeKeys(tmp_path, PASSCODE).save(keys)
    first = (tmp_path / "keys.sealed").read_bytes()
    assert PasscodeKeys(tmp_path, PASSCODE).load() == keys
    PasscodeKeys(tmp_path, PASSCODE).save(keys)
    assert (tmp_path / "keys.sealed").read_bytes() != first
    (tmp_path / "keys.sealed").write_bytes(first[:-1])
    with pytest.raises(StoreUnreadable):
        PasscodeKeys(tmp_path, PASSCODE).load()


def test_a_damaged_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "screen.json").write_text("{", encoding="utf-8")
    with pytest.raises(PlaceUnreadable):
        Place(tmp_path)


def test_the_language_is_chosen(fresh: Rep) -> None:
    assert "Set up this device" in fresh.get("/enrol").text
    german = {"accept-language": "de-AT,de;q=0.9"}
    assert "Gerät einrichten" in fresh.http.get("/enrol", headers=german).text
    answer = fresh.post("/language", language="de", back="//evil.example")
    assert answer.headers["location"] == "/"
    assert "Gerät einrichten" in fresh.get("/enrol").text
    assert fresh.post("/language", language="fr").status_code == 400

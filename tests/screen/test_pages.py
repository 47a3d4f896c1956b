"""Each page's main path, and what is refused."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest

from device_sdk import telling
from device_sdk.errors import DiskFull
from tests.screen.conftest import NOW, Rep, inputs
from tests.screen.running import in_step, until

CANARY = "<script>alert(1)</script>\"'><img src=x>"


def test_the_first_page_has_the_appointments_of_today(rep: Rep) -> None:
    day = dt.timedelta(days=1)
    for when, subject in ((NOW, "Order"), (NOW + day, "Later"), (NOW - day, "Before")):
        rep.office.server.insert(
            "appointment", customer=rep.office.shop, employee=rep.office.anna, subject=subject,
            starts_at=when, active=True,
        )  # fmt: skip
    assert "Nothing is planned for today." in rep.get("/").text
    rep.sync()
    page = rep.get("/").text
    assert "Order" in page
    assert "Möser Bikes" in page
    assert "Later" not in page
    assert "Before" not in page


@pytest.mark.parametrize("typed", ["möser", "MÖSER", "bikes graz", "1", "ös%20bik"])
def test_a_customer_is_found_by_words(rep: Rep, typed: str) -> None:
    page = rep.get(f"/masterdata/customers?q={typed}").text
    assert "Möser Bikes" in page
    assert "1 customer<" in page


@pytest.mark.parametrize("typed", ["vienna", "%25", "_", "m!", "bikes vienna", "a b c d e f zzz"])
def test_a_customer_is_not_found_by_other_words(rep: Rep, typed: str) -> None:
    """SQL's wild cards are letters like others; words beyond the sixth do not count."""
    page = rep.get(f"/masterdata/customers?q={typed}").text
    assert "No customer is called like that." in page


def test_a_long_list_is_shown_in_pieces(rep: Rep) -> None:
    with rep.office.server.changeset() as changes:
        for number in range(60):
            changes.insert("customer", number=f"n{number}", name=f"Shop {number:02}",
                           owner=rep.office.anna, active=True)  # fmt: skip
    rep.sync()
    page = rep.get("/masterdata/customers").text
    assert "61 customers" in page
    assert page.count('href="/rows/customer/') == 50
    assert "most=100" in page
    assert rep.get("/masterdata/customers?most=100").text.count('href="/rows/customer/') == 61


def test_what_is_here_by_substitution_says_for_whom(rep: Rep) -> None:
    server = rep.office.server
    lent = server.insert("customer", number="2", name="Shop", owner=rep.office.ben, active=True)
    server.insert("substitution", absent=rep.office.ben, substitute=rep.office.anna, active=True)
    rep.sync()
    assert "For ben" in rep.get("/masterdata/customers").text
    assert "For ben, who is away" in rep.get(f"/rows/customer/{lent}").text
    assert "who is away" not in rep.get(f"/rows/customer/{rep.office.shop}").text
    found = telling.lent_by(rep.device, "customer", [lent, rep.office.shop])
    assert found == {lent: rep.office.ben}


def test_a_customer_is_edited(rep: Rep) -> None:
    path = f"/rows/customer/{rep.office.shop}"
    assert rep.save(f"{path}/edit", phone="+43 316 1").headers["location"] == path
    page = rep.get(path).text
    assert '<a href="tel:+433161">+43 316 1</a>' in page
    until(lambda: in_step(rep.screen))  # it goes at once
    assert telling.waiting(rep.device) == []


def test_what_is_wrong_stays_in_the_form(rep: Rep) -> None:
    path = f"/rows/customer/{rep.office.shop}/edit"
    answer = rep.save(path, name="", staff="many", remark="typed with care")
    assert answer.status_code == 422
    assert "This is needed." in answer.text
    assert "A whole number in the allowed range is needed." in answer.text
    assert "typed with care" in answer.text
    row = rep.device.get("customer", rep.office.shop)
    assert row is not None
    assert row.name == "Möser Bikes"


def test_two_people_change_different_fields(rep: Rep) -> None:
    """What only the office changed since the form was opened is not written back."""
    path = f"/rows/customer/{rep.office.shop}/edit"
    form = rep.opened(path)
    rep.office.server.update("customer", rep.office.shop, city="Linz")
    rep.sync()
    assert rep.send(path, form, phone="1").status_code == 303
    row = rep.device.get("customer", rep.office.shop)
    assert row is not None
    assert (row.city, row.phone) == ("Linz", "1")


@pytest.mark.parametrize(("take", "kept"), [("mine", "Wien"), ("theirs", "Linz")])
def test_two_people_change_the_same_field(rep: Rep, take: str, kept: str) -> None:
    path = f"/rows/customer/{rep.office.shop}/edit"
    form = rep.opened(path)
    rep.office.server.update("customer", rep.office.shop, city="Linz")
    rep.sync()
    answer = rep.send(path, form, city="Wien")
    assert answer.status_code == 422
    assert "Somebody else has changed this meanwhile." in answer.text
    assert "<strong>Linz</strong>" in answer.text
    again = {**inputs(answer.text), "take.city": take}
    assert rep.post(path, **again).status_code == 303
    row = rep.device.get("customer", rep.office.shop)
    assert row is not None
    assert row.city == kept


def test_what_was_typed_about_a_row_that_left_stays_in_the_form(rep: Rep) -> None:
    path = f"/rows/customer/{rep.office.shop}/edit"
    form = rep.opened(path)
    rep.office.server.update("customer", rep.office.shop, owner=rep.office.ben)
    rep.sync()
    answer = rep.send(path, form, remark="typed with care")
    assert answer.status_code == 422
    assert "This has left your device." in answer.text
    assert "typed with care" in answer.text
    assert rep.get(path).status_code == 404


def test_what_is_here_for_reading_says_why(rep: Rep) -> None:
    """A substitution that is to come shows rows before; what was typed stays in the form."""
    server, day = rep.office.server, dt.timedelta(days=1)
    lent = server.insert("customer", number="2", name="Shop", owner=rep.office.ben, active=True)
    server.insert("substitution", absent=rep.office.ben, substitute=rep.office.anna, active=True,
                  starts_at=NOW + day, ends_at=NOW + 2 * day, lead_days=1)  # fmt: skip
    rep.sync()
    answer = rep.save(f"/rows/customer/{lent}/edit", phone="+43 316 7")
    assert answer.status_code == 422
    assert "Your substitution has not begun" in answer.text
    assert "+43 316 7" in answer.text


def test_a_disk_that_is_full_loses_nothing_that_was_typed(
    rep: Rep, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full() -> object:
        raise DiskFull("no room")

    monkeypatch.setattr(rep.device, "changeset", full)
    answer = rep.save(f"/rows/customer/{rep.office.shop}/edit", remark="typed with care")
    assert answer.status_code == 422
    assert "There is no room left on this device." in answer.text
    assert "typed with care" in answer.text


def test_what_nobody_foresaw_is_a_page_and_in_the_log(
    rep: Rep, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(rep.device, "inbox", lambda: 1 / 0)
    answer = rep.get("/sync")
    assert answer.status_code == 500
    assert "Something went wrong" in answer.text
    assert "content-security-policy" in answer.headers
    assert "a page failed: /sync" in caplog.text


def test_a_contact_is_added(rep: Rep) -> None:
    shop = rep.office.shop
    page = rep.get(f"/rows/customer/{shop}").text
    path = f"/rows/contact/new?customer={shop}&back=/rows/customer/{shop}"
    assert f"/rows/contact/new?customer={shop}" in page
    assert rep.save(path).status_code == 422
    answer = rep.save(path, name="Eva", email="eva@shop.test")
    assert answer.headers["location"] == f"/rows/customer/{shop}"
    (contact,) = rep.device.rows("contact")
    assert (contact.customer, contact.name, contact.active) == (shop, "Eva", True)
    assert "Eva" in rep.get(f"/rows/customer/{shop}").text
    until(lambda: in_step(rep.screen))


def test_a_note_is_added_and_deleted(rep: Rep) -> None:
    shop, me = rep.office.shop, rep.office.anna
    rep.save(f"/rows/note/new?customer={shop}&author={me}", text="Ask for Eva.\nAt nine.")
    (note,) = rep.device.rows("note")
    assert note.text == "Ask for Eva.\nAt nine."
    assert "It goes for good" in rep.get(f"/rows/note/{note.id}/edit").text
    assert rep.post(f"/rows/note/{note.id}/delete").status_code == 303
    assert rep.device.rows("note") == []
    assert rep.post(f"/rows/customer/{shop}/delete").status_code == 404


def test_what_may_not_be_added_says_so(rep: Rep) -> None:
    """The form would not be offered; a note in somebody else's name is refused in words."""
    path = f"/rows/note/new?author={rep.office.ben}"
    answer = rep.save(path, text="not mine")
    assert answer.status_code == 422
    assert "not mine" in answer.text
    assert rep.get("/rows/customer/new").status_code == 404
    assert rep.get("/rows/nothing/new").status_code == 404


def test_what_the_office_wrote_is_never_a_page(rep: Rep) -> None:
    server = rep.office.server
    server.update("customer", rep.office.shop, name=CANARY, street=CANARY, remark=CANARY)
    server.update("employee", rep.office.anna, login=CANARY)
    for entity, values in (("contact", {"name": CANARY, "role": CANARY, "phone": CANARY}),
                           ("appointment", {"subject": CANARY, "starts_at": NOW,
                                            "employee": rep.office.anna})):  # fmt: skip
        server.insert(entity, customer=rep.office.shop, active=True, **values)
    rep.post("/sync")
    until(lambda: rep.screen.place.known.people[0].name == CANARY)
    rep.post("/airplane", on="1")
    rep.save(f"/rows/customer/{rep.office.shop}/edit", city=CANARY)
    (contact,) = rep.device.rows("contact")
    shop = f"/rows/customer/{rep.office.shop}"
    for path in ("/", "/masterdata/customers", shop, f"{shop}/edit", "/sync", "/more",
                 f"/rows/contact/{contact.id}", f"/rows/contact/new?customer={rep.office.shop}",
                 f"/masterdata/customers?q={CANARY}"):  # fmt: skip
        page = rep.get(path).text
        assert "<script>alert" not in page, path
        assert "<img src=x" not in page, path
        assert "&lt;script&gt;" in page, path


def test_what_is_not_here_is_told(rep: Rep) -> None:
    for path in ("/nowhere", f"/rows/customer/{uuid.uuid4()}", "/rows/customer/x", "/rows/x/y",
                 "/sync/99", "/attachments/zz", "/attachments/" + "0" * 64):  # fmt: skip
        answer = rep.get(path)
        assert answer.status_code == 404, path
        assert "There is nothing here" in answer.text

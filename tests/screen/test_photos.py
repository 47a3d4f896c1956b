"""A field with a photo: taken, shown, told. And every other kind of field in a form."""

from __future__ import annotations

import datetime as dt
import decimal

import pytest

from tests.screen.conftest import HERE, Rep

PHOTO = b"\xff\xd8\xff\xe0 a photo of the shelf"


def test_a_photo_is_taken_without_a_network(surveyor: Rep) -> None:
    path = f"/rows/customer/{surveyor.office.shop}"
    assert 'capture="environment"' in surveyor.get(f"{path}/edit").text
    headers = {"origin": HERE, "x-csrf": surveyor.csrf, "content-type": "application/octet-stream"}
    value = surveyor.http.post("/attachments", content=PHOTO, headers=headers).json()["value"]
    assert surveyor.save(f"{path}/edit", x_photo=value).status_code == 303
    assert f'<img src="/attachments/{value}"' in surveyor.get(path).text
    assert surveyor.get(f"/attachments/{value}").content == PHOTO
    assert "A photo or file" in surveyor.get("/sync").text
    assert b"a photo of the shelf" not in b"".join(
        found.read_bytes() for found in surveyor.folder.rglob("*") if found.is_file()
    )


def test_a_photo_that_is_not_here_yet_is_told(surveyor: Rep) -> None:
    path = f"/rows/customer/{surveyor.office.shop}"
    surveyor.save(f"{path}/edit", x_photo="00" * 32)
    page = surveyor.get(path).text
    assert "It comes with one of the next syncs." in page
    assert "<img" not in page


def test_every_kind_of_field_is_read_as_it_is_shown(surveyor: Rep) -> None:
    path = f"/rows/customer/{surveyor.office.shop}/edit"
    typed = {"x_rent": "1,234.50", "x_open": "false", "x_since": "2026-11-02",
             "x_visit": "2026-11-30T08:30", "x_class": "B"}  # fmt: skip
    assert surveyor.save(path, **typed).status_code == 303
    row = surveyor.device.get("customer", surveyor.office.shop)
    assert row is not None
    assert (row.x_rent, row.x_open) == (decimal.Decimal("1234.50"), False)
    assert (row.x_since, row.x_class) == (dt.date(2026, 11, 2), "B")
    assert row.x_visit == dt.datetime(2026, 11, 30, 8, 30).astimezone()
    form = surveyor.opened(path)
    assert {name: form[f"v.{name}"] for name in typed} == typed
    pending = surveyor.device.pending()
    assert (
        surveyor.send(path, form).status_code == 303
    )  # nothing was changed, so nothing is written
    assert surveyor.device.pending() == pending


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("x_rent", "12.345"), ("x_rent", "much"), ("x_open", "maybe"), ("x_since", "2.11.26"),
        ("x_since", "1666-01-01"), ("x_visit", "soon"), ("x_class", "C"), ("x_photo", "zz"),
        ("x_photo", "00"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_told_at_its_field(surveyor: Rep, name: str, text: str) -> None:
    answer = surveyor.save(f"/rows/customer/{surveyor.office.shop}/edit", **{name: text})
    assert answer.status_code == 422
    assert f'id="wrong-{name}"' in answer.text
    assert surveyor.device.pending() == 0


def test_what_no_input_is_for_stays(surveyor: Rep) -> None:
    """JSON is shown, and not written by a form that leaves it alone."""
    with surveyor.device.changeset() as changes:
        changes.update("customer", surveyor.office.shop, x_raw={"a": [1]})
    path = f"/rows/customer/{surveyor.office.shop}/edit"
    assert surveyor.save(path, phone="1").status_code == 303
    row = surveyor.device.get("customer", surveyor.office.shop)
    assert row is not None
    assert row.x_raw == {"a": [1]}

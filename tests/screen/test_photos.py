"""A field with a photo: taken, shown, told. And every other kind of field in a form."""

from __future__ import annotations

import datetime as dt
import decimal
from collections.abc import Iterator
from pathlib import Path

import pytest

from device_sdk.testing import Server
from modules.masterdata.manifest import MASTERDATA
from syncengine.model.custom import CustomField
from syncengine.model.entity import DeviceRight, Field
from syncengine.model.fields import (
    BlobReference,
    Bool,
    Date,
    Decimal,
    Enum,
    FieldType,
    Json,
    Timestamp,
)
from tests.screen.conftest import HERE, NOW, Office, Rep, start

KINDS: dict[str, FieldType] = {
    "x_photo": BlobReference(), "x_rent": Decimal(2), "x_open": Bool(), "x_since": Date(),
    "x_visit": Timestamp(), "x_class": Enum(("A", "B")), "x_raw": Json(),
}  # fmt: skip
CUSTOM = [
    CustomField("customer", Field(151 + n, name, kind, device=DeviceRight.WRITE))
    for n, (name, kind) in enumerate(KINDS.items())
]
PHOTO = b"\xff\xd8\xff\xe0 a photo of the shelf"


@pytest.fixture
def rep(tmp_path: Path) -> Iterator[Rep]:
    """Anna, offline, in an installation with fields of its own."""
    (tmp_path / "office").mkdir()
    with Server(tmp_path / "office", [MASTERDATA], now=NOW, custom=CUSTOM) as server:
        anna = server.insert("employee", number="7", login="anna", active=True)
        shop = server.insert("customer", number="1", name="Shop", owner=anna, active=True)
        rep = start(Office(server, anna, anna, shop), tmp_path / "device")
        assert rep.enrol(anna).status_code == 303
        rep.post("/airplane", on="1")
        yield rep
        rep.screen.sign_out()


def test_a_photo_is_taken_without_a_network(rep: Rep) -> None:
    path = f"/rows/customer/{rep.office.shop}"
    assert 'capture="environment"' in rep.get(f"{path}/edit").text
    headers = {"origin": HERE, "x-csrf": rep.csrf, "content-type": "application/octet-stream"}
    value = rep.http.post("/attachments", content=PHOTO, headers=headers).json()["value"]
    assert rep.save(f"{path}/edit", x_photo=value).status_code == 303
    assert f'<img src="/attachments/{value}"' in rep.get(path).text
    assert rep.get(f"/attachments/{value}").content == PHOTO
    assert "A photo or file" in rep.get("/sync").text
    assert b"a photo of the shelf" not in b"".join(
        found.read_bytes() for found in rep.folder.rglob("*") if found.is_file()
    )


def test_a_photo_that_is_not_here_yet_is_told(rep: Rep) -> None:
    path = f"/rows/customer/{rep.office.shop}"
    rep.save(f"{path}/edit", x_photo="00" * 32)
    page = rep.get(path).text
    assert "It comes with one of the next syncs." in page
    assert "<img" not in page


def test_every_kind_of_field_is_read_as_it_is_shown(rep: Rep) -> None:
    path = f"/rows/customer/{rep.office.shop}/edit"
    typed = {"x_rent": "1,234.50", "x_open": "false", "x_since": "2026-11-02",
             "x_visit": "2026-11-30T08:30", "x_class": "B"}  # fmt: skip
    assert rep.save(path, **typed).status_code == 303
    row = rep.device.get("customer", rep.office.shop)
    assert row is not None
    assert (row.x_rent, row.x_open) == (decimal.Decimal("1234.50"), False)
    assert (row.x_since, row.x_class) == (dt.date(2026, 11, 2), "B")
    assert row.x_visit == dt.datetime(2026, 11, 30, 8, 30).astimezone()
    form = rep.opened(path)
    assert {name: form[f"v.{name}"] for name in typed} == typed
    pending = rep.device.pending()
    assert rep.send(path, form).status_code == 303  # nothing was changed, so nothing is written
    assert rep.device.pending() == pending


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("x_rent", "12.345"), ("x_rent", "much"), ("x_open", "maybe"), ("x_since", "2.11.26"),
        ("x_since", "1666-01-01"), ("x_visit", "soon"), ("x_class", "C"), ("x_photo", "zz"),
        ("x_photo", "00"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_told_at_its_field(rep: Rep, name: str, text: str) -> None:
    answer = rep.save(f"/rows/customer/{rep.office.shop}/edit", **{name: text})
    assert answer.status_code == 422
    assert f'id="wrong-{name}"' in answer.text
    assert rep.device.pending() == 0


def test_what_no_input_is_for_stays(rep: Rep) -> None:
    """JSON is shown, and not written by a form that leaves it alone."""
    with rep.device.changeset() as changes:
        changes.update("customer", rep.office.shop, x_raw={"a": [1]})
    path = f"/rows/customer/{rep.office.shop}/edit"
    assert rep.save(path, phone="1").status_code == 303
    row = rep.device.get("customer", rep.office.shop)
    assert row is not None
    assert row.x_raw == {"a": [1]}

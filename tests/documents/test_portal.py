"""The office's pages of documents: what is given out there is what devices hold (D14)."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from device_sdk import Device
from modules.documents.device import Documents
from modules.documents.jobs import follow
from modules.documents.portal.reading import PLACE
from modules.documents.portal.returned import PLACE as RETURNS
from syncengine.model.ids import to_text
from syncengine.store.blob_folder import BlobFolder
from syncengine.store.downloads import Downloads
from syncengine.store.uploads import Uploads
from tests.accounts.office import Office
from tests.attachments.scene import BOUNDS, Carrying
from tests.documents.scene import SCHEMA
from tests.portal.conftest import Desk, Visitor
from tests.portal.test_attachments import PNG, choose
from tests.support.world import DAY, Faults


@dataclass
class Reading:
    """A desk with the module, and somebody who may do everything."""

    desk: Desk
    anna: Visitor

    def file(self, content: bytes) -> str:
        """What the form's field holds of a file that was chosen."""
        part = choose(self.anna, content, "document_edition", "file").text
        found = re.search(r'name="v.file" value="([0-9a-f]{64})"', part)
        assert found, part
        return found[1]

    def send(self, place: str, **changed: str) -> Any:
        """The form; in names, `__` is a dot."""
        usual = {
            "title": "Summer", "kind": "form", "language": "", "valid_from": "", "valid_until": "",
            "whats_new": "", "file_name": "", "v.file": "", "target.0.kind": "market",
            "target.0.value": "1", "do": "publish",
        }  # fmt: skip
        sent = usual | {name.replace("__", "."): value for name, value in changed.items()}
        return self.anna.http.post(place, data={"csrf": self.anna.csrf, **sent})

    def published(self, place: str, **changed: str) -> str:
        """The address of a document, delivered."""
        answer = self.send(place, **changed)
        assert answer.status_code == 303, answer.text
        follow(self.desk.store, 100)
        return str(answer.headers["location"]).partition("?")[0]

    def device(self, person: str) -> tuple[Device, Documents]:
        """Enrolled, with what there is for that person."""
        world = self.desk.world
        blobs = BlobFolder(world.folder / "blobs", world.environment.reached)
        transport = Carrying(
            world.store, Faults(), uploads=Uploads(world.store, blobs, BOUNDS),
            downloads=Downloads(world.store, blobs),
        )  # fmt: skip
        code = world.store.seats.create_code(world.people[person], DAY)
        environment = world.device_environment(None)
        folder = world.folder / person
        device = Device.enrol(folder, transport, code, "tablet", environment=environment)
        documents = Documents(device)
        device.sync()
        return device, documents

    def seen(self, place: str) -> str:
        """What there is to read on a page."""
        page = self.anna.get(place).text
        return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", page)).split())


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Reading]:
    made = Office(f"sqlite:///{tmp_path / 'server.db'}", tmp_path, SCHEMA)
    desk = Desk(made, blob_folder=str(tmp_path / "blobs"))
    market = desk.world.insert("market", number="1", name="North")
    desk.world.customer("a", "1", market=market)
    yield Reading(desk, desk.administrator())
    desk.world.close()


def test_it_is_given_out_and_replaced_on_one_page(office: Reading) -> None:
    place = office.published(
        f"{PLACE}/new", v__file=office.file(PNG), whats_new="All of it", keep_offline="1"
    )
    assert "Summer.png" in office.seen(place)
    device, documents = office.device("a")
    (first,) = documents.valid()
    assert (first.title, first.media_type, first.size) == ("Summer", "image/png", len(PNG))
    assert (first.whats_new, first.keep_offline, first.kind) == ("All of it", True, "form")
    device.sync()  # shows the server its checkpoint
    assert "Valid" in office.seen(place)
    assert re.search(r"Summer · Keep offline Form Valid .* 1\b", office.seen(PLACE))
    begins = "2099-01-01T00:00"
    office.published(f"{place}/edition", v__file=office.file(b"%PDF-2"), valid_from=begins,
                     file_name="next.pdf")  # fmt: skip
    assert re.search(
        "next.pdf .* To come .* Summer.png .* Valid the next one follows", office.seen(place)
    )
    device.sync()
    assert [one.edition for one in documents.valid()] == [first.edition]
    assert "1 edition is withdrawn." in office.seen(
        f"{place}/withdraw?edition={to_text(first.edition.bytes)}"
    )
    page = office.seen(f"{place}/withdraw")
    assert "2 editions are withdrawn." in page
    assert "on 1 device" in page
    answer = office.anna.http.post(f"{place}/withdraw", data={"csrf": office.anna.csrf})
    assert answer.status_code == 303
    follow(office.desk.store, 100)
    device.sync()
    assert documents.valid() == []
    assert "Withdrawn" in office.seen(PLACE)
    device.close()


def test_the_preview_tells_whom_it_would_reach_and_stores_nothing(office: Reading) -> None:
    version = office.desk.store.status().version
    sent = {"csrf": office.anna.csrf, "title": "", "kind": "other", "v.file": "", "do": "look",
            "target.0.kind": "market", "target.0.value": "1", "target.1.kind": "team",
            "target.1.value": "boss", "target.2.kind": "rule", "target.2.value": ""}  # fmt: skip
    answer = office.anna.http.post(f"{PLACE}/new", data=sent, headers={"hx-request": "true"})
    page = " ".join(html.unescape(re.sub(r"<[^>]*>", " ", answer.text)).split())
    assert page.startswith("4 people have it then a, b, boss, c 1 target is not complete yet.")
    assert office.desk.store.status().version == version
    more = office.anna.http.post(f"{PLACE}/new", data=sent | {"do": "add.target"})
    assert more.text.count('class="doc-row"') == 4
    less = office.anna.http.post(f"{PLACE}/new", data=sent | {"do": "remove.target.0"})
    assert less.text.count('class="doc-row"') == 2


def test_what_does_not_fit_is_told_and_what_was_typed_stays(office: Reading) -> None:
    file = office.file(PNG)
    wrong = {
        "This is needed.": {"title": " "},
        "There is no such row": {"target__0__value": "nowhere"},
        "It has to end after it begins.": {
            "valid_from": "2099-02-01T00:00", "valid_until": "2099-01-01T00:00"
        },
        "That is over already.": {
            "valid_from": "2001-01-01T00:00", "valid_until": "2001-02-01T00:00"
        },
        "Choose the file once more.": {"v__file": "ab" * 32},
    }  # fmt: skip
    for said, changed in wrong.items():
        answer = office.send(f"{PLACE}/new", **{"v__file": file, "whats_new": "typed", **changed})
        assert answer.status_code == 422
        assert said in html.unescape(answer.text)
        assert "typed</textarea>" in answer.text
    assert office.send(f"{PLACE}/new").status_code == 422  # no file
    assert office.send(f"{PLACE}/new", kind="nonsense", v__file=file).status_code == 422
    assert office.send(f"{PLACE}/new", target__0__kind="moon").status_code == 400
    many = {f"target__{n}__kind": "market" for n in range(51)}
    assert office.send(f"{PLACE}/new", **many).status_code == 413
    assert office.anna.get(f"{PLACE}/nonsense").status_code == 404
    assert office.anna.get(f"{PLACE}?kind=nonsense").status_code == 400
    assert office.anna.get(PLACE).text.count('id="document-') == 0


def test_a_form_that_came_back_is_shown_and_can_be_reopened(office: Reading) -> None:
    office.published(f"{PLACE}/new", v__file=office.file(b"%PDF-1"))
    device, documents = office.device("a")
    (form,) = documents.valid()
    (shop,) = device.rows("customer")
    photo = device.attachments.attach(BytesIO(PNG))
    row = documents.return_form(form.edition, photo, "Ms <b>Meyer</b>", shop.id)
    device.sync()
    assert "Ms <b>Meyer</b>" in office.seen(RETURNS)
    place = f"{RETURNS}/{to_text(row.bytes)}"
    page = office.anna.get(place).text
    (picture,) = set(re.findall(r'src="(/portal/data/document_return/[^"]*)"', page))
    assert office.anna.get(picture).content == PNG
    sent = {"csrf": office.anna.csrf, "reason": " "}
    assert office.anna.http.post(place, data=sent).status_code == 422
    answer = office.anna.http.post(place, data=sent | {"reason": "not readable"})
    assert answer.status_code == 303
    device.sync()
    (again,) = documents.open_returns()
    assert again.reason == "not readable"
    assert office.anna.http.post(place, data=sent | {"reason": "again"}).status_code == 403
    assert "not readable" in office.seen(place)
    device.close()


def test_who_may_see_none_of_it_finds_no_page(office: Reading) -> None:
    place = office.published(f"{PLACE}/new", v__file=office.file(b"%PDF-1"))
    office.desk.office.user("ben")
    ben = office.desk.signed_in("ben")
    for one in (PLACE, f"{PLACE}/new", place, f"{place}/edition", f"{place}/withdraw", RETURNS):
        assert ben.get(one).status_code == 404
    office.desk.office.role(
        office.desk.office.user("carl"), document="view", document_edition="view"
    )
    carl = office.desk.signed_in("carl")
    assert [carl.get(one).status_code for one in (PLACE, place)] == [200, 200]
    assert [carl.get(f"{PLACE}/new").status_code, carl.get(RETURNS).status_code] == [404, 404]
    assert carl.get(f"{place}/withdraw").status_code == 403

"""Documents on the rep's screen: found, brought, and signed forms returned (D14)."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest
from starlette.testclient import TestClient

from device_sdk import Environment
from device_sdk.screen.brought import found_screens
from device_sdk.screen.place import Place
from device_sdk.screen.routes import screen_app
from device_sdk.screen.screen import Screen
from modules.documents.device import Documents
from tests.documents.scene import Library
from tests.screen.conftest import HERE, PASSCODE
from tests.screen.running import in_step, until
from tests.support.world import DAY, Faults


@dataclass
class Rep:
    """`a` before the screen; the network is there unless `faults` says otherwise."""

    library: Library
    screen: Screen
    http: TestClient
    faults: Faults

    def get(self, path: str) -> str:
        """A page, in English."""
        answer = self.http.get(path, headers={"accept-language": "en"})
        assert answer.status_code == 200, answer.text
        return answer.text

    def seen(self, path: str) -> str:
        """What there is to read on a page."""
        return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", self.get(path))).split())

    def send(self, path: str, **values: str) -> httpx2.Response:
        """A form of ours."""
        assert self.screen.user is not None
        sent = {"csrf": self.screen.user.csrf, **values}
        return self.http.post(path, data=sent, headers={"origin": HERE, "accept-language": "en"})

    def link(self, page: str, to: str) -> str:
        """The only one on a page that leads there."""
        (found,) = re.findall(rf'href="({to}[^"]*)"', self.get(page))
        return html.unescape(found)

    def sync(self) -> None:
        assert self.screen.user is not None
        self.screen.user.device.sync()

    def attached(self, content: bytes) -> str:
        """What the page's script puts into the form."""
        assert self.screen.user is not None
        headers = {"origin": HERE, "x-csrf": self.screen.user.csrf,
                   "content-type": "application/octet-stream"}  # fmt: skip
        answer = self.http.post("/attachments", content=content, headers=headers)
        return str(answer.json()["value"])


@pytest.fixture
def rep(tmp_path: Path) -> Iterator[Rep]:
    library, faults = Library(f"sqlite:///{tmp_path / 'server.db'}", tmp_path), Faults()
    place, clock = Place(tmp_path / "device"), Environment(now=lambda: library.at)
    screen = Screen(place, found_screens(), None, lambda _: library.transport(faults), clock)
    http = TestClient(screen_app(screen), base_url=HERE, follow_redirects=False)
    code = library.store.seats.create_code(library.people["a"], DAY)
    typed = {"server": "http://office.test", "name": "Phone", "passcode": PASSCODE}
    sent = {"csrf": "", "code": code, "again": PASSCODE, **typed}
    answer = http.post("/enrol", data=sent, headers={"origin": HERE})
    assert answer.status_code == 303, answer.text
    until(lambda: in_step(screen))
    made = Rep(library, screen, http, faults)
    made.get("/")
    yield made
    screen.sign_out()
    library.close()


def test_documents_are_searched_and_their_files_brought(rep: Rep) -> None:
    assert "There are no documents" in rep.seen("/documents/all")
    mine = {"employee": rep.library.people["a"]}
    rep.library.given_out(mine, title="Summer prices <b>", content=b"%PDF-prices")
    rep.library.given_out(mine, title="Catalogue", kind="catalogue", keep=True)
    rep.sync()
    assert "Catalogue Catalogue Summer prices <b> Price list" in rep.seen("/documents/all")
    assert "Catalogue Catalogue" not in rep.seen("/documents/all?q=SUMMER")
    assert "No document is called like that." in rep.seen("/documents/all?kind=catalogue&q=summer")
    path = rep.link("/documents/all?q=summer", "/documents/document")
    assert "The file is not on this device yet." in rep.seen(path)
    rep.faults.offline = True
    answer = rep.send(path)
    assert answer.status_code == 422
    assert "Bring the file" in answer.text
    rep.faults.offline = False
    assert rep.send(path).status_code == 303
    file = rep.http.get(rep.link(path, "/documents/file"))
    assert (file.content, file.headers["x-content-type-options"]) == (b"%PDF-prices", "nosniff")
    assert file.headers["content-disposition"] == "attachment; filename*=UTF-8''list.pdf"
    for wrong in ("?e=x", f"?e={rep.library.people['a'].hex()}", ""):
        for page in ("/documents/document", "/documents/file", "/documents/return"):
            assert rep.http.get(page + wrong).status_code == 404
    assert rep.http.get("/documents/all?kind=moon").status_code == 400


def test_the_first_sync_after_signing_in_brings_what_is_to_be_kept_alone(rep: Rep) -> None:
    mine = {"employee": rep.library.people["a"]}
    rep.library.given_out(mine, title="Asked", content=b"asked")
    rep.library.given_out(mine, title="Kept", content=b"kept", keep=True)
    assert rep.screen.user is not None
    person = rep.screen.user.person
    rep.screen.sign_out()
    rep.screen.sign_in(person, PASSCODE)
    rep.sync()
    documents = Documents(rep.screen.user.device)
    until(lambda: documents.valid()[1].here)
    assert [(one.title, one.here) for one in documents.valid()] == [
        ("Asked", False),
        ("Kept", True),
    ]


def test_a_signed_form_is_returned_from_a_customer_s_page(rep: Rep) -> None:
    shop = rep.library.customer("a", "1")
    rep.library.given_out({"customer": shop}, title="Contract", kind="form")
    rep.sync()
    page = rep.link("/masterdata/customers", "/rows/customer/")
    path = rep.link(rep.link(page, "/documents/document"), "/documents/return")
    assert "Shop 1" in rep.seen(path)
    assert "Add a photo or file" in rep.send(path, signed_by="Ms Meyer", note="x").text
    photo = rep.attached(b"\xff\xd8\xff signed")
    refused = rep.send(path, signed_file=photo, signed_by=" ", note="at the counter")
    assert "Enter who signed." in refused.text
    assert photo in refused.text
    assert "at the counter</textarea>" in refused.text
    assert rep.send(path, signed_file="zz", signed_by="Ms Meyer", note="").status_code == 400
    done = rep.send(path, signed_file=photo, signed_by="Ms Meyer", note="at the counter")
    assert (done.status_code, done.headers["location"]) == (303, page)
    rep.sync()
    (back,) = rep.library.rows("document_return")
    assert (back["status"], back["customer"], back["note"]) == ("returned", shop, "at the counter")
    rep.library.update("document_return", back["id"], status="reopened", reason="not <b>clear")
    rep.sync()
    assert "Contract not <b>clear" in rep.seen("/")
    again = rep.link("/", "/documents/return")
    assert "From the office: not <b>clear" in rep.seen(again)
    assert 'value="Ms Meyer"' in rep.get(again)
    sharp = rep.attached(b"\xff\xd8\xff sharp")
    assert rep.send(again, signed_file=sharp, signed_by="Ms Meyer", note="").status_code == 303
    rep.sync()
    (back,) = rep.library.rows("document_return")
    assert (back["status"], back["signed_file"].hex()) == ("returned", sharp)
    assert rep.http.get(again).status_code == 404

"""D14: signed forms come back, from whoever has the customer, and are never lost."""

from __future__ import annotations

import pytest

from device_sdk import Device
from device_sdk.errors import Refused
from modules.documents.device import Document, Documents, NoDocument, NotAForm
from syncengine.store.doctor import doctor
from syncengine.store.review_queue import accept, entries
from syncengine.store.reviews import Kind
from tests.documents.scene import Library, attach
from tests.support.world import Faults


def form(library: Library, *targets: dict[str, bytes]) -> bytes:
    """A form for these; its edition."""
    document = library.given_out(*targets, title="Contract", kind="form", content=b"%PDF-form")
    (edition,) = library.rows("document_edition", document=document)
    return bytes(edition["id"])


def test_a_signed_form_comes_back_and_leaves_the_device(library: Library) -> None:
    shop = library.customer("a", "1")
    form(library, {"customer": shop})
    faults = Faults()
    device = library.enrol("a", faults)
    documents = Documents(device)
    device.sync()
    (found,) = documents.valid(shop)
    faults.offline = True
    photo, hand = attach(device, b"\xff\xd8\xff photo"), attach(device, b"\x89PNG hand")
    row = documents.return_form(
        found.edition, photo, "Ms Meyer", shop, signature=hand, note="at the counter"
    )
    assert documents.open_returns() == []
    faults.offline = False
    device.sync()
    (back,) = library.rows("document_return")
    person = library.people["a"]
    assert back | {"id": row.bytes, "edition": found.edition.bytes, "customer": shop} == back
    assert back["status"] == "returned"
    assert (back["signed_file"], back["signature"]) == (photo, hand)
    assert (back["returned_by"], back["returned_for"]) == (person, person)
    assert back["returned_at"] == library.at
    assert library.blobs.read(photo, 0, 100) == b"\xff\xd8\xff photo"
    assert device.counts()["document_return"] == 0


def test_it_is_not_returned_without_a_file_and_a_name_nor_for_what_is_no_form(
    library: Library,
) -> None:
    form(library, {"employee": library.people["a"]})
    library.given_out({"employee": library.people["a"]}, title="A list")
    device, documents = library.device("a")
    other, found = documents.valid()
    photo = attach(device, b"photo")
    with pytest.raises(Refused, match="the name of who signed is needed"):
        documents.return_form(found.edition, photo, " ")
    with pytest.raises(NotAForm):
        documents.return_form(other.edition, photo, "Ms Meyer")
    with pytest.raises(NoDocument):
        documents.return_form(library.environment.new_id(), photo, "Ms Meyer")
    with pytest.raises(NoDocument):
        documents.return_again(library.environment.new_id())
    with pytest.raises(Refused, match="a photo or file of the signed form is needed"):
        _without_file(device, found)
    device.sync()
    assert library.rows("document_return") == []
    assert device.inbox() == []


def _without_file(device: Device, found: Document) -> None:
    """Past the facade."""
    with device.changeset() as changes:
        row = changes.insert(
            "document_return", edition=found.edition, employee=device.person, status="draft",
            signed_by="Ms Meyer",
        )  # fmt: skip
        changes.update("document_return", row, status="returned")


def test_what_the_office_reopens_comes_back_with_the_reason(library: Library) -> None:
    shop = library.customer("a", "1")
    form(library, {"customer": shop})
    device, documents = library.device("a")
    (found,) = documents.valid()
    documents.return_form(found.edition, attach(device, b"blurred"), "Ms Meyer", shop)
    device.sync()
    (back,) = library.rows("document_return")
    bare = library.update("document_return", back["id"], status="reopened")
    assert "a reason has to be given" in bare.objections[0].detail
    changed = library.update("document_return", back["id"], signed_by="Somebody else")
    assert "it was returned" in changed.objections[0].detail
    library.update("document_return", back["id"], status="reopened", reason="not readable")
    device.sync()
    (open_,) = documents.open_returns(shop)
    assert (open_.status, open_.reason, open_.title) == ("reopened", "not readable", "Contract")
    assert documents.open_returns(library.customer("a", "2")) == []
    sharp = attach(device, b"sharp")
    documents.return_again(open_.id, sharp, note="better light")
    device.sync()
    (back,) = library.rows("document_return")
    assert (back["status"], back["signed_file"], back["reason"]) == ("returned", sharp, None)
    assert (back["signed_by"], back["note"]) == ("Ms Meyer", "better light")


def test_a_substitute_returns_it_for_who_is_absent(library: Library) -> None:
    shop = library.customer("a", "1")
    form(library, {"customer": shop})
    library.substitute("a", "b")
    device, documents = library.device("b")
    (found,) = documents.valid(shop)
    documents.return_form(found.edition, attach(device, b"signed"), "Ms Meyer", shop)
    device.sync()
    (back,) = library.rows("document_return")
    assert back["status"] == "returned"
    assert back["returned_by"] == library.people["b"]
    assert back["returned_for"] == library.people["a"]
    assert doctor(library.store).findings == []


def test_what_a_substitute_returns_after_the_end_waits_for_the_office(library: Library) -> None:
    shop = library.customer("a", "1")
    edition = form(library, {"customer": shop})
    substitution = library.substitute("a", "b")
    device, documents = library.device("b")
    (found,) = documents.valid(shop)
    documents.return_form(found.edition, attach(device, b"signed"), "Ms Meyer", shop)
    library.update("substitution", substitution, active=False)
    library.withdraw(edition)
    device.sync()  # it learns of both only now
    (item,) = device.inbox()
    assert (item.outcome, item.reasons[0].code) == ("quarantined", "lifecycle.waits")
    (entry,), _ = entries(library.store, Kind.QUARANTINE, decided=False, limit=9)
    accept(library.store, Kind.QUARANTINE, entry.number)
    (back,) = library.rows("document_return")
    assert (back["status"], back["signed_by"]) == ("returned", "Ms Meyer")
    device.sync()
    assert [device.counts()[name] for name in ("document_return", "document")] == [0, 0]


def test_a_form_without_a_customer_is_personal(library: Library) -> None:
    form(library, {"employee": library.people["a"]})
    library.customer("a", "1")
    device, documents = library.device("a")
    (found,) = documents.valid()
    documents.return_form(found.edition, attach(device, b"signed"), "Myself")
    device.sync()
    (back,) = library.rows("document_return")
    library.update("document_return", back["id"], status="reopened", reason="whose is this?")
    library.substitute("a", "b")
    _, others = library.device("b")
    device.sync()
    assert others.open_returns() == []
    assert [one.customer for one in documents.open_returns()] == [None]

"""What clients may not do with documents and returns: refused with a code, nothing changed."""

from __future__ import annotations

import pytest

from syncengine.model.entity import Action
from syncengine.model.fields import Stored
from tests.documents.scene import Library
from tests.support.wire import NaiveDevice, codes


@pytest.fixture
def device(library: Library) -> NaiveDevice:
    shop = library.customer("a", "1")
    library.given_out({"customer": shop}, kind="form")
    made = NaiveDevice(library, "a")
    made.sync()
    return made


def returned(library: Library, **changed: Stored) -> dict[str, Stored]:
    """The fields of a return that would do."""
    (edition,) = library.rows("document_edition")
    (shop,) = library.rows("customer", number="1")
    usual = {"edition": edition["id"], "customer": shop["id"], "status": "draft"}
    return {name: value for name, value in {**usual, **changed}.items() if value is not None}


def test_a_return_is_made_by_its_own_rules(library: Library, device: NaiveDevice) -> None:
    other = library.customer("b", "2")
    wrong: list[tuple[dict[str, Stored], str]] = [
        ({"customer": other}, "row.unknown"),
        ({"customer": library.environment.new_id()}, "row.unknown"),
        ({"customer": None}, "row.unknown"),
        ({"customer": None, "employee": library.people["b"]}, "row.unknown"),
        ({"status": "returned"}, "lifecycle.illegal"),
        ({"status": "reopened"}, "lifecycle.illegal"),
        ({"returned_by": library.people["b"]}, "field.denied"),
        ({"reason": "because"}, "field.denied"),
        ({"signed_file": bytes(32)}, "blob.unknown"),
    ]
    for changed, code in wrong:
        operation = device.insert("document_return", None, **returned(library, **changed))
        (verdict,) = device.push(device.changeset(operation))
        assert verdict.outcome == "rejected", changed
        assert code in codes(verdict), changed
    assert library.rows("document_return") == []


def test_devices_write_nothing_that_is_the_office_s(library: Library, device: NaiveDevice) -> None:
    (document,) = library.rows("document")
    (edition,) = library.rows("document_edition")
    (delivery,) = library.rows("document_delivery")
    refused = [
        device.update("document", document["id"], title="mine"),
        device.update("document_edition", edition["id"], status="withdrawn"),
        device.update("document_delivery", delivery["id"], status="ended"),
        device.insert("document", title="x", kind="other", keep_offline=True),
        device.insert("document_target", document=document["id"], employee=library.people["b"]),
    ]
    for operation in refused:
        (verdict,) = device.push(device.changeset(operation))
        assert verdict.outcome == "rejected"
    assert [library.rows("document"), library.rows("document_edition")] == [[document], [edition]]
    assert library.rows("document_delivery") == [delivery]


def test_the_office_keeps_to_the_steps_too(library: Library, device: NaiveDevice) -> None:
    (edition,) = library.rows("document_edition")
    (delivery,) = library.rows("document_delivery")
    for entity, row, status, code in (
        ("document_edition", edition, "replaced", "lifecycle.denied"),
        ("document_edition", edition, "draft", "lifecycle.illegal"),
        ("document_delivery", delivery, "ended", "lifecycle.denied"),
    ):
        (objection,) = library.update(entity, row["id"], status=status).objections
        assert objection.code == code
    for mine in (
        library.new("document_delivery", document=edition["document"], status="current",
                    employee=library.people["b"]),
        library.operation(Action.DELETE, "document_delivery", delivery["id"]),
        library.operation(Action.UPDATE, "document_delivery", delivery["id"], customer=None),
    ):  # fmt: skip
        (objection,) = library.write([mine]).objections
        assert objection.code == "lifecycle.protected"
        assert "the server makes deliveries" in objection.detail
    fields = {name: edition[name] for name in ("document", "file", "file_name", "media_type")}
    for wrong in ({"size": 0}, {"valid_from": None}, {"file": library.file(b"x")[:31]}):
        with pytest.raises(Exception, match=next(iter(wrong))):
            library.insert(
                "document_edition", **{**fields, "size": 1, "valid_from": 1, "status": "draft",
                                       **wrong}
            )  # fmt: skip

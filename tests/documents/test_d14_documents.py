"""D14: the right edition on the right devices, and no longer than it is valid."""

from __future__ import annotations

import pytest

from device_sdk.errors import Offline
from modules.documents.device import Documents, NoDocument
from syncengine.model.entity import Action
from syncengine.store.doctor import doctor
from tests.documents.scene import Library
from tests.support.world import Faults


def contents(documents: Documents) -> list[bytes]:
    """Of all files that are valid, by title."""
    return [b"".join(documents.open(one.edition)) for one in documents.valid()]


def test_a_market_s_document_is_with_whoever_has_a_customer_there(library: Library) -> None:
    top = library.market("top")
    shop = library.customer("a", "1", market=library.market("below", top))
    library.given_out({"market": top}, content=b"%PDF-top", kind="catalogue")
    with_it, documents = library.device("a")
    without, others = library.device("b")
    (document,) = documents.valid()
    assert (document.title, document.kind, document.size) == ("Prices", "catalogue", 8)
    assert contents(documents) == [b"%PDF-top"]
    assert documents.valid(shop) == documents.valid()
    assert others.valid() == []
    assert without.counts()["document_edition"] == 0
    library.update("customer", shop, owner=library.people["b"])  # no job has to know of it
    with_it.sync()
    without.sync()
    assert documents.valid() == []
    assert contents(others) == [b"%PDF-top"]
    assert doctor(library.store).findings == []


def test_a_substitute_has_what_goes_with_customers_and_nothing_that_is_personal(
    library: Library,
) -> None:
    shop = library.customer("a", "1")
    library.given_out({"customer": shop}, content=b"terms", title="Terms")
    library.given_out({"employee": library.people["a"]}, content=b"own", title="Own")
    substitution = library.substitute("a", "b")
    device, documents = library.device("b")
    assert [one.title for one in documents.valid()] == ["Terms"]
    _, own = library.device("a")
    assert [one.title for one in own.valid()] == ["Own", "Terms"]
    assert [one.title for one in own.valid(shop)] == ["Terms"]
    library.update("substitution", substitution, active=False)
    device.sync()
    assert documents.valid() == []
    assert device.counts()["document"] == 0


def test_a_market_s_document_comes_with_a_customer_that_is_lent(library: Library) -> None:
    """To whoever stands in for listed customers only, with nothing of other markets (D6)."""
    top, there = library.market("top"), library.market("there")
    shop = library.customer("a", "1", market=library.market("below", top))
    library.customer("a", "2", market=there)
    by = library.insert(
        "substitution", absent=library.people["a"], substitute=library.people["b"], active=True,
        only_listed=True,
    )  # fmt: skip
    line = library.insert("substitution_customer", substitution=by, customer=shop)
    library.given_out({"market": top}, content=b"%PDF-top", title="Top")
    library.given_out({"market": there}, title="There")
    library.given_out({"employee": library.people["a"]}, title="Own")
    device, documents = library.device("b")
    assert [one.title for one in documents.valid(shop)] == ["Top"]
    assert contents(documents) == [b"%PDF-top"]
    assert device.counts()["document_edition"] == 1
    _, own = library.device("a")
    assert [one.title for one in own.valid(shop)] == ["Top"]
    library.write([library.operation(Action.DELETE, "substitution_customer", line)])
    assert library.work() == 1
    device.sync()
    assert documents.valid() == []
    assert device.counts()["document"] == 0
    assert doctor(library.store).findings == []


def test_targets_name_teams_audiences_and_rules(library: Library) -> None:
    library.customer("b", "1", city="Bonn")
    audience = library.insert("audience", number="x", name="X")
    library.insert("audience_member", audience=audience, employee=library.people["a"], below=False)
    rule = library.insert(
        "rule", number="r", name="R", target="customer", audience=audience, active=False,
        condition='{"field":"city","op":"equal","value":"Bonn"}',
    )  # fmt: skip
    library.given_out({"employee": library.people["boss"], "below": True}, title="Team")
    library.given_out({"audience": audience}, title="Audience")
    library.given_out({"rule": rule}, title="Rule")
    titles = {
        person: [one.title for one in library.device(person)[1].valid()] for person in ("a", "b")
    }
    assert titles == {"a": ["Audience", "Team"], "b": ["Rule", "Team"]}


def test_a_replaced_edition_leaves_when_the_next_one_begins(library: Library) -> None:
    document = library.document({"employee": library.people["a"]}, keep=True)
    library.edition(document, b"first")
    library.edition(document, b"second", begins=2)
    library.work()
    device, documents = library.device("a")
    first, second = library.rows("document_edition")
    assert (first["status"], second["status"]) == ("replaced", "published")
    assert first["ends_at"] == second["valid_from"]
    assert device.attachments.is_here(second["file"])  # the next one is there in time
    assert contents(documents) == [b"first"]
    library.later(2)  # without network: the device changes over by its own clock
    assert contents(documents) == [b"second"]
    device.sync()
    assert device.counts()["document_edition"] == 1
    device.sync()
    assert not device.attachments.is_here(first["file"])  # its bytes, too
    assert contents(documents) == [b"second"]


def test_when_the_next_edition_is_withdrawn_the_one_before_goes_on(library: Library) -> None:
    document = library.document({"employee": library.people["a"]})
    library.edition(document, b"first")
    wrong = library.edition(document, b"wrong")
    library.work()
    library.later()
    device, documents = library.device("a")
    assert contents(documents) == [b"wrong"]
    assert library.withdraw(wrong).objections == ()
    library.work()
    device.sync()
    assert contents(documents) == [b"first"]


def test_editions_in_two_languages_are_valid_side_by_side(library: Library) -> None:
    document = library.document({"employee": library.people["a"]})
    for language, content in (("de", b"alt"), ("en", b"english"), ("de", b"neu")):
        library.edition(document, content, language=language)
    library.work()
    _, documents = library.device("a")
    assert [one.language for one in documents.valid()] == ["de", "en"]
    assert contents(documents) == [b"neu", b"english"]


def test_what_is_over_withdrawn_or_a_draft_is_on_no_device(library: Library) -> None:
    mine = {"employee": library.people["a"]}
    over, withdrawn = library.document(mine), library.document(mine)
    library.edition(over, b"short", days=1)
    edition = library.edition(withdrawn, b"wrong")
    library.insert(
        "document_edition", document=library.document(mine), file=library.file(b"draft"),
        file_name="x", media_type="text/plain", size=5, valid_from=library.at, status="draft",
    )  # fmt: skip
    library.work()
    device, documents = library.device("a")
    assert len(documents.valid()) == 2
    library.withdraw(edition)
    library.later(2)
    library.work()
    device.sync()
    assert [device.counts()[name] for name in ("document", "document_edition")] == [0, 0]
    assert {row["status"] for row in library.rows("document_delivery")} == {"ended"}
    library.edition(over, b"again")
    library.work()
    device.sync()
    assert contents(documents) == [b"again"]


def test_what_is_published_does_not_change(library: Library) -> None:
    document = library.document({"employee": library.people["a"]})
    edition = library.edition(document, b"first")
    for change in ({"file": library.file(b"other")}, {"whats_new": "much"}, {"valid_from": 1}):
        refused = library.update("document_edition", edition, **change)
        assert refused.version is None
        assert "it is published" in refused.objections[0].detail
    assert library.update("document_edition", edition, status="draft").version is None


def test_files_come_unasked_when_they_are_to_be_kept_offline_and_else_on_opening(
    library: Library,
) -> None:
    library.given_out({"employee": library.people["a"]}, content=b"kept", title="A", keep=True)
    asked = library.given_out({"employee": library.people["a"]}, content=b"asked", title="B")
    faults = Faults()
    device = library.enrol("a", faults)
    documents = Documents(device)
    device.sync()
    assert [one.here for one in documents.valid()] == [True, False]
    faults.offline = True
    kept, other = documents.valid()
    assert b"".join(documents.open(kept.edition)) == b"kept"
    with pytest.raises(Offline):
        documents.open(other.edition)
    faults.offline = False
    device.attachments.quota_bytes = 0
    assert contents(documents) == [b"kept", b"asked"]
    device.sync()
    assert [one.here for one in documents.valid()] == [True, False]  # room was needed
    documents.keep(asked)
    device.sync()
    assert [one.here for one in documents.valid()] == [True, True]
    documents.keep(asked, False)
    library.update("document", kept.id.bytes, keep_offline=False)
    library.work()
    device.sync()
    device.sync()
    assert [one.here for one in documents.valid()] == [False, False]


def test_what_is_not_valid_here_is_not_there(library: Library) -> None:
    document = library.given_out({"employee": library.people["a"]})
    (edition,) = library.rows("document_edition")
    _, documents = library.device("b")
    for one in (edition["id"], library.environment.new_id()):
        with pytest.raises(NoDocument):
            documents.open(one)
    with pytest.raises(NoDocument):
        documents.keep(document)

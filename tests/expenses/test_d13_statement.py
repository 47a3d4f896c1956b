"""D13: an approved trip has a statement, frozen: a correction makes another one."""

from __future__ import annotations

import datetime as dt
import hashlib
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from modules.expenses.statement.appendix import PHOTO, appendix_of
from modules.expenses.statement.facts import facts_of
from modules.expenses.statement.printable import printable
from modules.expenses.statement.printing import set_statement
from modules.expenses.statement.told import MINUS, Picture, Receipt, told, words
from server.jobs import Jobs
from syncengine.model.access import Source
from syncengine.model.changeset import Operation
from syncengine.model.entity import Action
from syncengine.store import tables as t
from syncengine.store.clock import verify
from syncengine.store.compaction import Retention
from syncengine.store.files import Files
from tests.expenses.scene import Travel
from tests.expenses.stated import (
    approved,
    content,
    correct,
    make,
    photo,
    statements,
    text_of,
)

LATER = dt.datetime(2026, 3, 4, 9, tzinfo=dt.UTC)
WILD = '#panic("x") \\ * ] [ $x$ _a_ @ref <lab> // c `raw` = head "quoted"'


def _read(travel: Travel) -> list[str]:
    return [text_of(content(travel, one["file"])) for one in statements(travel)]


def test_d13_it_says_what_the_server_reckoned_and_why(travel: Travel) -> None:
    approved(travel, purpose="Fair in Cologne")
    assert make(travel) == 1
    (row,) = statements(travel)
    assert (row["number"], row["total"], row["currency"], row["corrects"]) == (
        "2026-000001", 6_260, "EUR", None,
    )  # fmt: skip
    (text,) = _read(travel)
    for said in (
        "Reisekostenabrechnung", "2026-000001", "Fair in Cologne", "4711",
        "Länger als die Mindestdauer abwesend, ohne Übernachtung", f"Mittagessen {MINUS}11,20 2,80",
        "Pkw home, Cologne 120,0 0,30 36,00", "19 % 23,80 20,00 3,80", "Gesamtbetrag (EUR) 62,60",
        "§ 9 Abs. 4a EStG", "Beleg 1.1", hashlib.sha256(photo()).hexdigest(),
    ):  # fmt: skip
        assert said in text, said
    assert make(travel) == 0  # nothing new


def test_it_is_in_the_language_of_who_approved_it(travel: Travel) -> None:
    boss = travel.administrator
    user = travel.operation(Action.UPDATE, "office_user", boss, language="en")
    assert travel.by(None, user).version is not None
    approved(travel, boss)
    make(travel)
    (text,) = _read(travel)
    assert "Travel expense statement" in text
    assert "Away longer than the least time, without a night" in text
    assert "Total (EUR) 62.60" in text
    assert "approved 3 Mar 2026 08:00 UTC root" in text


def test_both_languages_have_the_same_words() -> None:
    def names(found: Any) -> Any:
        return {k: names(v) if isinstance(v, dict) else "" for k, v in found.items()}

    assert names(words("de")) == names(words("en"))


def test_d13_its_hash_is_in_the_chain_that_it_names(travel: Travel) -> None:
    trip = approved(travel)
    make(travel)
    (row,) = statements(travel)
    c = t.changeset.c
    with travel.store.engine.connect() as connection:
        approval = connection.execute(
            sa.select(c.version, c.chain).where(c.version == row["as_of"])
        ).one()
        checked = verify(connection, 0, 1_000)
    assert checked.broken is None
    assert approval.version == travel.row(trip)["version"]
    assert approval.chain.hex() in _read(travel)[0]
    assert hashlib.sha256(content(travel, row["file"])).digest() == row["file"]


def test_d13_a_correction_makes_a_new_one_and_the_old_stays(travel: Travel) -> None:
    trip = approved(travel)
    make(travel)
    (first,) = statements(travel)
    before = content(travel, first["file"])
    travel.at = int(LATER.timestamp()) * 1_000_000
    correct(travel, trip, -1_190, "The taxi was shared")
    assert make(travel) == 1
    kept, second = statements(travel)
    assert kept == first
    assert content(travel, first["file"]) == before
    assert (second["number"], second["corrects"], second["total"]) == (
        "2026-000002", first["id"], 5_070,
    )  # fmt: skip
    text = _read(travel)[1]
    for said in ("Ersetzt die Abrechnung 2026-000001 vom 03.03.2026", "The taxi was shared",
                 f"{MINUS}11,90", "Gesamtbetrag (EUR) 50,70", "Datum 04.03.2026"):  # fmt: skip
        assert said in text, said
    assert make(travel) == 0


def test_d13_the_first_tells_of_the_approval_however_late_it_is_made(travel: Travel) -> None:
    trip = approved(travel)
    correct(travel, trip, -1_190)
    assert travel.step(None, trip, "reimbursed").version is not None
    assert [make(travel), make(travel), make(travel)] == [1, 1, 0]
    assert [one["total"] for one in statements(travel)] == [6_260, 5_070]
    first, second = _read(travel)
    assert "Korrekturen 0,00" in first
    assert f"{MINUS}11,90" in second


@pytest.mark.parametrize("source", [Source.OFFICE, Source.IMPORT])
@pytest.mark.parametrize("action", list(Action))
def test_d13_nobody_but_the_server_writes_one(
    travel: Travel, action: Action, source: Source
) -> None:
    trip = approved(travel)
    make(travel)
    (row,) = statements(travel)
    new = {"trip": trip.bytes, "number": "1", "language": "de", "file": row["file"], "as_of": 1,
           "stated_at": 1, "currency": "EUR", "total": 1}  # fmt: skip
    values = {Action.INSERT: new, Action.UPDATE: {"total": 1}, Action.DELETE: {}}[action]
    which = travel.environment.new_id() if action is Action.INSERT else row["id"]
    change: Operation = travel.operation(action, "trip_statement", which, **values)
    assert travel.by(travel.administrator, change, source=source).version is None
    assert statements(travel) == [row]


def test_who_travels_has_it_on_the_device_and_nobody_else(travel: Travel) -> None:
    other, _ = travel.device("b")
    device, _ = travel.device("a", "second tablet")
    approved(travel)
    make(travel)
    device.sync()
    other.sync()
    (row,) = device.rows("trip_statement")
    file = row["file"]
    assert isinstance(file, bytes)
    device.attachments.fetch(file)
    assert b"".join(device.attachments.read(file)) == content(travel, file)
    assert not other.rows("trip_statement")


def _set(travel: Travel, trip: bytes) -> bytes:
    with travel.store.engine.connect() as connection:
        facts = facts_of(travel.store, connection, trip)
    assert facts is not None
    appendix = appendix_of(facts, Files(travel.uploads, travel.blobs))
    data = told(facts, "2026-000001", appendix.receipts)
    return set_statement(data, appendix.pictures, facts.stated_at)


def test_the_same_trip_gives_the_same_bytes_as_pdf_a(travel: Travel) -> None:
    travel.at += 123_456  # no clock stands at a whole second
    trip = approved(travel)
    made = _set(travel, trip.bytes)
    travel.at += 60_000_000
    assert _set(travel, trip.bytes) == made
    reader = PdfReader(BytesIO(made))
    metadata = reader.xmp_metadata
    assert metadata is not None
    assert (metadata.pdfaid_part, metadata.pdfaid_conformance) == ("2", "B")
    assert reader.metadata is not None
    assert reader.metadata.creation_date == dt.datetime(2026, 3, 3, 8, tzinfo=dt.UTC)


def test_what_people_write_is_no_markup(travel: Travel) -> None:
    approved(travel, purpose=WILD, remark="emoji \U0001f600, \u05d0, a\u0300 and " + "x" * 200)
    assert make(travel) == 1
    (text,) = _read(travel)
    assert WILD in text
    assert "emoji ?, ?, à and" in text


@given(st.text(max_size=80))
@settings(max_examples=40, deadline=None)
def test_any_text_can_be_printed(text: str) -> None:
    lists = ("facts", "stages", "days", "drives", "items", "vat", "corrections", "steps")
    data: dict[str, Any] = {name: [] for name in lists} | {
        "lang": "de", "words": {k: v for k, v in words("de").items() if isinstance(v, str)},
        "title": printable(text), "number": "1", "currency": "EUR", "corrects": printable(text),
        "totals": [], "total": "0", "proof": "", "hash": "", "receipts": [],
    }  # fmt: skip
    assert set_statement(data, {}, LATER).startswith(b"%PDF")


@pytest.mark.parametrize(
    ("receipt", "note"),
    [
        (photo("PNG"), ""),
        (photo("JPEG", (4_000, 3_000)), ""),
        (b"\xff\xd8\xff broken", "unreadable"),
        (photo()[:400], "unreadable"),
    ],
)
def test_a_receipt_that_cannot_be_shown_is_named(travel: Travel, receipt: bytes, note: str) -> None:
    trip = approved(travel, receipt=receipt)
    with travel.store.engine.connect() as connection:
        facts = facts_of(travel.store, connection, trip.bytes)
    assert facts is not None
    appendix = appendix_of(facts, Files(travel.uploads, travel.blobs))
    (found,) = appendix.receipts
    digest = hashlib.sha256(receipt).digest()
    assert found == Receipt(
        found.item, digest, () if note else (Picture("0.jpg", *PHOTO),), 1, note
    )
    assert all(len(one) < 400_000 for one in appendix.pictures.values())
    assert make(travel) == 1
    (text,) = _read(travel)
    assert digest.hex() in text
    assert not note or words("de")[note] in text


def test_another_process_may_have_made_it_meanwhile(travel: Travel) -> None:
    trip = approved(travel)
    make(travel)
    with travel.store.engine.connect() as connection:
        assert facts_of(travel.store, connection, trip.bytes) is None


def test_the_server_s_job_makes_it(travel: Travel) -> None:
    approved(travel)
    files = Files(travel.uploads, travel.blobs)
    Jobs(travel.store, Retention(0, 0), files=files).run("expenses.statements")
    assert [one["total"] for one in statements(travel)] == [int(Decimal("62.60") * 100)]

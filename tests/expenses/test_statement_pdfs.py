"""D13: receipts that are PDFs are in a statement's appendix, page by page, whatever they are."""

from __future__ import annotations

import dataclasses
import datetime as dt
import io
import subprocess
import uuid
from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from PIL import Image
from pypdf import PdfReader

from modules.expenses.statement import pages
from modules.expenses.statement.appendix import PAGE, PHOTO, Appendix, Draw, appendix_of
from modules.expenses.statement.errors import NotPrinted
from modules.expenses.statement.facts import Facts, facts_of
from modules.expenses.statement.pages import LIMITS, Drawn, Page, pages_of
from modules.expenses.statement.printing import set_statement
from modules.expenses.statement.told import told, words
from syncengine.store.files import Files
from tests.expenses.papers import (
    A4,
    TILL,
    bill,
    encrypted,
    filled_in,
    immense,
    laughing,
    nested,
    paper,
    swelling,
    whole,
)
from tests.expenses.scene import MONDAY, Travel
from tests.expenses.stated import approve, approved, content, make, photo, statements, text_of

QUICK = dataclasses.replace(LIMITS, seconds=1)


def _shown(page: Page) -> Image.Image:
    return Image.open(io.BytesIO(page.jpeg)).convert("L")


def _dark(page: Page) -> int:
    """Points with ink."""
    return sum(_shown(page).point(lambda value: value < 128, "L").histogram()[1:])


def _jpegs(pdf: bytes) -> Iterator[bytes]:
    """The pictures that a PDF shows, in order."""
    for page in PdfReader(io.BytesIO(pdf)).pages:
        resources: Any = page["/Resources"]
        shown = resources.get("/XObject", {})
        yield from (one.get_object().get_data() for one in shown.values())


def _facts(travel: Travel, trip: uuid.UUID) -> Facts:
    with travel.store.engine.connect() as connection:
        facts = facts_of(travel.store, connection, trip.bytes)
    assert facts is not None
    return facts


def _appendix(travel: Travel, trip: uuid.UUID, draw: Draw = pages_of) -> Appendix:
    return appendix_of(_facts(travel, trip), Files(travel.uploads, travel.blobs), draw)


# -- pages


def test_each_page_is_drawn_in_its_size() -> None:
    drawn = pages_of(bill("Hotel\nSeventy euros", "", size=TILL))
    assert (len(drawn.pages), drawn.of, drawn.note) == (2, 2, "")
    written, empty = drawn.pages
    assert (round(written.width), round(written.height)) == (80, 212)
    assert _shown(written).size == (473, 1250)  # 150 dpi
    assert _dark(written) > 500
    assert _dark(empty) == 0


def test_the_same_pdf_gives_the_same_pictures() -> None:
    given = bill("Hotel", "Breakfast")
    assert pages_of(given).pages == pages_of(given).pages


def test_what_is_filled_in_is_drawn() -> None:
    (page,) = pages_of(filled_in()).pages
    assert _dark(page) > 10_000


def test_a_turned_page_is_upright() -> None:
    (page,) = pages_of(paper([b""], A4, page=b"/Rotate 90")).pages
    assert page.width > page.height


def test_pages_beyond_the_bound_are_counted_and_not_drawn() -> None:
    drawn = pages_of(bill(*["x"] * (LIMITS.pages + 3)))
    assert (len(drawn.pages), drawn.of) == (LIMITS.pages, LIMITS.pages + 3)


def test_the_password_is_what_matters_not_the_encryption() -> None:
    assert pages_of(encrypted(bill("x"), "secret")).note == "pdf_locked"
    assert len(pages_of(encrypted(bill("x"), "")).pages) == 1


@pytest.mark.parametrize(
    "broken",
    [b"%PDF-1.7\n", b"%PDF-1.7\n" + bytes(2_000), bill("x")[:300], whole([b"<</Type/Catalog>>"])],
)
def test_what_is_no_pdf_after_all(broken: bytes) -> None:
    drawn = pages_of(broken)
    assert (drawn.pages, drawn.note) == ((), "pdf_unreadable")


@pytest.mark.parametrize("size", [(14_400, 14_400), (10_000_000, 10_000_000), (1, 14_400), (3, 3)])
def test_no_page_is_too_large(size: tuple[int, int]) -> None:
    (page,) = pages_of(paper([b"0 0 1 1 re f"], size)).pages
    width, height = _shown(page).size
    assert width * height <= 4_100_000
    assert max(width, height) <= 8_001


@pytest.mark.parametrize("hostile", [laughing, swelling, immense, nested])
def test_a_bomb_harms_nobody(hostile: Callable[[], bytes]) -> None:
    drawn = pages_of(hostile(), QUICK)
    assert drawn.seconds < 2
    assert drawn.pages or drawn.note in ("pdf_too_much", "pdf_unreadable")


def test_what_takes_too_long_is_stopped() -> None:
    assert pages_of(laughing(), QUICK) == Drawn(note="pdf_too_much", seconds=1.0)


def test_what_takes_too_much_memory_is_stopped() -> None:
    few = dataclasses.replace(LIMITS, memory=8 * 2**20)
    assert pages_of(bill("x"), few).note == "pdf_too_much"


def test_what_makes_too_much_is_stopped() -> None:
    few = dataclasses.replace(LIMITS, written=1_000)
    assert pages_of(bill("x"), few).note == "pdf_too_much"


def test_without_its_library_a_statement_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "DRAWING", "modules.expenses.statement.nowhere")
    with pytest.raises(NotPrinted, match="nowhere"):
        pages_of(bill("x"))


@pytest.mark.parametrize("status", [0, pages.TOO_MUCH, -9, -11, -24])
def test_however_the_process_ends_the_pdf_is_to_blame(
    monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    _ends_with(monkeypatch, status)
    assert pages_of(bill("x")) == Drawn(note="pdf_too_much", seconds=LIMITS.seconds)


@pytest.mark.parametrize("status", [1, -2, -15])
def test_but_not_for_an_error_of_ours_or_the_server_s_end(
    monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    _ends_with(monkeypatch, status)
    with pytest.raises(NotPrinted):
        pages_of(bill("x"))


def _ends_with(monkeypatch: pytest.MonkeyPatch, status: int) -> None:
    """Having made nothing."""
    ended = subprocess.CompletedProcess[bytes]((), status)
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: ended)


def test_it_has_nothing_of_the_server_s_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYNCENGINE_SECRET", "do not tell")
    assert "SYNCENGINE_SECRET" not in pages.environment()


# -- statements


def test_d13_the_appendix_has_each_page_of_a_pdf(travel: Travel) -> None:
    approved(travel, receipt=bill("Hotel", "Breakfast", "Thanks"))
    assert make(travel) == 1
    (row,) = statements(travel)
    made = content(travel, row["file"])
    text = text_of(made)
    for page in (1, 2, 3):
        assert f"Beleg 1.1 Taxi, 02.03.2026, 23,80 EUR, Seite {page} von 3" in text
    drawn = pages_of(bill("Hotel", "Breakfast", "Thanks")).pages
    assert list(_jpegs(made)) == [page.jpeg for page in drawn]


def test_the_same_receipts_give_the_same_bytes(travel: Travel) -> None:
    trip = approved(travel, receipt=bill("Hotel", "Breakfast"))

    def made() -> bytes:
        facts, appendix = _facts(travel, trip), _appendix(travel, trip)
        data = told(facts, "2026-000001", appendix.receipts)
        return set_statement(data, appendix.pictures, facts.stated_at)

    assert made() == made()


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize(
    ("receipt", "note"),
    [
        (encrypted(bill("x"), "secret"), "pdf_locked"),
        (bill("x")[:300], "pdf_unreadable"),
        (bill("x", "y", "z"), "pdf_first_pages"),
    ],
)
def test_d13_what_cannot_be_shown_is_said(
    travel: Travel, receipt: bytes, note: str, language: str
) -> None:
    trip = approved(travel, receipt=receipt)
    facts = dataclasses.replace(_facts(travel, trip), language=language)
    files, two = Files(travel.uploads, travel.blobs), dataclasses.replace(LIMITS, pages=2)
    appendix = appendix_of(facts, files, partial(pages_of, limits=two))
    data = told(facts, "2026-000001", appendix.receipts)
    text = text_of(set_statement(data, appendix.pictures, facts.stated_at))
    assert text.count(words(language)[note].format(shown=2)) == 1


def _trip(travel: Travel, *receipts: bytes) -> uuid.UUID:
    """With a taxi on a day of its own for each receipt."""
    device, expenses = travel.device("a")
    trip = expenses.begin("Fair", "4711")
    for n, receipt in enumerate(receipts):
        day = MONDAY + dt.timedelta(days=n)
        item = expenses.add_item(trip, day, travel.taxi, Decimal(10), "EUR")
        expenses.add_receipt(item, device.attachments.attach(io.BytesIO(receipt)))
    approve(travel, device, expenses, trip)
    return trip


def test_pictures_have_their_own_size_or_the_room_there_is(travel: Travel) -> None:
    trip = _trip(travel, photo(), bill("x"), bill("x", size=TILL))
    found = [
        (one.width, one.height) for r in _appendix(travel, trip).receipts for one in r.pictures
    ]
    assert found == [PHOTO, (159.0, PAGE[1]), (80.1, 211.7)]
    assert make(travel) == 1  # the wide one begins a row, though the photo leaves room beside it


def test_the_bounds_of_a_statement_hold_for_pages_too(
    travel: Travel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("modules.expenses.statement.appendix.MOST_PICTURES", 5)
    trip = _trip(travel, *[bill(f"{n}", "x", "x") for n in range(3)])
    found = [(len(r.pictures), r.pages, r.note) for r in _appendix(travel, trip).receipts]
    assert found == [(3, 3, ""), (2, 3, "pdf_first_pages"), (0, 1, "left_out")]


def test_no_statement_draws_for_ever(travel: Travel) -> None:
    trip = _trip(travel, *[bill(f"{n}") for n in range(8)])
    asked: list[bytes] = []

    def slow(pdf: bytes) -> Drawn:
        asked.append(pdf)
        return Drawn(note="pdf_too_much", seconds=25)

    notes = [one.note for one in _appendix(travel, trip, draw=slow).receipts]
    assert notes == ["pdf_too_much"] * 3 + ["left_out"] * 5
    assert len(asked) == 3


def test_no_statement_looks_into_any_number_of_pdfs(
    travel: Travel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("modules.expenses.statement.appendix.MOST_PDFS", 2)
    trip = _trip(travel, *[bill(f"{n}") for n in range(3)])
    notes = [one.note for one in _appendix(travel, trip).receipts]
    assert notes == ["", "", "left_out"]

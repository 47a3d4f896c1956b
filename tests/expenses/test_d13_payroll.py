"""D13: payroll is given each statement once, in a file that adds up."""

from __future__ import annotations

import csv
import html
import io
import re
from decimal import Decimal

import pytest

from modules.expenses.portal import batch, payroll
from modules.expenses.portal.payroll import PLACE
from syncengine.model.ids import to_text
from syncengine.model.rights import Rights
from syncengine.store import listing
from syncengine.store.listing import Wanted
from tests.expenses.desk import desk_of
from tests.expenses.scene import Travel
from tests.expenses.stated import approved, content, correct, make, statements
from tests.portal.conftest import Visitor

ALL = Rights(administers=True)


def _batches(travel: Travel) -> list[bytes]:
    return [r.id for r in listing.page(travel.store, ALL, Wanted("payroll_batch"), 50, None)[0]]


def _made(visitor: Visitor, **chosen: str) -> str:
    """The address of a new batch."""
    fields = {f"v__{name}": value for name, value in chosen.items()}
    answer = visitor.post(PLACE, **fields)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"]).partition("?")[0]


def _rows(visitor: Visitor, place: str) -> list[dict[str, str]]:
    answer = visitor.get(f"{place}/csv")
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


def test_d13_a_statement_is_given_once_and_a_correction_adds_itself_alone(travel: Travel) -> None:
    trip = approved(travel)
    make(travel)
    anna = desk_of(travel).administrator()
    assert "2026-000001" in anna.get(PLACE).text
    first = _rows(anna, _made(anna))
    assert [
        (row["Kind of amount"], row["VAT (%)"], row["Kilometres"], row["Amount"]) for row in first
    ] == [
        ("Per diems", "", "", "2.80"),
        ("Drives", "", "120.0", "36.00"),
        ("Items", "19.00", "", "23.80"),
    ]
    about = {"Employee number": "a", "Trip from": "2026-03-02", "Trip until": "2026-03-02",
             "Statement": "2026-000001", "Currency": "EUR", "Cost centre": "4711",
             "Total of the statement": "62.60"}  # fmt: skip
    assert all(about.items() <= row.items() for row in first)
    assert "Nothing is due" in anna.get(PLACE).text
    assert anna.post(PLACE).status_code == 200
    assert len(_batches(travel)) == 1
    correct(travel, trip, -1_190)
    make(travel)
    page = anna.get(PLACE).text
    assert "the correction alone" in page
    assert "1 statement</strong>, -€11.90" in page
    second = _rows(anna, _made(anna))
    assert [(row["Kind of amount"], row["Amount"]) for row in second] == [("Corrections", "-11.90")]
    paid = sum(Decimal(row["Amount"]) for row in (*first, *second))
    assert int(paid * 100) == statements(travel)[-1]["total"]


def test_a_batch_is_shown_by_the_page_and_its_file_is_whole(
    travel: Travel, monkeypatch: pytest.MonkeyPatch
) -> None:
    trip = approved(travel)
    make(travel)
    correct(travel, trip, -1_190)
    make(travel)
    anna = desk_of(travel).administrator()
    place = _made(anna)
    monkeypatch.setattr(batch, "PAGE", 1)
    first = anna.get(place).text
    following = re.search('href="([^"]+)" rel="next"', first)
    assert following is not None
    second = anna.get(html.unescape(following[1])).text
    shown = [re.findall(r"<strong>([0-9-]+)</strong>", page) for page in (first, second)]
    assert shown == [["2026-000001"], ["2026-000002"]]
    assert 'rel="next"' not in second
    assert {row["Statement"] for row in _rows(anna, place)} == {"2026-000001", "2026-000002"}


def test_d13_two_who_make_a_batch_at_once_do_not_pay_twice(
    travel: Travel, monkeypatch: pytest.MonkeyPatch
) -> None:
    approved(travel)
    make(travel)
    anna = desk_of(travel).administrator()
    looked_up = payroll._due
    stale: list[object] = []

    def due(*asked: object) -> object:
        stale.append(looked_up(*asked))  # type: ignore[arg-type]
        return stale[0]

    monkeypatch.setattr(payroll, "_due", due)
    place = _made(anna)
    answer = anna.post(PLACE)
    assert answer.status_code == 422
    assert "at the same moment" in answer.text
    assert len(_batches(travel)) == 1
    assert len(_rows(anna, place)) == 3


@pytest.mark.parametrize(
    ("chosen", "found"),
    [
        ({}, True),
        ({"since": "2026-03-03", "until": "2026-03-03"}, True),
        ({"since": "2026-03-04"}, False),
        ({"until": "2026-03-02"}, False),
        ({"status": "approved"}, True),
        ({"status": "reimbursed"}, False),
    ],
)
def test_the_period_and_the_state_choose(
    travel: Travel, chosen: dict[str, str], found: bool
) -> None:
    approved(travel)
    make(travel)
    anna = desk_of(travel).administrator()
    query = "&".join(f"v.{name}={value}" for name, value in chosen.items())
    assert ("2026-000001" in anna.get(f"{PLACE}?{query}").text) is found


def test_a_wrong_day_is_said_and_makes_nothing(travel: Travel) -> None:
    approved(travel)
    make(travel)
    anna = desk_of(travel).administrator()
    answer = anna.post(PLACE, v__since="yesterday")
    assert answer.status_code == 422
    assert "v.since-wrong" in answer.text
    assert not _batches(travel)


def test_no_text_becomes_a_formula(travel: Travel) -> None:
    approved(travel, purpose='=HYPERLINK("x")')
    make(travel)
    anna = desk_of(travel).administrator()
    place = _made(anna)
    assert {row["Purpose"] for row in _rows(anna, place)} == {'\'=HYPERLINK("x")'}
    assert anna.get(f"{place}/xlsx").content.startswith(b"PK")
    assert anna.get(f"{place}/exe").status_code == 404


def test_a_statement_is_downloaded_from_its_trip(travel: Travel) -> None:
    trip = approved(travel)
    make(travel)
    (row,) = statements(travel)
    anna = desk_of(travel).administrator()
    file = f"/portal/data/trip_statement/{to_text(row['id'])}/attachment/file"
    pages = (f"/portal/expenses/trips/{trip}/statements", f"/portal/data/trip/{trip}")
    for page in pages:
        shown = anna.get(page)
        assert shown.status_code == 200, shown.text
        assert file in shown.text
    assert anna.get(file).content == content(travel, row["file"])


def test_who_may_not_does_not(travel: Travel) -> None:
    approved(travel)
    make(travel)
    desk = desk_of(travel)
    desk.office.role(
        desk.office.user("reader"),
        trip="view", trip_statement="view", payroll_batch="view", payroll_entry="view",
    )  # fmt: skip
    desk.office.role(
        desk.office.user("led_b", limit="b"),
        trip="view", trip_statement="view", payroll_batch="view add", payroll_entry="view add",
    )  # fmt: skip
    desk.office.user("nobody")
    nobody, reader, led_b = map(desk.signed_in, ("nobody", "reader", "led_b"))
    assert nobody.get(PLACE).status_code == 404
    assert "Make a batch" not in reader.get(PLACE).text
    assert "2026-000001" in reader.get(PLACE).text
    assert reader.post(PLACE).status_code == 403
    assert "2026-000001" not in led_b.get(PLACE).text
    assert not _batches(travel)

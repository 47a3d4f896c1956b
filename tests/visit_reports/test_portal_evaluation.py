"""The evaluation in the portal: figures, what is behind them, both tables as files (D12, D15)."""

from __future__ import annotations

import csv
import html
import io
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa
from pyarrow import parquet

from server.portal import table_exports
from syncengine.model.ids import to_text
from tests.api.conftest import Desk as ApiDesk
from tests.portal.conftest import Visitor, inputs
from tests.visit_reports.desk import Bureau, seen

EVALUATION = "/portal/visit_reports/evaluation"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Bureau]:
    made = Bureau.made(tmp_path)
    yield made
    made.desk.world.close()


def evaluated(office: Bureau) -> str:
    """Three reports of a and b have returned, one of them not; the address of their figures. Whom
    the shelf of shop 2 was not filled for says why; what shop 1 said before it filled it does not
    count.
    """
    market = office.desk.world.insert("market", number="N", name="North")
    office.desk.world.update("customer", office.shop("1"), market=market)
    place = office.filled("standard")
    office.question(place, "How long?", "number", unit="m")
    answer = office.publish(
        place, kind="standard", ends_at="", target__0__kind="team", target__0__value="boss"
    )
    assert answer.status_code == 303, seen(answer.text)
    office.work()
    devices = {person: office.device(person) for person in ("a", "b")}
    for person, shop, filled, length in (
        ("a", "1", True, "2.5"), ("a", "2", False, "4"), ("b", "3", True, None),
    ):  # fmt: skip
        device, reports = devices[person]
        visit = reports.check_in(office.shop(shop))
        (one,) = reports.applying(office.shop(shop))
        report = reports.start(visit.id, one.template).report
        reports.answer(report, "is_it_filled", False)
        reports.answer(report, "why_not", f"=sold in {shop}")
        reports.answer(report, "is_it_filled", filled)
        if length is not None:
            reports.answer(report, "how_long", Decimal(length))
        reports.confirm(report)
        device.sync()
    for device, _ in devices.values():
        device.close()
    office.work()
    (template,) = office.rows("report_template")
    return f"{EVALUATION}?template={template['family']}"


def link(page: str, text: str) -> str:
    """The address behind a text."""
    found = re.search(rf'<a[^>]*href="([^"]*)"[^>]*>(?:<[^>]*>)*{re.escape(text)}', page)
    assert found, f"{text}: {seen(page)}"
    return html.unescape(found[1])


def test_figures_and_what_is_behind_them(office: Bureau) -> None:
    path = evaluated(office)
    assert link(office.anna.get(EVALUATION).text, "Shelves") == path
    page = office.anna.get(path).text
    read = seen(page)
    assert "3 reports" in read
    assert "yes 2 67% no 1 33%" in read
    assert "Why not? 1 answer" in read  # it was skipped where the shelf is filled
    assert "Average 3.25 m Median 3.25 m Least 2.5 m Most 4 m" in read
    behind = seen(office.anna.get(link(page, "no")).text)
    assert "2 · Shop 2" in behind
    assert "Shop 1" not in behind
    texts = seen(office.anna.get(link(page, "1 answer")).text)
    assert "=sold in 2" in texts
    assert "=sold in 1" not in texts


def test_figures_of_a_part(office: Bureau) -> None:
    path = evaluated(office)
    assert "1 report" in seen(office.anna.get(f"{path}&market=N").text)
    assert "1 report" in seen(office.anna.get(f"{path}&employee=b").text)
    assert "3 reports" in seen(office.anna.get(f"{path}&employee=boss").text)
    assert "No report is here." in seen(office.anna.get(f"{path}&until=2001-01-01").text)
    page = office.anna.get(f"{path}&by=employee").text
    assert "boss 3" in seen(page)
    below = office.anna.get(link(page, "boss")).text
    assert "a 2 b 1" in seen(below)
    assert "By market" in seen(office.anna.get(f"{path}&by=market").text)
    assert "3 reports" in seen(office.anna.get(f"{path}&by=month").text)
    wrong = office.anna.get(f"{path}&market=none&from=yesterday").text
    assert 'id="market-wrong"' in wrong
    assert 'id="from-wrong"' in wrong


def test_what_cannot_be_asked_for(office: Bureau) -> None:
    path = evaluated(office)
    for asked, status in (
        ("&by=colour", 400), ("&edition=x", 400), (f"&edition={'0' * 32}", 404),
    ):  # fmt: skip
        assert office.anna.get(path + asked).status_code in (status, 400), asked
    assert office.anna.get(f"{EVALUATION}?template=none").status_code == 404
    behind = path.replace("?", "/answers?")
    for asked in ("&question=how_long&kind=colour", "&question=how_long&kind=number&unit=m&value=x",
                  "&question=how_long&kind=number&unit=m&value=9..99999999999999999999999",
                  "&question=is_it_filled&kind=yes_no&value=maybe",
                  "&question=is_it_filled&kind=yes_no&article=zz",
                  "&question=is_it_filled&kind=yes_no&after=zz"):  # fmt: skip
        assert office.anna.get(behind + asked).status_code == 400, asked
    assert office.anna.get(f"{behind}&question=gone&kind=yes_no").status_code == 404
    assert office.anna.get(path.replace("?", "/answers.pdf?")).status_code == 404
    assert office.anna.get(path.replace("?", "/reports.csv?")).status_code == 404  # of no edition


def test_who_may_not_view_answers_gets_no_figures(office: Bureau) -> None:
    path = evaluated(office)
    desk = office.desk
    desk.office.role(desk.office.user("ben"), report="view", report_template="view")
    ben = desk.signed_in("ben")
    assert ben.get(path).status_code == 404
    assert ben.get(path.replace("?", "/answers.csv?")).status_code == 404
    assert "Evaluation" not in seen(ben.get("/portal/").text)
    desk.office.role(desk.office.user("cleo"), report="view", report_template="view",
                     report_answer="view")  # fmt: skip
    cleo = desk.signed_in("cleo")
    assert "3 reports" in seen(cleo.get(path).text)
    answer = cleo.get(path.replace("?", "/answers.csv?"))
    assert "Shop" not in answer.text  # whose customers are not theirs to view


def test_who_is_limited_evaluates_their_people_alone(
    office: Bureau, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whose report it is follows the customer, and no way leads to anybody else's (D2; invariant
    9): not what is behind a figure, no file, no address, no list, no photo, no other system.
    """
    path, desk = evaluated(office), office.desk
    desk.office.role(
        desk.office.user("ben", limit="b"), report="view", report_answer="view",
        report_template="view", visit="view", customer="view", employee="view",
    )  # fmt: skip
    ben = desk.signed_in("ben")
    page = ben.get(path).text
    assert "1 report " in seen(page)
    assert "yes 1 100%" in seen(page)
    assert "b itself 1" in seen(ben.get(f"{path}&by=employee").text)
    assert "3 · Shop 3" in seen(ben.get(link(page, "yes")).text)
    behind = path.replace("?", "/answers?") + "&question=why_not&kind=text"
    assert "sold in 2" in office.anna.get(behind).text
    assert "sold in" not in ben.get(behind).text
    assert ben.get(f"{path}&employee=a").text.count('id="employee-wrong"') == 1
    table = path.replace("?", "/answers.csv?")
    assert {x["Customer number"] for x in lines(ben.get(table).content)} == {"3"}
    monkeypatch.setattr(table_exports, "AT_ONCE", 0)
    errand = str(ben.post(table).headers["location"])
    desk.errands.do_waiting()
    assert {x["Customer number"] for x in lines(ben.get(f"{errand}/file").content)} == {"3"}
    _nothing_of_others(office, ben)
    desk.world.update("customer", office.shop("2"), owner=desk.world.people["b"])
    assert "2 reports" in seen(ben.get(path).text)
    assert "sold in 2" in ben.get(behind).text


def _nothing_of_others(office: Bureau, ben: Visitor) -> None:
    """By their addresses, in lists and through the API."""
    store, digest = office.desk.store, inputs(_chosen(office.anna))["v.file"]
    answer = store.tables["report_answer"]
    with store.engine.begin() as connection:
        connection.execute(sa.update(answer).values(file=bytes.fromhex(digest)))
    mine = {row["id"] for row in office.rows("report") if row["customer"] == office.shop("3")}
    api = ApiDesk(office.desk.office).system("b", report="view", report_answer="view")
    for entity, whose in (("report", "id"), ("report_answer", "report")):
        for row in office.rows(entity):
            ok = row[whose] in mine
            place = f"/portal/data/{entity}/{to_text(row['id'])}"
            assert (ben.get(place).status_code == 200) is ok, entity
            told = api.get(f"/rows/{entity}/{to_text(row['id'])}")
            assert (told.status_code == 200) is ok, entity
            if entity == "report_answer":
                assert (ben.get(f"{place}/attachment/file").status_code == 200) is ok
                assert office.anna.get(f"{place}/attachment/file").status_code == 200
        ids = {to_text(row["id"]) for row in office.rows(entity) if row[whose] in mine}
        assert {row["id"] for row in api.rows(f"/rows/{entity}")["rows"]} == ids
        page = ben.get(f"/portal/data/{entity}").text
        assert all((to_text(row["id"]) in page) is (row[whose] in mine)
                   for row in office.rows(entity))  # fmt: skip


def _chosen(who: Visitor) -> str:
    """The field of a form for which a photo was chosen."""
    answer = who.http.post(
        "/portal/attachments/report_answer/file", data={"csrf": who.csrf, "was": "", "as": ""},
        files={"file": ("shelf.png", b"\x89PNG\r\n\x1a\n" + bytes(range(200)))},
    )  # fmt: skip
    return str(answer.text)


def lines(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


def test_both_tables_are_files(office: Bureau) -> None:
    path = evaluated(office)
    page = office.anna.get(path).text
    found = lines(office.anna.get(path.replace("?", "/answers.csv?")).content)
    said = [(x["Customer number"], x["Question"], x["Yes"], x["Number"], x["Text"]) for x in found]
    assert sorted(said) == [
        ("1", "how_long", "", "2.5000", ""), ("1", "is_it_filled", "true", "", ""),
        ("2", "how_long", "", "4.0000", ""), ("2", "is_it_filled", "false", "", ""),
        ("2", "why_not", "", "", "'=sold in 2"), ("3", "is_it_filled", "true", "", ""),
    ]  # fmt: skip
    assert {x["Markets"] for x in found} == {"North", ""}
    (edition,) = re.findall(r'href="([^"]*/reports\.parquet[^"]*)"', page)
    table = parquet.read_table(io.BytesIO(office.anna.get(html.unescape(edition)).content))
    rows = sorted(table.to_pylist(), key=lambda row: row["customer_number"])
    assert [(r["shelf.is_it_filled"], r["shelf.how_long"], r["shelf.why_not"]) for r in rows] == [
        (True, Decimal("2.5"), None), (False, Decimal(4), "=sold in 2"), (True, None, None),
    ]  # fmt: skip
    assert office.anna.get(path.replace("?", "/answers.xlsx?")).content[:2] == b"PK"


def test_a_long_table_is_left_and_found_again(
    office: Bureau, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = evaluated(office).replace("?", "/answers.parquet?")
    monkeypatch.setattr(table_exports, "AT_ONCE", 2)
    assert "This is a long list" in office.anna.get(path).text
    errand = office.done(path)
    office.desk.errands.do_waiting()
    assert "Answers · Shelves · Parquet" in seen(office.anna.get("/portal/exports").text)
    assert "6 rows, as they were" in seen(office.anna.get(errand).text)
    content = office.anna.get(f"{errand}/file").content
    assert parquet.read_table(io.BytesIO(content)).num_rows == 6

"""D10: the office designs the questions of a template; every change is a changeset of its own."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from server.portal.public import write
from tests.portal.conftest import inputs
from tests.visit_reports.desk import TEMPLATES, Bureau, seen


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Bureau]:
    made = Bureau.made(tmp_path)
    yield made
    made.desk.world.close()


def keys(office: Bureau) -> list[list[str]]:
    """Of the questions, by section."""
    return [[q["key"] for q in section["questions"]] for section in office.form()["sections"]]


def test_a_form_is_built_part_by_part(office: Bureau) -> None:
    place = office.draft()
    assert "There are no questions yet." in seen(office.anna.get(f"{place}/design").text)
    office.done(f"{place}/design/section", do="save", title__de="Regal", title__en="Shelf")
    office.question(place, "Which brand?", "one", choice__0__en="Ours", choice__1__de="Andere")
    office.question(place, "How many?", "number", unit="pcs", minimum="1", maximum="1,000.5")
    office.question(place, "Since when?", "date", minimum="2026-01-02", **{"help.de": "Etwa"})
    assert office.form() == {"sections": [{
        "key": "shelf", "title": {"de": "Regal", "en": "Shelf"}, "questions": [
            {"key": "which_brand", "kind": "one", "text": {"en": "Which brand?"}, "choices": [
                {"key": "ours", "text": {"en": "Ours"}},
                {"key": "andere", "text": {"de": "Andere"}},
            ]},
            {"key": "how_many", "kind": "number", "text": {"en": "How many?"}, "unit": "pcs",
             "minimum": "1.0000", "maximum": "1000.5000"},
            {"key": "since_when", "kind": "date", "text": {"en": "Since when?"},
             "minimum": "2026-01-02", "help": {"de": "Etwa"}},
        ],
    }]}  # fmt: skip
    page = seen(office.anna.get(f"{place}/design").text)
    assert "How many? Number 1 to 1,000.5 pcs" in page
    opened = inputs(office.anna.get(f"{place}/design/question?key=how_many").text)
    assert (opened["maximum"], opened["text.en"]) == ("1,000.5", "How many?")


def test_what_does_not_fit_is_told_at_its_place_and_stays_typed(office: Bureau) -> None:
    place = office.draft()
    office.section(place)
    answer = office.post(
        f"{place}/design/question", section="shelf", kind="number", do="save", text__en="",
        minimum="5", maximum="2", help__en="Look well",
    )  # fmt: skip
    assert answer.status_code == 422
    assert 'id="text.en-wrong"' in answer.text
    assert 'id="maximum-wrong"' in answer.text
    assert inputs(answer.text)["help.en"] == "Look well"
    answer = office.post(f"{place}/design/question", section="shelf", kind="many", do="save",
                         text__en="What?")  # fmt: skip
    assert "Write at least one choice." in seen(answer.text)
    answer = office.post(f"{place}/design/section", do="save", title__en="", matrix="1",
                         picked="nothing")  # fmt: skip
    assert 'id="en-wrong"' in answer.text
    assert inputs(answer.text)["picked"] == "nothing"
    assert keys(office) == [[]]


def test_questions_and_sections_change_their_places(office: Bureau) -> None:
    """By the arrows, over sections; and to where they are dragged."""
    place = office.draft()
    office.section(place)
    office.section(place, "End")
    for text in ("A", "B", "C"):
        office.question(place, text)
    design = f"{place}/design"
    assert office.done(design, do="down.a") == f"{design}?at=a#part-a"
    assert keys(office) == [["b", "a", "c"], []]
    office.done(design, do="down.c")
    assert keys(office) == [["b", "a"], ["c"]]
    office.done(design, do="up.c")
    office.done(design, do="move", key="b", section="end", before="")
    office.done(design, do="move", key="c", section="shelf", before="a")
    office.done(design, do="up.end")
    assert keys(office) == [["b"], ["c", "a"]]
    page = seen(office.anna.get(f"{design}?remove=shelf").text)
    assert "Remove this section with 2 questions?" in page  # nothing goes at one click
    office.done(design, do="remove.shelf")
    assert keys(office) == [["b"]]
    assert "removed this meanwhile" in seen(office.post(design, do="up.a").text)


def test_a_condition_is_built_and_said_in_words(office: Bureau) -> None:
    place = office.filled()
    why = office.form()["sections"][0]["questions"][1]
    assert why["shown_when"] == {"all": [{"field": "is_it_filled", "op": "equal", "value": False}]}
    page = seen(office.anna.get(f"{place}/design").text)
    assert "Shown when: Is it filled? is no" in page
    assert "that a condition could ask for" in seen(
        office.anna.get(f"{place}/design/condition?key=is_it_filled&of=shown_when").text
    )
    line = ("why_not", "starts_with", "be")
    said = {"invalid.en": "Say it properly"}
    assert office.when(place, "why_not", "valid_when", line, **said).status_code == 303
    page = seen(office.anna.get(f"{place}/design/question?key=why_not").text)
    assert "Valid when Why not? begins with be" in page
    wrong = office.when(place, "why_not", "mandatory", ("is_it_filled", "equal", ""))
    assert wrong.status_code == 422
    assert "This is needed." in seen(wrong.text)
    office.done(f"{place}/design/condition", key="why_not", of="shown_when", do="none",
                was=json.dumps(why["shown_when"], sort_keys=True))  # fmt: skip
    assert "shown_when" not in office.form()["sections"][0]["questions"][1]


def test_what_would_leave_a_condition_without_its_answer_is_refused(office: Bureau) -> None:
    """The fault is told beside the question that has it, and nothing changes."""
    place = office.filled()
    before = office.form()
    for do in ("remove.is_it_filled", "up.why_not"):
        page = office.post(f"{place}/design", do=do)
        assert page.status_code == 422
        (beside,) = re.findall(r'<li id="part-why_not".*?</li>', page.text, re.S)
        assert "Its condition would no longer fit" in seen(beside)
    assert office.form() == before


def test_whoever_comes_second_sees_both_versions(office: Bureau) -> None:
    """Of the same question; changes of two questions do not disturb each other."""
    place = office.filled()
    path = f"{place}/design/question"
    first, second = (inputs(office.anna.get(f"{path}?key=why_not").text) for _ in range(2))
    other = inputs(office.anna.get(f"{path}?key=is_it_filled").text)
    office.done(path, **first | {"text.en": "Why?", "do": "save"})
    office.done(path, **other | {"text.en": "Full?", "do": "save"})
    answer = office.post(path, **second | {"text.en": "What for?", "do": "save"})
    assert answer.status_code == 409
    page = seen(answer.text)
    assert "Somebody else has changed this meanwhile." in page
    assert "Mine Question in English: What for?" in page
    assert "Now saved Question in English: Why?" in page
    assert [q["text"]["en"] for q in office.form()["sections"][0]["questions"]] == ["Full?", "Why?"]
    again = inputs(answer.text) | {"do": "save"}
    assert office.done(path, **again | {"take": "theirs"})
    office.done(path, **again | {"take": "mine"})
    questions = office.form()["sections"][0]["questions"]
    assert [q["text"]["en"] for q in questions] == ["Full?", "What for?"]
    assert "shown_when" in questions[1]  # what the form of the question does not have stays


def test_two_who_save_at_once_lose_nothing(office: Bureau, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was read is not what is there any more when it is written: then it is made anew."""
    place, others = office.filled(), ["Other?"]

    def late(*args: Any, **named: Any) -> bool:
        if others:
            office.question(place, others.pop())
        return write(*args, **named)

    monkeypatch.setattr("modules.visit_reports.portal.drafts.write", late)
    office.question(place, "Mine?")
    assert keys(office) == [["is_it_filled", "why_not", "other", "mine"]]


def test_what_somebody_else_has_removed_can_be_put_back(office: Bureau) -> None:
    place = office.filled()
    path = f"{place}/design/question"
    opened = inputs(office.anna.get(f"{path}?key=why_not").text) | {"do": "save"}
    office.done(f"{place}/design", do="remove.why_not")
    answer = office.post(path, **opened)
    assert "Save again to put it back." in seen(answer.text)
    assert keys(office) == [["is_it_filled"]]
    office.done(path, **inputs(answer.text) | {"do": "save"})
    assert keys(office) == [["is_it_filled", "why_not"]]


def test_a_matrix_asks_for_each_article(office: Bureau) -> None:
    place, world = office.draft(), office.desk.world
    ids = [world.insert("article", number=n, name=n, active=True) for n in ("11", "12")]
    answer = office.post(f"{place}/design/section", title__en="Range", matrix="1", do="add",
                         picked="11, 99 12")  # fmt: skip
    assert inputs(answer.text)["picked"] == "99"
    found = re.findall(r'name="article" value="([^"]*)"', answer.text)
    assert [one.replace("-", "") for one in found] == [row.hex() for row in ids]
    data = {"csrf": office.anna.csrf, "title.en": "Range", "matrix": "1", "do": "save",
            "article": found, "picked": ""}  # fmt: skip
    assert office.anna.http.post(f"{place}/design/section", data=data).status_code == 303
    assert office.form()["sections"][0]["articles"] == found
    office.question(place, "Is it there?", section="range")
    page = office.anna.get(f"{place}/design").text
    assert "for each of 2 articles" in seen(page)
    assert page.count('class="rep-article"') == 2


def test_the_phone_judges_as_devices_do_and_stores_nothing(office: Bureau) -> None:
    place = office.filled()
    phone, version = f"{place}/design/phone", office.rows("report_template")[0]["version"]
    page = seen(office.part(phone))
    assert "Is it filled?" in page
    assert "Why not?" not in page
    assert "0 of 1 answered" in page
    assert "Drag a question" in seen(office.post(phone).text)  # without htmx all of the page
    page = seen(office.part(phone, do="confirm"))
    assert "This has to be answered." in page
    assert "Not complete yet." in page
    page = seen(office.part(phone, do="confirm", a__is_it_filled="false"))
    assert "Why not?" in page
    assert "Not complete yet." in page
    page = seen(office.part(phone, do="confirm", a__is_it_filled="false", a__why_not="x"))
    assert "Complete: it could be confirmed." in page
    assert office.rows("report_template")[0]["version"] == version
    assert office.rows("report_answer") == []


def test_every_kind_can_be_tried(office: Bureau) -> None:
    place = office.draft()
    office.section(place)
    for kind in ("many", "number", "date", "rating", "photo", "signature", "bar_code"):
        more = {"choice.0.en": "Red", "choice.1.en": "Blue"} if kind == "many" else {}
        bound = {"maximum": "3"} if kind in ("number", "photo") else {}
        office.question(place, f"A {kind}", kind, mandatory="yes", **more, **bound)
    given = {"a.a_many": "red", "a.a_number": "2.5", "a.a_date": "2026-03-04", "a.a_rating": "5",
             "a.a_photo": "2", "a.a_signature": "1", "a.a_bar_code": "401"}  # fmt: skip
    phone = f"{place}/design/phone"
    assert "Complete" in seen(office.part(phone, do="confirm", **given))
    for name, wrong, said in (
        ("a_number", "4", "Not above 3."), ("a_number", "many", "This does not fit."),
        ("a_photo", "4", "At most 3 are possible."), ("a_date", "soon", "This does not fit."),
        ("a_rating", "9", "Not above 5."), ("a_number", "1" * 40, "This does not fit."),
        ("a_many", "green", "This answer is not possible."),
    ):  # fmt: skip
        page = seen(office.part(phone, do="confirm", **given | {f"a.{name}": wrong}))
        assert said in page, name
        assert "Not complete yet." in page


def test_who_may_not_design_does_not(office: Bureau) -> None:
    place, desk = office.filled(), office.desk
    pages = [place, *(f"{place}/{x}" for x in ("design", "design/section", "publish", "end"))]
    desk.office.user("ben")
    ben = desk.signed_in("ben")
    for path in (TEMPLATES, f"{TEMPLATES}/new", *pages):
        assert ben.get(path).status_code == 404, path
    desk.office.role(desk.office.users["ben"], report_template="view")
    assert "Publish …" not in seen(ben.get(place).text)
    assert [ben.get(path).status_code for path in pages[1:]] == [403] * 4
    assert ben.post(f"{place}/design", do="remove.shelf").status_code == 403
    assert ben.get(f"{TEMPLATES}/new").status_code == 404


def test_what_an_address_names_and_is_not_there(office: Bureau) -> None:
    place = office.filled()
    for path, status in (
        ("/design/question?section=none&kind=one", 400), ("/design/question?section=shelf", 400),
        ("/design/question?key=none", 303), ("/design/condition?key=why_not&of=x", 400),
        ("/design/condition?key=none&of=shown_when", 303), ("/design/section?key=none", 303),
        ("/design/condition?key=shelf&of=mandatory", 400), ("?after=x", 200),
    ):  # fmt: skip
        assert office.anna.get(place + path).status_code == status, path
    assert office.anna.get(f"{TEMPLATES}?status=none").status_code == 400
    assert office.anna.get(f"{TEMPLATES}?after=none").status_code == 400
    assert office.post(f"{place}/design", do="none.shelf").status_code == 400

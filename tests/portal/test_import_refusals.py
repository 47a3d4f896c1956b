"""Imports in the portal: rights, files and forms that are refused (D1, D2)."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa

from server.importer import brought
from server.portal import upload
from syncengine.model.ids import from_text
from syncengine.store.database import reading
from syncengine.store.errand_table import brought_piece
from tests.portal.conftest import Desk
from tests.portal.importing import (
    HEAD,
    NEW,
    bring,
    brought_file,
    checked,
    columns_form,
    customers,
    map_columns,
    press,
)


def test_rights_are_those_of_whoever_imports(desk: Desk) -> None:
    office, world = desk.office, desk.world
    world.customer("a", "1")
    office.role(office.user("editor"), customer="view edit", employee="view", market="view")
    office.role(office.user("reader"), customer="view")
    editor, reader = desk.signed_in("editor"), desk.signed_in("reader")
    path = checked(desk, editor, "1;Shop;a;", "2;New;a;")
    page = editor.get(path).text
    assert "You may not add rows of this kind" in page
    assert press(desk, editor, path, "write").status_code == 422
    assert reader.get(NEW).status_code == 404
    assert bring(reader, HEAD).status_code == 404
    assert reader.get(path).status_code == 200  # may view all such rows
    office.role(office.user("stranger"), article="view add")
    stranger = desk.signed_in("stranger")
    for where in (path, f"{path}/columns", f"{path}/findings.csv"):
        assert stranger.get(where).status_code == 404
    assert stranger.post(path, do="away").status_code == 404
    assert "shops.csv" not in stranger.get("/portal/imports").text
    assert stranger.get(f"{path[:-32]}{'0' * 32}").status_code == 404
    only = checked(desk, editor, "1;Renamed;a;")
    assert press(desk, editor, only, "write").status_code == 303
    assert customers(desk)["1"][0] == "Renamed"
    assert set(customers(desk)) == {"1"}


def test_who_sees_a_part_of_the_rows_changes_these_only(desk: Desk) -> None:
    """Rows of others are as if they were not there, whatever their file says."""
    office, world = desk.office, desk.world
    world.customer("c", "1")
    world.customer("b", "2")
    user = office.user("limited", limit="a")
    office.role(user, customer="view add edit", employee="view", market="view")
    limited = desk.signed_in("limited")
    path = checked(desk, limited, "1;Mine;c;", "2;Theirs;c;", "3;None;c;")
    page = limited.get(path).text
    for number in ("2", "3"):
        assert f"There is no row {number}." in page
    assert "Theirs" not in page
    path = checked(desk, limited, "1;Mine;b;")
    assert "Employee b does not exist." in limited.get(path).text
    path = brought_file(desk, limited, "1;Mine;c;")
    form = columns_form(limited.get(f"{path}/columns?entity=customer").text)
    assert form["mode"] == "update"
    forged = limited.http.post(f"{path}/columns", data={**form, "mode": "upsert", "do": "check"})
    assert forged.status_code == 400
    path = checked(desk, limited, "1;Mine;c;")
    press(desk, limited, path, "write")
    assert {n: row[0] for n, row in customers(desk).items()} == {"1": "Mine", "2": "Shop 2"}


def test_what_the_engine_would_refuse_is_told_before(desk: Desk) -> None:
    """Nobody could administer any longer: the check finds it, and nothing is written."""
    anna = desk.administrator()
    path = brought_file(desk, anna, "anna;nein", head="Name;Active")
    desk.office.time.now += 1
    map_columns(anna, path, "office_user", mode="update")
    desk.errands.do_waiting()
    page = anna.get(path).text
    assert "The file has 1 error" in page
    assert re.search(r"Row </span>2</td>.*administers the users", page)
    check = desk.errands.errands.of(from_text(path.rpartition("/")[2]))[0]
    forged = anna.post(path, do="write", check=check.id.hex())
    assert forged.status_code == 400
    assert desk.errands.do_waiting() == 0


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (b"", "a.csv", "cannot be read"),
        (b"\xd0\xcf\x11\xe0" + b"x" * 100, "a.xls", "old workbook"),
        (b"PK\x03\x04 no archive", "a.xlsx", "cannot be read"),
        ("Ä;B\n1;2\n".encode("utf-16-le"), "a.csv", "not written in that encoding"),
        (b"\x81\x8d;B\n", "a.csv", "not written in that encoding"),
        (b"A;B\n1;\"2\n", "a.csv", "cannot be read"),
        (";".join("abcdefgh" * 40).encode() + b"\n", "a.csv", "has to name the columns"),
        (b"\n\n", "a.csv", "has to name the columns"),
    ],
)  # fmt: skip
def test_files_that_nothing_reads_are_refused(
    desk: Desk, content: bytes, name: str, said: str
) -> None:
    anna = desk.administrator()
    answer = bring(anna, content, name)
    if answer.status_code == 303:
        desk.errands.do_waiting()
        answer = anna.get(answer.headers["location"])
    assert said in answer.text, answer.text


def test_umlauts_of_windows_are_read_and_can_be_read_anew(desk: Desk) -> None:
    anna = desk.administrator()
    answer = bring(anna, "Nr,Name\n1,Müller & Söhne\n".encode("cp1252"), "..\\evil/ä.csv")
    path = answer.headers["location"]
    desk.errands.do_waiting()
    page = anna.get(f"{path}/columns").text
    assert "<h1>ä.csv</h1>" in page
    assert "Müller &amp; Söhne" in anna.get(f"{path}/columns?entity=customer").text
    desk.office.time.now += 1
    again = anna.post(f"{path}/columns", do="look", encoding="utf-8", delimiter=",")
    assert again.status_code == 303
    desk.errands.do_waiting()
    assert "not written in that encoding" in anna.get(path).text
    assert anna.post(f"{path}/columns", do="look", encoding="ebcdic").status_code == 400


def test_forms_that_no_page_of_ours_sends(desk: Desk) -> None:
    anna, stranger = desk.administrator(), desk.visitor()
    assert bring(anna, HEAD, csrf="forged").status_code == 403
    assert stranger.http.post(NEW, files={"file": ("a.csv", b"x")}).status_code == 403
    for kind, body in (
        ("multipart/form-data", b"x"),
        ("multipart/form-data; boundary=x", b"--x\r\nnothing"),
        ("multipart/form-data; boundary=x", b"--x\r\n\r\n\r\n--x--"),
        ("text/plain", b"x"),
    ):
        answer = anna.http.post(NEW, content=body, headers={"content-type": kind})
        assert answer.status_code == 400, (kind, body)
    none = anna.http.post(NEW, data={"csrf": anna.csrf}, files={"file": ("", b"")})
    assert (none.status_code, "Choose a file" in none.text) == (422, True)
    elsewhere = anna.http.post(
        NEW, data={"csrf": anna.csrf}, files={"file": ("a.csv", b"x")},
        headers={"origin": "http://elsewhere.example"},
    )  # fmt: skip
    assert elsewhere.status_code == 403
    path = brought_file(desk, anna, "1;S;a;")
    form = columns_form(anna.get(f"{path}/columns?entity=customer").text)
    for wrong in ({"to.0": "owner"}, {"to.0": "nothing"}, {"mode": "x"}, {"leads.0": "x"}):
        answer = anna.http.post(f"{path}/columns", data={**form, **wrong, "do": "check"})
        assert answer.status_code == 400, wrong
    for said, wrong in (
        ("Two columns go to", {"to.1": "number"}), ("which column tells", {"key.0": ""}),
        ("New rows need Name", {"to.1": ""}),
    ):  # fmt: skip
        answer = anna.http.post(f"{path}/columns", data={**form, **wrong, "do": "check"})
        assert (answer.status_code, said in answer.text) == (422, True), said


def test_files_are_bounded(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    anna = desk.administrator()
    monkeypatch.setattr(upload, "MAX_BYTES", 10_000)
    assert bring(anna, b"x" * 10_001).status_code == 413
    assert bring(anna, b"x" * 50_000).status_code == 413
    monkeypatch.setattr(brought, "MAX_OF_USER", 2)
    paths = []
    for _ in range(3):
        desk.office.time.now += 1
        paths.append(brought_file(desk, anna, "1;S;a;"))
    assert "put away" in anna.get(paths[0]).text
    assert anna.get(paths[2]).status_code == 303
    desk.office.time.now += brought.KEPT + 1
    brought.drop_old(desk.store)
    with reading(desk.store.engine) as connection:
        left = connection.scalar(sa.select(sa.func.count()).select_from(brought_piece))
    assert left == 0


def test_taking_back_needs_the_right_to_delete_what_was_made(desk: Desk) -> None:
    office = desk.office
    office.role(office.user("bert"), customer="view add edit", employee="view", market="view")
    bert = desk.signed_in("bert")
    path = checked(desk, bert, "1;Shop;a;")
    press(desk, bert, path, "write")
    press(desk, bert, path, "undo")
    assert "Your rights do not allow it." in bert.get(path).text
    assert set(customers(desk)) == {"1"}
    office.role(office.users["bert"], customer="view delete")
    press(desk, bert, path, "undo")  # asked for again, it is begun anew
    assert customers(desk) == {}

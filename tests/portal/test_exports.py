"""Exports of long lists: errands that are left and found again, for whoever asked alone."""

from __future__ import annotations

import io
import re
import zipfile

import msgspec
import pytest

from server import export_errand, export_files
from server.errands import Runner, Told
from server.export_errand import KIND, WORKS
from server.jobs import Jobs
from server.portal import exports
from syncengine.store import errands as engine
from syncengine.store.compaction import Retention
from syncengine.store.errand_table import errand as table
from syncengine.store.errands import Errand, State
from syncengine.store.store import Store
from tests.portal.conftest import Desk
from tests.portal.exporting import LIST, ask, at_once, fill, made, pieces
from tests.support.world import Crash


@pytest.fixture(autouse=True)
def _long_lists(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lists of three rows are long."""
    monkeypatch.setattr(exports, "AT_ONCE", 2)


def test_a_long_list_is_asked_for_left_and_found_again(desk: Desk) -> None:
    fill(desk)
    anna = desk.administrator()
    page = anna.get(f"{LIST}/export.csv?c=number")
    assert "This is a long list" in page.text
    assert desk.errands.errands.of(desk.office.users["anna"]) == []  # looking asks for nothing
    path = ask(anna, query="c=number&c=name&sort=number&desc=1")
    assert ask(anna, query="c=number&c=name&sort=number&desc=1") == path  # pressed twice
    assert "It waits for its turn" in anna.get(path).text
    assert "under way" in anna.get("/portal/exports").text
    assert anna.get(f"{path}/file").status_code == 404  # not yet
    desk.errands.do_waiting()
    assert path in anna.get("/portal/exports").text
    page = anna.get(path)
    assert "5 rows, as they were" in page.text
    answer = anna.get(f"{path}/file")
    assert answer.headers["content-disposition"] == 'attachment; filename="customer.csv"'
    assert answer.headers["cache-control"] == "no-store"
    assert answer.content.decode("utf-8-sig").splitlines()[:2] == ["Number,Name", "4,'=Shop 4"]


@pytest.mark.parametrize(
    "query",
    [
        "",
        "q=ulm",
        "f.active=true&sort=name&desc=1",
        "c=owner&c=name&c=annual_sales&sort=city",
        "sort=active",
        "q=shop&sort=city&desc=1&c=city&c=number",
    ],
)
def test_it_is_what_an_export_at_once_is(
    desk: Desk, query: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same rows and bytes, to the moment at which a workbook says that it was made."""
    fill(desk, 6)
    anna = desk.administrator()
    for form in ("csv", "xlsx"):
        long = anna.get(f"{made(desk, anna, form, query)}/file").content
        short = at_once(anna, monkeypatch, form, query).content
        assert parts(form, long) == parts(form, short)
        assert len(long) > 50


def parts(form: str, content: bytes) -> object:
    if form == "csv":
        return content
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        names = sorted(set(book.namelist()) - {"docProps/core.xml"})
        return [(name, book.read(name)) for name in names]


def test_a_process_that_dies_is_followed_then_it_says_so(desk: Desk) -> None:
    """Also in the midst of storing the file; a file is never made of two tries."""
    fill(desk)
    anna = desk.administrator()
    path = ask(anna, query="c=number")

    def dies(store: Store, errand: Errand, told: Told) -> bytes:
        class Dying(Told):
            def __call__(self, phase: str, number: int) -> None:
                if phase == "keeping":
                    raise Crash

        WORKS[KIND](store, errand, Dying(store, desk.errands.errands, errand, b"", told._stopping))
        raise AssertionError

    def crash() -> None:
        with pytest.raises(Crash):
            Runner(desk.store, {KIND: dies}).do_waiting()
        desk.office.time.now += engine.LEASE + 1

    crash()
    assert pieces(desk) == 1
    assert "being made" in anna.get(path).text
    assert anna.get(f"{path}/file").status_code == 404
    desk.errands.do_waiting()  # another process
    assert pieces(desk) == 1
    assert anna.get(f"{path}/file").content.decode("utf-8-sig").split()[0] == "Number"
    path = ask(anna, query="c=name")
    for _ in range(engine.MAX_TRIES):
        crash()
    desk.errands.do_waiting()
    assert "stopped while it was at this, more than once" in anna.get(path).text
    export_files.drop_old(desk.store)
    assert pieces(desk) == 1  # what the dead left is gone
    assert anna.post(path).status_code == 303
    desk.errands.do_waiting()
    assert anna.get(f"{path}/file").content.decode("utf-8-sig").split()[0] == "Name"


def test_two_at_once(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """One is under way while the other is made; each has its own rows."""
    fill(desk)
    anna = desk.administrator()
    first, second = ask(anna, query="c=number"), ask(anna, "xlsx", "c=name")
    theirs = Runner(desk.store, WORKS)
    real = export_errand._read
    between: list[int] = []

    def read(*args: object) -> object:
        if not between:
            between.append(1)
            between.append(theirs.do_waiting())
        return real(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(export_errand, "_read", read)
    desk.errands.do_waiting()
    assert between == [1, 1]
    assert anna.get(f"{first}/file").content.decode("utf-8-sig").split()[:2] == ["Number", "0"]
    assert anna.get(f"{second}/file").content[:2] == b"PK"


def test_they_are_bounded(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(desk)
    anna = desk.administrator()
    for n in range(engine.MAX_OF_USER):
        ask(anna, query=f"q=shop&c=number&c={['name', 'city', 'owner', 'active', 'phone'][n]}")
    answer = anna.post(f"{LIST}/export.csv?c=city")
    assert answer.status_code == 422
    assert "The server is still at what was asked for before" in answer.text
    desk.errands.do_waiting()
    assert pieces(desk) == export_files.MAX_OF_USER
    desk.office.time.now += 1
    made(desk, anna, query="c=city")
    assert pieces(desk) == export_files.MAX_OF_USER  # the oldest went
    assert anna.get("/portal/exports").text.count("no longer kept") == 1
    monkeypatch.setattr(export_files, "MAX_BYTES", 10)
    path = made(desk, anna, query="c=name")
    assert "The file would have more than" in anna.get(path).text
    monkeypatch.setattr(export_errand, "MAX_READ", 10)
    path = made(desk, anna, query="c=phone")
    assert "The rows have more than" in anna.get(path).text
    monkeypatch.setattr(export_errand, "MAX_ROWS", 4)
    path = made(desk, anna, query="c=active")
    assert "A file has at most 4 rows" in anna.get(path).text


def test_a_job_removes_what_is_kept_no_longer(desk: Desk) -> None:
    fill(desk)
    anna = desk.administrator()
    path = made(desk, anna)
    jobs = Jobs(desk.store, Retention(export_files.KEPT, export_files.KEPT))
    jobs.run("compaction")
    assert anna.get(f"{path}/file").status_code == 200
    desk.office.time.now += export_files.KEPT
    jobs.run("compaction")
    assert pieces(desk) == 0
    anna = desk.signed_in("anna")
    assert anna.get(f"{path}/file").status_code == 404
    assert "The file is no longer kept" in anna.get(path).text


def test_an_export_of_a_field_that_went_says_so(desk: Desk) -> None:
    """After an upgrade between asking and doing."""
    fill(desk)
    anna = desk.administrator()
    path = ask(anna, query="c=number")
    errand = desk.errands.errands.of(desk.office.users["anna"])[0]
    assert errand.state is State.WAITING
    gone = msgspec.structs.replace(export_errand.asked_for(errand), columns=("gone",))
    with desk.store.engine.begin() as connection:
        said = msgspec.msgpack.encode(gone)
        connection.execute(table.update().where(table.c.id == errand.id).values(parameters=said))
    desk.errands.do_waiting()
    page = anna.get(path).text
    assert "has changed since" in page
    assert "Try again" not in page
    assert anna.post(path).status_code == 400


def test_a_text_that_no_cell_holds_is_told(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(desk, 3)
    anna = desk.administrator()
    monkeypatch.setattr("server.export.MAX_CELL", 3)
    answer = at_once(anna, monkeypatch, "xlsx", "c=name")
    assert answer.status_code == 422
    assert "use .csv" in answer.text
    assert re.search("use .csv", anna.get(made(desk, anna, "xlsx", "c=name")).text)

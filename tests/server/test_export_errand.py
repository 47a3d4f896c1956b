"""A long export reads one snapshot, keeps nobody waiting, and is the same on both databases."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from server import export_files
from server.errands import Runner, Told
from server.export_errand import KIND, WORKS, LongExport
from server.export_files import Made
from server.list_export import lines_of, sight
from syncengine.model.rights import Rights
from syncengine.store import selection
from syncengine.store.database import reading
from syncengine.store.errands import Errands, State
from syncengine.store.list_index import ListIndex
from syncengine.store.listing import Wanted
from tests.accounts.office import Office

ALL = Rights(administers=True)
COLUMNS = ("number", "name", "owner", "active")
MANY = 1_100  # more than are read at once


@pytest.fixture
def office(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    monkeypatch.setattr(selection, "FEW", 50)  # so that the index gives the order of more
    made = Office(database_url, tmp_path)
    made.role(made.user("anna"), administers=True)
    made.world.customers("a", MANY)
    made.world.customer(None, "last", name="Äpfel")
    yield made
    made.world.close()


def long(office: Office, order: str | None, descending: bool) -> LongExport:
    entity = office.store.schema.entities["customer"]
    with reading(office.store.engine) as connection:
        seen = sight(connection, office.store, ALL, entity, COLUMNS)
    return LongExport("customer", "", (), order, descending, COLUMNS, COLUMNS, ".csv", seen)


def done(office: Office, wanted: LongExport) -> list[list[str]]:
    """The rows of the file that the errand makes."""
    errands, user = Errands(office.store), office.users["anna"]
    asked = errands.ask(KIND, user, "customer", user, msgspec.msgpack.encode(wanted))
    Runner(office.store, WORKS).do_waiting()
    found = errands.find(asked)
    assert found is not None
    assert found.state is State.DONE, found.detail
    made = msgspec.msgpack.decode(found.result, type=Made)
    path = export_files.fetch(office.store, asked, made)
    assert path is not None
    with path.open(encoding="utf-8-sig", newline="") as file:
        head, *rows = csv.reader(file)
    path.unlink()
    assert (tuple(head), len(rows)) == (COLUMNS, made.rows)
    return rows


@pytest.mark.parametrize("descending", [False, True])
def test_it_has_the_rows_of_the_list_in_its_order(office: Office, descending: bool) -> None:
    """With the list index, without it, and where rows changed since it was made."""
    orders = (None, "number", "name", "active")
    before = [done(office, long(office, order, descending)) for order in orders]
    ListIndex(office.store).catch_up(500)
    assert [done(office, long(office, order, descending)) for order in orders] == before
    office.world.customer("b", "new", name="Zug")
    for order in orders:
        wanted = Wanted("customer", order=order, descending=descending)
        with reading(office.store.engine) as connection:
            pieces = lines_of(connection, office.store, ALL, wanted, ["number"])
            expected = [line[0] for lines in pieces for line in lines]
        rows = done(office, long(office, order, descending))
        assert [row[0] for row in rows] == expected
        assert len(rows) == MANY + 2


def test_it_reads_one_snapshot_and_keeps_nobody_waiting(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is written while it reads is not in it, and is written at once."""
    real, written = Told.__call__, list[bytes]()

    def step(self: Told, phase: str, number: int) -> None:
        if phase == "reading":
            written.append(office.world.customer("b", f"x{len(written)}", name="AAA"))
        real(self, phase, number)

    monkeypatch.setattr(Told, "__call__", step)
    rows = done(office, long(office, "name", True))
    assert len(written) > 1
    assert len(rows) == MANY + 1
    assert not any(row[0].startswith("x") for row in rows)


def test_nothing_is_left_on_disk(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither of one that is done nor of one that failed."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    assert done(office, long(office, None, False))
    monkeypatch.setattr(export_files, "MAX_BYTES", 10)
    user = office.users["anna"]
    said = msgspec.msgpack.encode(long(office, None, False))
    errand = Errands(office.store).ask(KIND, user, "customer", user, said)
    Runner(office.store, WORKS).do_waiting()
    found = Errands(office.store).find(errand)
    assert found is not None
    assert (found.state, found.code) == (State.FAILED, "export.too_large")
    assert list((tmp_path / "temporary").iterdir()) == []

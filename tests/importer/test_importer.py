"""D1: what an import changes, what it leaves alone, and what stops it."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server.importer import ConfirmationNeeded, apply_plan, import_folder, plan_import
from syncengine.store.bulk_steps import resume
from syncengine.store.compaction import Retention, compact
from tests.importer.conftest import HEAD, Desk
from tests.support.world import Crash, World

FILES = st.dictionaries(st.integers(1, 30), st.integers(0, 3), max_size=12)  # key -> a value
DEMO = Path(__file__).resolve().parents[2] / "server" / "demo" / "data"


def _version(desk: Desk) -> int:
    return desk.world.store.status().version


def test_the_same_file_twice_makes_no_version(desk: Desk) -> None:
    desk.run('001,Shop,a,"1.234,50",1,x,s', "002,=cmd|x,b,0,,,s")
    version = _version(desk)
    again = desk.run('001,Shop,a,"1.234,50",1,x,s', "002,=cmd|x,b,0,,,s")
    assert _version(desk) == version
    assert again.counts["customer"].unchanged == 2
    assert desk.customers()["001"] == ("Shop", 123450, "1", "x", True)
    assert desk.customers()["002"][0] == "=cmd|x"  # stored literally, escaped on export


def test_the_demo_files_are_imported_whole_and_only_once(desk: Desk) -> None:
    plans = import_folder(desk.world.store, DEMO)
    assert all(plan.ok for plan in plans)
    assert sum(counts.new for plan in plans for counts in plan.counts.values()) == 1707
    version = _version(desk)
    assert all(plan.operations == 0 for plan in import_folder(desk.world.store, DEMO))
    assert _version(desk) == version


@pytest.mark.parametrize("history", [None, 0])
def test_who_leads_is_decided_field_by_field(desk: Desk, history: int | None) -> None:
    """Also where the history begins after the import that said it last."""
    desk.run("001,Shop,a,0,1,x,s")
    desk.world.update("customer", _only_customer(desk), city="Graz")
    compact(desk.world.store, Retention(0, 0, history))
    row = _only_customer(desk)
    desk.world.update("customer", row, name="office", phone="office", remark="office")
    desk.run("001,Shop,a,0,1,y,s")
    assert desk.customers()["001"] == ("Shop", 0, "office", "office", True)
    desk.run("001,Shop,a,0,2,y,s")
    assert desk.customers()["001"][2] == "2"  # the leading system changed its mind


def _only_customer(desk: Desk) -> bytes:
    table = desk.world.store.tables["customer"]
    with desk.world.store.engine.connect() as connection:
        row_id: bytes = connection.execute(table.select()).one().id
    return row_id


def test_what_the_file_no_longer_has_is_deactivated(desk: Desk) -> None:
    desk.run("001,Shop,a,0,,,s", "002,Shop,a,0,,,s")
    plan = desk.run("001,Shop,a,0,,,s")
    assert (plan.counts["customer"].missing, plan.counts["customer"].deactivated) == (1, 1)
    assert desk.customers()["002"][-1] is False


@pytest.mark.parametrize(
    ("lines", "code", "row", "column"),
    [
        (["1,A,a,0,,,s", "1,B,a,0,,,s"], "key.duplicate", 3, "number"),
        (["1,A,nobody,0,,,s"], "lookup.unknown", 2, "Rep"),
        (["1,,a,0,,,s"], "value.missing", 2, "Name"),
        ([",A,a,0,,,s"], "value.missing", 2, "No"),
        (["1,A,a,1.5.0,,,s"], "value.invalid", 2, "Sales"),
        (["1,A,a,12.34,,,s"], "value.invalid", 2, "Sales"),
        (["1,A,a,NaN,,,s"], "value.invalid", 2, "Sales"),
        (["1,A,a,0,,s"], "row.ragged", 2, ""),
        (['1,"A,a,0,,,s'], "file.unreadable", 2, ""),
        (["1," + "x" * 300 + ",a,0,,,s"], "value.invalid", 2, "Name"),
        (["1," + "x" * (2**20 + 1) + ",a,0,,,s"], "file.unreadable", 2, ""),
        (["1,A\x00,a,0,,,s"], "value.invalid", 2, "Name"),
    ],
)
def test_one_wrong_row_changes_nothing_and_is_named(
    desk: Desk, lines: list[str], code: str, row: int, column: str
) -> None:
    version = _version(desk)
    plan = desk.plan("9,Good,a,0,,,s", *lines)
    found = plan.errors[0]
    assert (found.code, found.row, found.column) == (code, row + 1, column)
    assert not plan.ok
    assert _version(desk) == version
    plan.close()


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (HEAD.encode() + b"\n1,Caf\xe9,a,0,,,s\n", "encoding.unknown"),
        (b"", "file.unreadable"),
        (b"No,Name\n1,A\n", "header.missing"),
        (b"No,No,Name,Rep,Sales,Phone,Remark\n", "header.duplicate"),
    ],
)
def test_files_that_cannot_be_read_are_refused(desk: Desk, raw: bytes, code: str) -> None:
    plan = desk.plan(raw=raw)
    assert [f.code for f in plan.errors] == [code]
    plan.close()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_byte_order_marks_decide(desk: Desk, encoding: str) -> None:
    plan = desk.plan(raw=f"{HEAD}\n1,Café,a,0,,,s\n".encode(encoding))
    assert plan.ok
    apply_plan(desk.world.store, plan)
    assert desk.customers()["1"][0] == "Café"
    plan.close()


def test_numbers_that_a_spreadsheet_spoiled_are_warned_of(desk: Desk) -> None:
    plan = desk.plan("7,A,a,0,,,s", "1E+05,B,a,0,,,s")
    assert [(f.code, f.row) for f in plan.warnings] == [("zeros.lost", 2), ("number.as_text", 3)]
    plan.close()


def test_a_large_reassignment_asks(desk: Desk) -> None:
    lines = [f"{n},Shop,a,0,,,s" for n in range(100)]
    desk.run(*lines)
    plan = desk.plan(*[line.replace(",a,", ",b,") for line in lines])
    with pytest.raises(ConfirmationNeeded) as needed:
        apply_plan(desk.world.store, plan)
    assert needed.value.data["rows"] == 100
    assert apply_plan(desk.world.store, plan, confirmed=True) == 100
    plan.close()


@pytest.mark.parametrize(
    ("point", "skip"),
    [
        ("bulk.kept", 0),
        ("bulk.step_noted", 1),
        ("server.before_commit", 1),
        ("server.committed", 0),
    ],
)
def test_a_crash_is_made_good_at_the_next_start(desk: Desk, point: str, skip: int) -> None:
    lines = [f"{n:04},Shop {n},a,0,,,s" for n in range(2_500)]
    plan = desk.plan(*lines)
    desk.world.server_faults.crash_at, desk.world.server_faults.skip = point, skip
    with pytest.raises(Crash):
        apply_plan(desk.world.store, plan)
    plan.close()
    assert [done.label for done in resume(desk.world.store)] == ["import customers.csv"]
    assert len(desk.customers()) == 2_500
    assert resume(desk.world.store) == []
    version = _version(desk)
    assert desk.run(*lines).operations == 0
    assert _version(desk) == version


def test_a_crash_while_staging_has_no_effect(desk: Desk) -> None:
    version = _version(desk)
    plan = desk.plan(*[f"{n:04},Shop {n},a,0,,,s" for n in range(1_200)])
    plan.close()  # the process ended before the journal
    assert resume(desk.world.store) == []
    assert (desk.customers(), _version(desk)) == ({}, version)


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(old=FILES, new=FILES)
def test_the_diff_is_exact(
    tmp_path_factory: pytest.TempPathFactory, old: dict[int, int], new: dict[int, int]
) -> None:
    folder = tmp_path_factory.mktemp("import")
    desk = Desk(World(f"sqlite:///{folder / 's.db'}", folder), folder)
    desk.run(*[f"{n:03},Shop {v},a,0,,,s" for n, v in old.items()])
    counts = desk.run(*[f"{n:03},Shop {v},a,0,,,s" for n, v in new.items()]).counts["customer"]
    common = old.keys() & new.keys()
    changed = {n for n in common if old[n] != new[n]}
    found = (counts.new, counts.changed, counts.unchanged, counts.missing)
    gone = old.keys() - new.keys()
    kept = len(common - changed)
    assert found == (len(new.keys() - old.keys()), len(changed), kept, len(gone))
    desk.world.close()


def _peak(desk: Desk, rows: int) -> int:
    path = desk.folder / "customers.csv"
    with path.open("w", encoding="utf-8") as file:
        file.write(HEAD + "\n")
        file.writelines(f"{n:06},A shop with a rather long name {n},a,0,,,s\n" for n in range(rows))
    tracemalloc.start()
    plan = plan_import(desk.world.store, path, desk.mapping())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert plan.counts["customer"].new == rows
    plan.close()
    return peak


def test_memory_holds_keys_and_never_rows(tmp_path: Path) -> None:
    desk = Desk(World(f"sqlite:///{tmp_path / 's.db'}", tmp_path), tmp_path)
    assert _peak(desk, 20_000) < 20_000 * 600 + 8 * 2**20
    desk.world.close()


@pytest.mark.slow
def test_200_000_rows_in_bounded_memory(tmp_path: Path) -> None:
    desk = Desk(World(f"sqlite:///{tmp_path / 's.db'}", tmp_path), tmp_path)
    assert _peak(desk, 200_000) < 200 * 2**20
    desk.world.close()


def test_no_column_that_is_never_read_reaches_the_database(desk: Desk) -> None:
    desk.run("001,Shop,a,0,,,secret-canary")
    with desk.world.store.engine.connect() as connection:
        for table in desk.world.store.tables.values():
            assert "secret-canary" not in repr(connection.execute(table.select()).all())

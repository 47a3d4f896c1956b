"""Exports: exact, whole or not at all, custom fields included, and nothing in them runs."""

from __future__ import annotations

import csv
import datetime as dt
import decimal
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import parquet
from python_calamine import CalamineWorkbook

from modules.masterdata.manifest import MASTERDATA
from server import export as module
from server.export import export
from server.export_parquet import write_parquet
from server.export_rows import text_columns
from server.problem import Problem
from syncengine.model.custom import CustomField, extended
from syncengine.model.entity import Field
from syncengine.model.fields import Decimal, Timestamp
from syncengine.model.manifest import Schema
from tests.server.cli import Cli
from tests.support.world import World

CREDIT = Field(151, "x_credit", Decimal(2))
SEEN = Field(152, "x_seen", Timestamp())
SCHEMA: Schema = extended(
    [MASTERDATA], [CustomField("customer", CREDIT), CustomField("customer", SEEN)]
)
AT = 1_790_000_000_000_000


@pytest.fixture
def world(database_url: str, tmp_path: Path) -> Iterator[World]:
    made = World(database_url, tmp_path, now=lambda: AT, schema=SCHEMA)
    yield made
    made.close()


def read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return sorted(csv.DictReader(file), key=lambda row: row.get("number", ""))


def read_xlsx(path: Path) -> list[dict[str, object]]:
    head, *rows = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()
    found: list[dict[str, object]] = [dict(zip(map(str, head), row, strict=True)) for row in rows]
    return sorted(found, key=lambda row: str(row.get("number")))


def test_values_references_and_custom_fields(world: World, tmp_path: Path) -> None:
    world.customer("a", "007", phone="+49 1", x_credit=12345, x_seen=AT, latitude=1_500_000)
    world.customer(None, "8")
    for name in ("c.csv", "c.xlsx"):
        assert export(world.store, "customer", tmp_path / name, lambda _: None) == 2
    first, second = read_csv(tmp_path / "c.csv")
    assert (first["number"], first["owner"], first["active"]) == ("007", "a", "true")
    assert (first["x_credit"], first["latitude"]) == ("123.45", "1.500000")
    assert first["x_seen"] == "2026-09-21T14:13:20+00:00"
    assert first["phone"] == "'+49 1"
    assert (second["owner"], second["x_credit"]) == ("", "")
    first_, second_ = read_xlsx(tmp_path / "c.xlsx")
    assert (first_["number"], first_["owner"], first_["active"]) == ("007", "a", True)
    assert (first_["x_credit"], first_["phone"]) == (123.45, "+49 1")
    assert first_["x_seen"] == dt.datetime(2026, 9, 21, 14, 13, 20)  # noqa: DTZ001
    assert (second_["owner"], second_["x_credit"]) == ("", "")


def test_parquet_keeps_types_and_comes_in_groups(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.export_parquet.CELLS", 1)
    world.customer("a", "007", x_credit=12345, x_seen=AT, latitude=1_500_000)
    world.customer(None, "=8")
    path = tmp_path / "c.parquet"
    assert export(world.store, "customer", path, lambda _: None) == 2
    file = parquet.ParquetFile(path)
    assert file.num_row_groups == 2
    assert str(file.schema_arrow.field("latitude").type) == "decimal128(19, 6)"
    assert str(file.schema_arrow.field("x_seen").type) == "timestamp[us, tz=UTC]"
    first, second = sorted(file.read().to_pylist(), key=lambda row: row["number"])
    assert (first["number"], first["owner"], first["active"]) == ("007", "a", True)
    assert (first["latitude"], first["x_credit"]) == (
        decimal.Decimal("1.5"),
        decimal.Decimal("123.45"),
    )
    assert (second["number"], second["owner"], second["latitude"]) == ("=8", None, None)


def test_parquet_tells_columns_of_one_name_apart(tmp_path: Path) -> None:
    path = tmp_path / "c.parquet"
    write_parquet(path, text_columns(["a", "a", "a (2)"]), iter([["1", "2", "3"]]))
    assert parquet.read_table(path).to_pylist() == [{"a": "1", "a (2)": "2", "a (2) (2)": "3"}]


@given(text=st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"]), max_size=20))
@settings(max_examples=60, suppress_health_check=list(HealthCheck), deadline=None)
def test_no_text_becomes_a_formula(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    """Whatever somebody called a shop: it comes back as it is, and no cell begins a formula."""
    folder = tmp_path_factory.mktemp("x")
    for name, form in (("c.csv", module._csv), ("c.xlsx", module._xlsx)):
        form(folder / name, text_columns(["name", "sum"]), iter([[text, decimal.Decimal("-1.50")]]))
    ((told),) = read_csv(folder / "c.csv")
    assert told["name"].removeprefix("'") == text.removeprefix("'")
    assert not told["name"].startswith(module.FORMULA)
    assert told["sum"] == "-1.50"  # a number, not a text
    ((cell),) = read_xlsx(folder / "c.xlsx")
    assert (cell["name"], cell["sum"]) == (text, -1.5)


def test_long_numbers_stay_exact(tmp_path: Path) -> None:
    long = decimal.Decimal("1234567890123456.78")
    module._xlsx(tmp_path / "c.xlsx", text_columns(["sum"]), iter([[long]]))
    assert read_xlsx(tmp_path / "c.xlsx") == [{"sum": "1234567890123456.78"}]


@pytest.mark.parametrize(
    ("entity", "name", "code"),
    [
        ("shop", "c.csv", "entity.unknown"),
        ("customer", "c.pdf", "export.form"),
        ("customer", "no/such/folder/c.csv", "export.file"),
    ],
)
def test_what_cannot_be_exported(
    world: World, tmp_path: Path, entity: str, name: str, code: str
) -> None:
    with pytest.raises(Problem) as told:
        export(world.store, entity, tmp_path / name, lambda _: None)
    assert told.value.code == code


def test_a_file_is_whole_or_not_there(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.customers("a", 5)
    monkeypatch.setattr(module, "MAX_SHEET_ROWS", 4)
    folder = tmp_path / "out"
    folder.mkdir()
    with pytest.raises(Problem) as told:
        export(world.store, "customer", folder / "c.xlsx", lambda _: None)
    assert told.value.code == "export.too_many_rows"
    monkeypatch.setattr(module, "MAX_CELL", 3)
    with pytest.raises(Problem) as told:
        export(world.store, "customer", folder / "c.xlsx", lambda _: None)
    assert told.value.code == "export.text_too_long"
    assert list(folder.iterdir()) == []


def test_the_command(cli: Cli, tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path / 'server.db'}"
    assert cli("migrate", "--database", database).status == 0
    file = tmp_path / "employees.xlsx"
    told = cli("export", "employee", str(file), "--database", database, "--json")
    assert told.data == {"ok": True, "entity": "employee", "file": str(file), "rows": 0}
    assert file.exists()

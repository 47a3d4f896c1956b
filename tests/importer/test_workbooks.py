"""Workbooks: what a spreadsheet makes of cells, and what is dangerous to unpack."""

from __future__ import annotations

import datetime as dt
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import xlsxwriter

from server.importer.findings import FileRefused
from server.importer.readers import read_rows


def _workbook(path: Path, *rows: list[object]) -> Path:
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet()
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    for r, row in enumerate(rows):
        for c, cell in enumerate(row):
            if isinstance(cell, dt.datetime):
                sheet.write_datetime(r, c, cell, day)
            else:
                sheet.write(r, c, cell)
    book.close()
    return path


def test_cells_come_as_a_person_sees_them(tmp_path: Path) -> None:
    path = _workbook(
        tmp_path / "x.xlsx",
        ["No", "Zip", "Sales", "Day", "Flag", "Left out"],
        [292, "00501", 1.5, dt.datetime(1900, 3, 1), True, "secret"],  # noqa: DTZ001
        [],
        [10**12, "=1+1", None, dt.datetime(2026, 1, 31), False, "secret"],  # noqa: DTZ001
    )
    rows = list(read_rows(path, ["No", "Zip", "Sales", "Day", "Flag"], "utf-8", ","))
    assert [number for number, _ in rows] == [2, 4]
    first, second = (cells for _, cells in rows)
    assert first["No"] == 292
    assert isinstance(first["No"], int)
    assert first["Zip"] == "00501"
    assert str(first["Day"]).startswith("1900-03-01")
    assert first["Flag"] is True
    assert second["No"] == 10**12
    assert second["Sales"] is None
    assert "Left out" not in first


def _bomb(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("xl/worksheets/sheet1.xml", b"0" * (300 * 2**20))


def _slip(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as book:
        book.writestr("../outside.xml", b"<x/>")


def _entities(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as book:
        book.writestr("xl/workbook.xml", b'<!DOCTYPE x [<!ENTITY a "aaaa">]><x>&a;</x>')


def _many_parts(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as book:
        for number in range(10_001):
            book.writestr(f"{number}", b"")


def _no_zip(path: Path) -> None:
    path.write_bytes(b"No,Name\n1,A\n")


def _cut(path: Path) -> None:
    whole = _workbook(path, ["No"], [1]).read_bytes()
    path.write_bytes(whole[: len(whole) // 2])


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (_bomb, "file.dangerous"),
        (_slip, "file.dangerous"),
        (_entities, "file.dangerous"),
        (_many_parts, "file.too_large"),
        (_no_zip, "file.unreadable"),
        (_cut, "file.unreadable"),
    ],
)
def test_dangerous_workbooks_are_refused_before_unpacking(
    tmp_path: Path, make: Callable[[Path], None], code: str
) -> None:
    path = tmp_path / "x.xlsx"
    make(path)
    with pytest.raises(FileRefused) as refused:
        list(read_rows(path, ["No"], "utf-8", ","))
    assert refused.value.finding.code == code

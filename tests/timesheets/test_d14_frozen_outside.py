"""D14: what is submitted is changed by nobody, whichever way they really come."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from modules.timesheets.device import Timesheets
from modules.timesheets.jobs import take_up
from modules.timesheets.sheet_lifecycle import FROZEN, PERSONAL
from tests.server.cli import make_cli
from tests.support.callers import (
    WAYS,
    Callers,
    Wish,
    by_a_file_at_the_command_line,
    callers,
)
from tests.timesheets.scene import MARCH, OF_SHEETS, whole_day

KINDS = ("timesheet", "time_span")


@pytest.fixture(scope="module")
def by(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callers]:
    """With a sheet that is under review; the tests change nothing of it."""
    with callers(tmp_path_factory.mktemp("outside")) as made:
        timesheets = Timesheets(made.device)
        whole_day(timesheets, "2026-03-02")
        timesheets.submit(MARCH)
        made.device.sync()
        take_up(made.office.store, 10)
        made.device.sync()
        assert [sheet.status for sheet in timesheets.month(MARCH).sheets] == ["in_review"]
        yield made


def wish_of(by: Callers, entity: str) -> Wish:
    """What somebody would like to change afterwards."""
    (row,) = by.device.rows(entity)
    field, typed, key = {
        "timesheet": ("zone", "Asia/Tokyo", ("month", "2026-03-01")),
        "time_span": ("remark", "at home", ("kind", "day")),
    }[entity]
    return Wish(entity, row.id, field, typed, key, PERSONAL, FROZEN)


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
@pytest.mark.parametrize("entity", KINDS)
def test_d14_what_is_submitted_is_changed_in_no_way(
    by: Callers, way: Callable[[Callers, Wish], None], entity: str
) -> None:
    before = by.rows(*OF_SHEETS)
    way(by, wish_of(by, entity))
    assert by.rows(*OF_SHEETS) == before


@pytest.mark.parametrize("entity", KINDS)
def test_d14_nor_by_a_file_at_the_command_line(
    by: Callers, entity: str, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    before = by.rows(*OF_SHEETS)
    cli = make_cli(monkeypatch, capsys)
    by_a_file_at_the_command_line(by, wish_of(by, entity), cli, tmp_path)
    assert by.rows(*OF_SHEETS) == before

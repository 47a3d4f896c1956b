"""The screen as a process: how it is started, what it loads, and that it ends when told to."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest

ROOT = Path(__file__).resolve().parents[2]
OFFICE = ("server", "sqlalchemy", "alembic", "typer", "syncengine.store")
PROBE = """
import json, sys
from device_sdk.screen import serve
from device_sdk.screen.brought import found_screens
found = sorted(found_screens())
print(json.dumps([found, sorted(sys.modules)]))
"""
COMMAND = [sys.executable, "-c", "from server.cli import main; main()", "device", "run"]
MODULE = [sys.executable, "-m", "device_sdk.screen"]


def test_nothing_of_the_office_is_loaded() -> None:
    told = subprocess.run(
        [sys.executable, "-c", PROBE], capture_output=True, text=True, check=True,
        env={"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    found, loaded = json.loads(told.stdout)
    assert found == [
        "documents", "expenses", "masterdata", "messages", "timesheets", "visit_reports",
    ]  # fmt: skip
    assert [name for name in loaded if name.startswith(OFFICE)] == []


@pytest.mark.parametrize("command", [COMMAND, MODULE])
def test_it_runs_until_it_is_stopped(command: list[str], tmp_path: Path) -> None:
    given = ["--store", str(tmp_path / "device"), "--server", "http://office.test", "--port", "0"]
    process = subprocess.Popen(
        [*command, *given, "--code", "K7QF"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, env={"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"},
    )  # fmt: skip
    assert process.stdout is not None
    try:
        address = process.stdout.readline().split()[-1]
        assert address.startswith("http://127.0.0.1:")
        page = httpx2.get(f"{address}enrol", trust_env=False)
        assert 'value="K7QF"' in page.text
        assert 'value="http://office.test"' in page.text
    finally:
        process.send_signal(signal.SIGINT)
        rest, _ = process.communicate(timeout=60)
    assert "Traceback" not in rest
    assert process.returncode == 130


def test_a_folder_that_is_none_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "screen.json").write_text("{", encoding="utf-8")
    told = subprocess.run(
        [*MODULE, "--store", str(tmp_path)], capture_output=True, text=True,
        env={"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert told.returncode == 1
    assert "[screen.folder_unreadable]" in told.stderr
    assert "Traceback" not in told.stderr

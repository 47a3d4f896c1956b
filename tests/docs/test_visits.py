"""The example app, as a process, against a real server."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.settings import load_settings
from syncengine.model.changeset import Operation
from syncengine.model.entity import Action
from tests.server.conftest import CUSTOMER, HOUR, IMPORT, Served, running
from tests.server.wire import WORLD

ROOT = Path(__file__).parents[2]
APP = ROOT / "docs" / "examples" / "visits.py"


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    url = f"sqlite:///{tmp_path / 'server.db'}"
    settings = load_settings(None, {}, database=url, port=0, graceful_seconds=5)
    with running(settings, WORLD) as made:
        yield made


def test_a_day_of_visits(served: Served, tmp_path: Path) -> None:
    def app(*words: str) -> str:
        done = subprocess.run(
            [sys.executable, APP, tmp_path / "279", *words],
            capture_output=True,
            text=True,
            env={"PYTHONPATH": str(ROOT)},
            timeout=60,
        )
        return done.stdout + done.stderr

    def owner(person: str) -> None:
        row = served.customers["2790"]
        served.store.write(
            IMPORT, [Operation(Action.UPDATE, CUSTOMER, row, {3: served.people[person]})]
        )

    code = served.store.seats.create_code(served.people["279"], HOUR)
    assert app("sync") == "Enrol this device first.\n"
    assert app("enrol", served.client.url, code) == ""
    assert "rows ..." in app("sync")
    assert app("customers").splitlines()[0] == "2790  Shop 2790  -"
    assert app("contact", "2790", "Eva") == ""
    noon = dt.datetime.now().astimezone().replace(hour=12, minute=0)
    assert app("visit", "2790", noon.isoformat(), "Shelves") == ""
    assert app("today") == "12:00  2790  Shop 2790: Shelves\n"
    assert app("inbox") == "2 not sent yet\n"
    assert "2 accepted" in app("sync")

    app("phone", "2790", "1")
    owner("276")
    assert "1 quarantined" in app("sync")
    told = app("inbox").splitlines()
    assert told[:3] == ["0 not sent yet", "3  quarantined", "   update customer: phone=1"]
    assert app("phone", "2790", "1") == "You have no customer 2790.\n"
    owner("279")
    app("sync")
    assert app("correct", "3", "phone=2") == ""
    assert "1 accepted" in app("sync")
    assert app("customers").splitlines()[0] == "2790  Shop 2790  2"
    assert "nine" in app("correct", "nine", "phone=2").splitlines()[-1]
    assert "visits.py FOLDER sync" in app("dance")

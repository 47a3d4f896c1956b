"""The example app, as a process, against a real server."""

from __future__ import annotations

import datetime as dt
import io
import runpy
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path

import pytest

from server.settings import load_settings
from syncengine.model.changeset import Operation
from syncengine.model.entity import Action
from tests.server.conftest import CUSTOMER, HOUR, IMPORT, Served, running
from tests.server.wire import WORLD

ROOT = Path(__file__).parents[2]
APP = ROOT / "docs" / "examples" / "visits.py"
visits = runpy.run_path(str(APP))
NOWHERE = "http://127.0.0.1:9"
LONGEST_SECONDS = 60  # of one command, before it counts as hanging


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    url = f"sqlite:///{tmp_path / 'server.db'}"
    settings = load_settings(None, {}, database=url, port=0, graceful_seconds=5)
    with running(settings, WORLD) as made:
        yield made


class Tablet:
    """The app on the store in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, *words: str) -> str:
        """Everything that a command says; in this process, for speed."""
        said = io.StringIO()
        with redirect_stdout(said):
            try:
                visits["main"]([str(self.folder), *words])
            except SystemExit as told:
                said.write(f"{told}\n")
        return said.getvalue()

    def start(self, *words: str) -> subprocess.Popen[str]:
        """Start a command as a person does."""
        pipe = subprocess.PIPE
        command: list[str | Path] = [sys.executable, APP, self.folder, *words]
        environment = {"PYTHONPATH": str(ROOT)}
        return subprocess.Popen(
            command, stdin=pipe, stdout=pipe, stderr=subprocess.STDOUT, text=True, env=environment
        )

    def reach(self, url: str) -> None:
        """From now on, that is the server's address."""
        (self.folder / "server").write_text(url, encoding="utf-8")


def enrolled(served: Served, folder: Path) -> Tablet:
    """An app of employee 279 that has synced once."""
    app = Tablet(folder)
    code = served.store.seats.create_code(served.people["279"], HOUR)
    assert app("sync") == "Enrol this device first.\n"
    assert app("enrol", served.client.url, code) == ""
    assert app("status") == "never in step with the office\n"
    assert app("sync").splitlines()[-1] == "in step less than a minute ago"
    return app


def noon(minutes: int = 0) -> str:
    """Today, around noon."""
    day = dt.datetime.now().astimezone().replace(hour=12, minute=minutes)
    return day.isoformat()


def test_a_day_of_visits(served: Served, tmp_path: Path) -> None:
    def owner(person: str) -> None:
        row = served.customers["2790"]
        served.store.write(
            IMPORT, [Operation(Action.UPDATE, CUSTOMER, row, {3: served.people[person]})]
        )

    app = enrolled(served, tmp_path / "279")
    assert app("customers").splitlines()[0] == "2790  Shop 2790  -"
    app.reach(NOWHERE)
    assert app("contact", "2790", "Eva") == ""
    assert app("visit", "2790", noon(), "Shelves") == ""
    assert app("today") == "1 visits today\n12:00  2790  Shop 2790: Shelves\n"
    assert app("sync").endswith("Nothing is lost: try again later.\n")
    step, unsent, problem = app("status").splitlines()
    assert step.startswith("in step ")
    assert unsent.startswith("2 not sent yet (")
    assert "1 contact" in unsent
    assert "The server was not reached" in problem
    app.reach(served.client.url)
    assert "2 accepted" in app("sync")
    assert len(app("status").splitlines()) == 1

    app("phone", "2790", "1")
    owner("276")
    said, _ = app.start("sync").communicate(timeout=LONGEST_SECONDS)
    assert said.splitlines()[-3:] == [
        "1 quarantined",
        "in step less than a minute ago",
        "1 in the inbox",
    ]
    told = app("inbox").splitlines()
    assert told[0].startswith("3  quarantined, entered ")
    assert told[1] == "   update customer: phone=1"
    assert app("phone", "2790", "1") == "You have no customer 2790.\n"
    owner("279")
    app("sync")
    assert app("correct", "3", "phone=2") == ""
    assert "1 accepted" in app("sync")
    assert app("customers").splitlines()[0] == "2790  Shop 2790  2"
    assert app("inbox") == ""
    assert "nine" in app("correct", "nine", "phone=2").splitlines()[-1]
    assert "visits.py FOLDER sync" in app("dance")
    log = (tmp_path / "279" / "visits.log").read_text(encoding="utf-8")
    assert "WARNING Changeset 3 quarantined: late.quarantined." in log
    assert "Shop" not in log


def test_following_shows_what_another_device_entered(served: Served, tmp_path: Path) -> None:
    app, other = (enrolled(served, tmp_path / name) for name in ("tablet", "phone"))
    app("visit", "2790", noon(1), "Shelves")
    app("sync")
    other("visit", "2791", noon(2), "Posters")
    other("sync")
    following = app.start("follow")
    limit = threading.Timer(LONGEST_SECONDS, following.kill)
    limit.start()
    assert following.stdin is not None
    assert following.stdout is not None
    heard = []
    for line in following.stdout:
        heard.append(line)
        if line.startswith("in step"):
            break
    following.communicate("\n")
    limit.cancel()
    assert following.returncode == 0
    first = "12:01  2790  Shop 2790: Shelves\n"
    assert heard[:2] == ["1 visits today\n", first]
    assert heard[2:5] == ["2 visits today\n", first, "12:02  2791  Shop 2791: Posters\n"]

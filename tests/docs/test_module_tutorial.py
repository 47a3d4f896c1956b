"""The module tutorial's files and commands, exactly as they stand there, run in their order."""

from __future__ import annotations

import importlib
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from syncengine.model.manifest import Schema
from tests.accounts.office import Office
from tests.new_module.package import ROOT, Shell, install
from tests.portal.conftest import Desk
from tests.support.world import SCHEMA

TUTORIAL = ROOT / "docs" / "TUTORIAL-MODULE.md"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"(?:# |<!-- )(\S+)(?: -->)?\n")


class Reader:
    """Somebody who does what the tutorial says, in a folder. states: of the module, as each
    `module list` told it.
    """

    def __init__(self, folder: Path) -> None:
        self.folder, self.site = folder, folder / "site"
        self.states: list[str] = []

    def do(self, language: str, text: str) -> None:
        """One block."""
        if language == "sh":
            for line in text.splitlines():
                self.command(*shlex.split(line))
            return
        named = FILE.match(text)
        assert named, f"a block of {language} names no file"
        file, text = self.folder / named[1], text[named.end() :]
        file.parent.mkdir(parents=True, exist_ok=True)
        if language == "diff":
            text = changed(file.read_text(encoding="utf-8"), text.splitlines(keepends=True))
        file.write_text(text, encoding="utf-8")

    def command(self, *words: str) -> None:
        """One line; pip leaves metadata and no more, so that no index is asked."""
        if words[:2] == ("pip", "install"):
            install(self.folder / words[-1], self.site)
        elif words[:2] == ("pip", "uninstall"):
            shutil.rmtree(self.site)
        elif words[0] == "python":
            package = self.folder / words[-1]
            Shell(self.folder, (package,)).run(*words, "-q", "-p", "no:cacheprovider")
        else:
            path = (self.site, self.folder / "pricechecks") if self.site.exists() else ()
            told = Shell(self.folder, path).run(*words)
            self.states += re.findall(r"^pricechecks (\d: \w+)", told, re.MULTILINE)


def changed(text: str, lines: list[str]) -> str:
    """A text after a diff's lines, whose place in it is the only one."""
    old = "".join(line[1:] for line in lines if line[0] != "+")
    new = "".join(line[1:] for line in lines if line[0] != "-")
    assert text.count(old) == 1, old
    return text.replace(old, new)


def blocks() -> list[tuple[str, str]]:
    """(language, text) of each, in their order."""
    return BLOCK.findall(TUTORIAL.read_text(encoding="utf-8"))


def test_the_tutorial_runs(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    for language, text in blocks():
        reader.do(language, text)
    assert reader.states == ["1: ready", "2: ready", "2: absent", "2: ready"]


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Its files as they are in the end, to be imported by this test alone."""
    reader = Reader(tmp_path)
    for language, text in blocks():
        if language != "sh":
            reader.do(language, text)
    folder = tmp_path / "pricechecks"
    (folder / "pricechecks" / "__init__.py").touch()
    monkeypatch.syspath_prepend(folder)
    yield folder
    for name in [name for name in sys.modules if name.partition(".")[0] == "pricechecks"]:
        del sys.modules[name]


def test_its_code_keeps_to_the_projects_rules(package: Path) -> None:
    ruff, rules = Path(sys.executable).parent / "ruff", ROOT / "pyproject.toml"
    command = [str(ruff), "check", "--no-cache", "--config", str(rules), "."]
    done = subprocess.run(command, cwd=package, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_its_page_shows_what_waits(package: Path) -> None:
    module = importlib.import_module("pricechecks.manifest").PRICECHECKS
    office = Office(f"sqlite:///{package / 's.db'}", package, Schema((*SCHEMA.modules, module)))
    desk, world = Desk(office), office.world
    path = "/portal/pricechecks/overview"
    anna = desk.administrator()
    assert "No price waits" in anna.get(path).text
    world.insert(
        "competitor_price", customer=world.customer("a", "1"), competitor="<Corner>", price=499,
        status="open",
    )  # fmt: skip
    assert "Corner" not in anna.get(path).text
    device = world.enrol("a")
    device.sync()
    with device.changeset() as changes:
        changes.update("competitor_price", device.rows("competitor_price")[0].id, status="done")
    device.sync()
    assert "&lt;Corner&gt;" in anna.get(path).text
    assert "4.99" in anna.get(path).text
    anna.http.cookies.set("language", "de", path="/portal")
    page = anna.get(path).text
    assert "Preiserhebungen" in page
    assert "4,99" in page
    world.close()

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

from device_sdk.testing import Server
from modules.masterdata.manifest import MASTERDATA
from server.modules import OWN_MODULES
from server.new_module import planned, write
from syncengine.model.manifest import Schema
from tests.accounts.office import Office
from tests.new_module.package import ROOT, Shell, install
from tests.portal.conftest import Desk
from tests.screen.conftest import NOW, start
from tests.screen.conftest import Office as Field
from tests.screen.conftest import quick as quick
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
    write(planned("pricechecks", "price_check", None, OWN_MODULES), tmp_path)
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


@pytest.mark.usefixtures("quick")
def test_its_screen_takes_what_was_seen(package: Path) -> None:
    """Offline; what does not fit is told, and what was typed stays."""
    module = importlib.import_module("pricechecks.manifest").PRICECHECKS
    screen = importlib.import_module("pricechecks.screen").SCREEN
    (package / "office").mkdir()
    with Server(package / "office", [MASTERDATA, module], NOW) as server:
        market = server.insert("market", number="north", name="North")
        place = server.insert("market", number="town", name="Town", parent=market)
        anna = server.insert("employee", number="7", login="anna", active=True)
        shop, far = (
            server.insert("customer", number=n, name="Shop", owner=anna, market=m, active=True)
            for n, m in (("1", place), ("2", None))
        )
        check = server.insert("price_check", market=market, wanted="<Coffee>, 500 g")
        rep = start(
            Field(server, anna, anna, shop), package / "device", screens={"pricechecks": screen}
        )
        assert rep.enrol(anna).status_code == 303
        path = f"/pricechecks/note?customer={shop}&amp;check={check}"
        assert path in (page := rep.get(f"/rows/customer/{shop}").text)
        assert "&lt;Coffee&gt;" in page
        assert "Coffee" not in rep.get(f"/rows/customer/{far}").text
        rep.post("/airplane", on="1")
        path = path.replace("&amp;", "&")
        assert "Preis" in rep.get(path, **{"accept-language": "de"}).text
        for price in ("much", "0", "nan"):
            answer = rep.post(path, competitor="Corner", price=price)
            assert (answer.status_code, "A price is a number" in answer.text) == (422, True)
            assert 'value="Corner"' in answer.text
        assert rep.device.rows("competitor_price") == []
        assert rep.post(path, competitor="Corner", price="4,99").status_code == 303
        (row,) = rep.device.rows("competitor_price")
        assert (str(row.price), row.status, row.price_check) == ("4.99", "done", check)
        elsewhere = f"/pricechecks/note?customer={far}&check={check}"
        assert rep.get(elsewhere).status_code == 404
        rep.screen.sign_out()


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

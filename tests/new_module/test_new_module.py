"""`syncengine module new`: what it writes runs as it is, and passes the project's own rules."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from server.modules import OWN_MODULES
from server.new_module import planned, write
from server.portal.routes import own_names
from server.problem import Problem
from tests.new_module.package import ROOT, Shell, install

BIN = Path(sys.executable).parent


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new module, the longest that there can be."""
    into = tmp_path_factory.mktemp("into")
    return write(planned("a" * 20, "z" * 20, None, OWN_MODULES), into)


def run(*command: str | Path, cwd: Path) -> None:
    """A command that succeeds."""
    done = subprocess.run([str(c) for c in command], cwd=cwd, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_its_tests_pass(made: Path) -> None:
    said = Shell(made, (made,)).run("python", "-m", "pytest", "-q", "-p", "no:cacheprovider")
    assert "2 passed" in said


def test_it_passes_the_projects_rules(made: Path, tmp_path: Path) -> None:
    run(BIN / "ruff", "check", "--no-cache", "--config", ROOT / "pyproject.toml", ".", cwd=made)
    other = write(planned("m", "n", 250, OWN_MODULES), tmp_path)
    run(BIN / "ruff", "check", "--no-cache", "--config", ROOT / "pyproject.toml", ".", cwd=other)


@pytest.mark.slow
def test_its_types_are_right(made: Path) -> None:
    mypy = (BIN / "mypy", "--strict", "--follow-imports=silent", "--cache-dir", "/dev/null")
    script = (
        "import os, sys; os.environ['MYPYPATH'] = sys.argv[1]; os.execv(sys.argv[2], sys.argv[2:])"
    )
    run(sys.executable, "-c", script, f"{ROOT}:{made}", *mypy, made.name, "tests", cwd=made)


def test_its_wheel_has_all_that_it_needs(made: Path, tmp_path: Path) -> None:
    pip = ("-m", "pip", "--disable-pip-version-check", "--quiet", "wheel", "--no-deps")
    run(sys.executable, *pip, "--no-build-isolation", "-w", tmp_path, made, cwd=made)
    (wheel,) = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    name = made.name
    for place in ("manifest.py", f"migrations/{name}_0001.py", "templates/overview.html",
                  "locale/de.po", "portal/__init__.py", "py.typed"):  # fmt: skip
        assert f"{name}/{place}" in names


def test_a_package_that_comes_and_goes(made: Path, tmp_path: Path) -> None:
    """By real processes: the server's commands see it by its entry point alone."""
    install(made, tmp_path / "site")
    here, gone = Shell(tmp_path, (tmp_path / "site", made)), Shell(tmp_path)
    at = ("--database", f"sqlite:///{tmp_path}/s.db")

    def state(shell: Shell) -> dict[str, object]:
        listed = json.loads(shell.run("syncengine", "module", "list", *at, "--json"))
        return next(one for one in listed if one["name"] == made.name)

    gone.run("syncengine", "migrate", *at)
    assert state(here)["state"] == "to migrate"
    assert gone.run("syncengine", "module", "list", *at).count(": ready") == len(OWN_MODULES)
    here.run("syncengine", "migrate", *at)
    assert state(here) == {
        "number": 100, "name": made.name, "version": 1, "package": made.name,
        "distribution": f"{made.name} 0.1.0", "state": "ready", "entities": ["z" * 20],
        "pages": [f"/portal/{made.name}/overview"],
    }  # fmt: skip
    lacking = state(gone)
    assert (lacking["state"], lacking["package"]) == ("absent", made.name)
    assert "Its package is missing" in gone.run("syncengine", "module", "list", *at)
    gone.run("syncengine", "doctor", *at)
    gone.run("syncengine", "migrate", *at)
    assert state(here)["state"] == "ready"


@pytest.mark.parametrize(
    ("name", "entity", "number", "code"),
    [
        ("Shelves", None, None, "name_invalid"),
        ("../shelves", None, None, "name_invalid"),
        ("a" * 21, None, None, "name_invalid"),
        ("class", None, None, "name_invalid"),
        ("shelves", "1st", None, "name_invalid"),
        ("shelves", "shelves", None, "name_invalid"),
        ("json", None, None, "name_taken"),
        ("office", None, None, "name_taken"),
        ("devices", None, None, "name_taken"),
        ("shelves", "customer", None, "name_taken"),
        ("shelves", None, 2, "number_taken"),
        ("shelves", None, 251, "number_taken"),
    ],
)
def test_what_cannot_be(name: str, entity: str | None, number: int | None, code: str) -> None:
    with pytest.raises(Problem) as refused:
        planned(name, entity, number, OWN_MODULES, own_names())
    assert refused.value.code == f"module.{code}"


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "shelves").mkdir()
    (tmp_path / "shelves" / "mine").write_text("kept")
    plan = planned("shelves", None, None, OWN_MODULES)
    with pytest.raises(Problem, match="already"):
        write(plan, tmp_path)
    with pytest.raises(Problem, match="no folder"):
        write(plan, tmp_path / "other")
    assert [p.name for p in tmp_path.rglob("*")] == ["shelves", "mine"]
    assert (tmp_path / "shelves" / "mine").read_text() == "kept"

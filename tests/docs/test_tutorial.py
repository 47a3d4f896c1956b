"""The tutorial's code runs, in its order; its own asserts are the checks."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TUTORIAL = ROOT / "docs" / "SDK.md"
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COMMAND = [sys.executable, "-c", "from server.cli import main; main()"]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where the tutorial works; modules that it writes there can be imported, and only by it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path
    for name, module in list(sys.modules.items()):
        if (getattr(module, "__file__", None) or "").startswith(str(tmp_path)):
            del sys.modules[name]


def test_the_tutorial_runs(folder: Path) -> None:
    """Every block: Python in one namespace, `sh` line by line as `syncengine`'s commands."""
    text = TUTORIAL.read_text(encoding="utf-8")
    names: dict[str, object] = {"folder": folder, "__name__": "tutorial"}
    for block in BLOCK.finditer(text):
        language, code = block.groups()
        if language == "sh":
            for line in code.splitlines():
                command(line)
        else:
            assert language == "python", f"a block of {language or 'no language'} cannot be run"
            lines_before = text.count("\n", 0, block.start(2))
            exec(compile("\n" * lines_before + code, str(TUTORIAL), "exec"), names)


def command(line: str) -> None:
    """A line of `sh`."""
    name, *words = shlex.split(line)
    assert name == "syncengine"
    environment = {"PYTHONPATH": str(ROOT)}
    told = subprocess.run([*COMMAND, *words], env=environment, capture_output=True, text=True)
    assert told.returncode == 0, told.stdout + told.stderr

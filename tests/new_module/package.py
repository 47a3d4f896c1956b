"""A module's package as pip would install it, without pip: metadata beside its code."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
SYNCENGINE = [sys.executable, "-c", "from server.cli import main; main()"]


def install(folder: Path, site: Path) -> None:
    """What `pip install -e folder` leaves in a folder of installed packages."""
    project = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    info = site / f"{project['name']}-{project['version']}.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
    )
    lines = [
        line
        for group, points in project["entry-points"].items()
        for line in (f"[{group}]", *(f"{name} = {value}" for name, value in points.items()))
    ]
    (info / "entry_points.txt").write_text("\n".join(lines))


@dataclass(frozen=True)
class Shell:
    """Commands in a folder. path: where packages are found beside the engine's."""

    folder: Path
    path: tuple[Path, ...] = ()

    def run(self, *command: str) -> str:
        """What a command says that succeeds."""
        told = self.tried(*command)
        assert told.returncode == 0, told.stdout + told.stderr
        return told.stdout

    def tried(self, *command: str) -> subprocess.CompletedProcess[str]:
        """A command, however it ends; `syncengine` and `python` are those of the tests."""
        name, *words = command
        start = {"syncengine": SYNCENGINE, "python": [sys.executable]}[name]
        found = os.pathsep.join(str(p) for p in (ROOT, *self.path))
        environment = {
            "PATH": os.environ["PATH"], "PYTHONPATH": found, "PYTHONDONTWRITEBYTECODE": "1",
        }  # fmt: skip
        return subprocess.run(
            [*start, *words], cwd=self.folder, env=environment, capture_output=True, text=True
        )

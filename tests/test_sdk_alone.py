"""Installing the SDK alone brings neither Starlette nor SQLAlchemy: proved in a fresh
environment.
"""

from __future__ import annotations

import importlib.metadata
import re
import subprocess
import sys
import venv
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
PROBE = """
import importlib.util, pathlib, sys
import device_sdk
print(pathlib.Path(device_sdk.__file__).is_relative_to(sys.prefix))
names = ("sqlalchemy", "starlette", "alembic", "uvicorn", "typer")
print([name for name in names if importlib.util.find_spec(name)])
from device_sdk import Device
try:
    Device.open(sys.argv[1], "http://127.0.0.1:9")
except Exception as error:
    print(type(error).__name__)
"""


def needed(name: str, found: set[str]) -> set[str]:
    """The packages that `name` needs without extras, here and now."""
    for text in importlib.metadata.requires(name) or []:
        requirement = Requirement(text)
        if requirement.marker is not None and not requirement.marker.evaluate({"extra": ""}):
            continue
        package = canonicalize_name(requirement.name)
        if package not in found:
            found.add(package)
            needed(package, found)
    return found


def locked(packages: set[str]) -> str:
    """Their entries of the lock, hashes included."""
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    entries = re.split(r"\n(?=\S)", lock)
    return "\n".join(e for e in entries if canonicalize_name(e.split("==")[0]) in packages)


def run(*command: str | Path) -> str:
    """The output of a command that succeeds."""
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_sdk_needs_no_server_library(tmp_path: Path) -> None:
    wheels, home = tmp_path / "wheels", tmp_path / "venv"
    copy = tmp_path / "source"
    run("git", "-c", "safe.directory=*", "checkout-index", "--all", f"--prefix={copy}/")
    pip = ("-m", "pip", "--disable-pip-version-check", "--quiet")
    run(sys.executable, *pip, "wheel", "--no-deps", "--no-build-isolation", "-w", wheels, copy)
    venv.create(home, with_pip=True)
    python = home / "bin" / "python"
    (tmp_path / "requirements").write_text(locked(needed("syncengine", set())), encoding="utf-8")
    run(python, *pip, "install", "--require-hashes", "-r", tmp_path / "requirements")
    (wheel,) = wheels.glob("*.whl")
    run(python, *pip, "install", "--no-deps", wheel)
    done = subprocess.run(
        [python, "-c", PROBE, str(tmp_path / "store")], capture_output=True, text=True, cwd=tmp_path
    )
    assert done.stdout.splitlines() == ["True", "[]", "NotEnrolled"], done.stderr

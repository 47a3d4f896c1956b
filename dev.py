#!/usr/bin/env python3
"""Sets the project up and runs it, with the standard library only: `python3 dev.py --help`."""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
LOCK = ROOT / "requirements.lock"
FUZZ_LOCK = ROOT / "requirements-fuzz.lock"
MUTATE_LOCK = ROOT / "requirements-mutate.lock"
API_LOCK = ROOT / "requirements-api.lock"
MUTANTS = ROOT / "mutants"
MUTANTS_KILLED_PERCENT = 90
STAMP = VENV / "installed.sha256"
WORKERS = "2"
MEMORY = Path("/dev/shm")  # noqa: S108 - what is made in it has names that nobody guesses
MEMORY_BYTES = 2 << 30

CHECKS: list[tuple[str, list[str]]] = [
    ("format", ["ruff", "format", "--check", "--quiet", "."]),
    ("lint", ["ruff", "check", "--no-cache", "--quiet", "."]),
    ("types", ["mypy"]),
    ("layers", ["lint-imports"]),
]


def say(text: str) -> None:
    """A line for whoever waits, before the output of the step itself."""
    print(f"dev.py: {text}", flush=True)


def fail(text: str) -> int:
    """One line that says what is wrong."""
    print(f"dev.py: {text}", file=sys.stderr, flush=True)
    return 1


def run(*command: str | Path, **variables: str) -> int:
    """Run a command in the project's folder. variables: of its environment, beside what is set."""
    path = f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}"
    environment = {**os.environ, "PATH": path, **variables}
    return subprocess.run([str(part) for part in command], cwd=ROOT, env=environment).returncode


def wanted() -> str:
    """What an installed environment has to match: the lock, the project file, this Python."""
    digest = hashlib.sha256(f"{sys.version_info[:2]}{ROOT}".encode())
    for path in (LOCK, ROOT / "pyproject.toml"):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def setup() -> int:
    """Create the virtual environment and install the locked packages; nothing when that is done."""
    if not (3, 11) <= sys.version_info[:2] <= (3, 13):
        return fail(f"Python 3.11 to 3.13 is needed; this is {sys.version.split()[0]}.")
    if STAMP.exists() and STAMP.read_text() == wanted() and (BIN / "python").exists():
        return 0
    if importlib.util.find_spec("ensurepip") is None:
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        return fail(f"This Python lacks venv; install it: apt-get install python{version}-venv")
    say("setting up .venv (about a minute, once)")
    STAMP.unlink(missing_ok=True)
    if VENV.exists() and not usable():
        shutil.rmtree(VENV)
    if not VENV.exists() and run(sys.executable, "-m", "venv", VENV):
        return fail("The virtual environment could not be made; see above.")
    pip = (BIN / "python", "-m", "pip", "--disable-pip-version-check", "install", "--quiet")
    if run(*pip, "--require-hashes", "--requirement", LOCK):
        return fail("The locked packages could not be installed; see above.")
    # In compat mode the folder itself is on the path, so that a new package is found at once.
    editable = ("--editable", ".", "--config-settings", "editable_mode=compat")
    if run(*pip, "--no-deps", "--no-build-isolation", *editable):
        return fail("The project could not be installed; see above.")
    STAMP.write_text(wanted())
    return 0


def usable() -> bool:
    """Whether .venv was finished and is of this Python."""
    probe = "import pip, sys; print(sys.version_info[:2])"
    try:
        found = subprocess.run([BIN / "python", "-c", probe], capture_output=True, text=True)
    except OSError:
        return False
    return found.stdout.strip() == str(sys.version_info[:2])


def check() -> int:
    """Formatting, lint, types, layers."""
    for name, command in CHECKS:
        began = time.monotonic()
        code = run(BIN / command[0], *command[1:])
        say(f"{name}: {'failed' if code else 'ok'} ({time.monotonic() - began:.0f} s)")
        if code:
            return code
    return 0


def in_memory() -> dict[str, str]:
    """Where tests are to make their databases: in memory where Linux has such a folder, for they
    make them by the thousand.
    """
    if os.name != "posix" or not os.access(MEMORY, os.W_OK):
        return {}
    runs_no_programs = os.statvfs(MEMORY).f_flag & getattr(os, "ST_NOEXEC", 0)
    if runs_no_programs or shutil.disk_usage(MEMORY).free < MEMORY_BYTES:
        return {}
    return {"TMPDIR": str(MEMORY)}


def test(arguments: list[str]) -> int:
    """The static checks, then the tests; `--slow` runs those marked slow instead."""
    if arguments[:1] == ["--slow"]:
        return run(BIN / "pytest", "-q", "-m", "slow", *arguments[1:])
    code = check()
    if code:
        return code
    say("tests (a PostgreSQL is started for them)")
    return run(BIN / "pytest", "-q", "-n", WORKERS, "-m", "not slow", *arguments, **in_memory())


def add(lock: Path) -> int:
    """Install what only one command needs."""
    pip = (BIN / "python", "-m", "pip", "--disable-pip-version-check", "install", "--quiet")
    if run(*pip, "--require-hashes", "--requirement", lock):
        return fail(f"What {lock.name} names could not be installed; see above.")
    return 0


def fuzz(arguments: list[str]) -> int:
    """Look for inputs that break a decoder; the fuzzer, which runs on Linux, is installed first."""
    return add(FUZZ_LOCK) or run(BIN / "python", "-m", "tests.fuzz", *arguments)


def mutate() -> int:
    """Change the conflict rules in every small way, one at a time: their tests are to notice."""
    if add(MUTATE_LOCK):
        return 1
    shutil.rmtree(MUTANTS, ignore_errors=True)
    try:
        if run(BIN / "mutmut", "run") or run(BIN / "mutmut", "export-cicd-stats"):
            return fail("The mutants could not be tried; see above.")
        found = json.loads((MUTANTS / "mutmut-cicd-stats.json").read_text())
        run(BIN / "mutmut", "results")
    finally:
        shutil.rmtree(MUTANTS, ignore_errors=True)
    noticed = found["killed"] + found["timeout"]
    say(f"{noticed} of {found['total']} mutants were noticed; the others are listed above")
    return int(noticed * 100 < MUTANTS_KILLED_PERCENT * found["total"])


def api_check(arguments: list[str]) -> int:
    """Ask real servers whatever schemathesis, which is installed first, makes of their API."""
    return add(API_LOCK) or run(BIN / "python", "-m", "tests.api.check", *arguments)


def lock() -> int:
    """Write the locks anew, with hashes and without naming where packages come from."""
    code = run(BIN / "python", "-m", "pip", "install", "--quiet", "uv")
    options = "--universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header"
    compiling: tuple[str | Path, ...] = (
        BIN / "uv",
        "pip",
        "compile",
        "--quiet",
        *options.split(),
        "--no-annotate",
    )
    wanted: tuple[str | Path, ...] = ("--extra", "server", "--extra", "s3", "--extra", "dev")
    code = code or run(*compiling, "--upgrade", *wanted, "pyproject.toml", "--output-file", LOCK)
    group: tuple[str | Path, ...] = ("--group", "pyproject.toml:fuzz")
    code = code or run(*compiling, "--upgrade", *group, "--output-file", FUZZ_LOCK)
    group = ("--group", "pyproject.toml:mutate", "--constraint", LOCK)
    code = code or run(*compiling, "--upgrade", *group, "--output-file", MUTATE_LOCK)
    group = ("--group", "pyproject.toml:api", "--constraint", LOCK)
    return code or run(*compiling, "--upgrade", *group, "--output-file", API_LOCK)


def main() -> int:
    """Parse the command line, set up what is missing, run."""
    parser = argparse.ArgumentParser(description=__doc__)
    commands: dict[str, Callable[[], int]] = {
        "setup": lambda: 0,
        "demo": lambda: run(BIN / "syncengine", "demo", *given.arguments),
        "test": lambda: test(given.arguments),
        "check": check,
        "fuzz": lambda: fuzz(given.arguments),
        "mutate": mutate,
        "api-check": lambda: api_check(given.arguments),
        "partitions": lambda: run(BIN / "python", "-m", "tests.partitions.run", *given.arguments),
        "soak": lambda: run(BIN / "python", "-m", "tests.soak", *given.arguments),
        "reference": lambda: (
            run(BIN / "python", "-m", "tests.docs.reference")
            or run(BIN / "python", "-m", "tests.docs.lifecycles")
        ),
        "screenshots": lambda: run(BIN / "python", "-m", "tests.screenshots", *given.arguments),
        "lock": lock,
        "run": lambda: run(BIN / "syncengine", *given.arguments),
    }
    parser.add_argument("command", choices=commands)
    parser.add_argument(
        "arguments", nargs=argparse.REMAINDER, help="passed on; `run serve` is `syncengine serve`"
    )
    given = parser.parse_args()
    return setup() or commands[given.command]()


if __name__ == "__main__":
    sys.exit(main())

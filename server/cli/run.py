"""Running a command: what goes wrong is one sentence and a code, never a traceback unless --debug.

Exit status: 0 done, 1 refused or failed, 2 wrong usage (from Typer), 130 interrupted.
"""

from __future__ import annotations

import json
import sys
from typing import NoReturn

import typer

from server.cli.app import app
from server.problem import Problem
from syncengine.model.errors import SyncError


def run() -> None:
    """Run sys.argv; always ends the process."""
    try:
        app()
    except (KeyboardInterrupt, BrokenPipeError):
        sys.exit(130)
    except Exception as error:
        if "--debug" in sys.argv:
            raise
        _fail(error)


def _fail(error: Exception) -> NoReturn:
    code, sentence = describe(error)
    if "--json" in sys.argv:
        typer.echo(json.dumps({"error": {"code": code, "detail": sentence}}), err=True)
    else:
        typer.echo(f"syncengine: {sentence} [{code}]", err=True)
    sys.exit(1)


def describe(error: Exception) -> tuple[str, str]:
    """A stable code and one sentence for a person who has no time."""
    if isinstance(error, Problem | SyncError):
        return error.code, error.detail
    if isinstance(error, OSError):
        where = f"{error.filename}: " if error.filename else ""
        return "system", f"{where}{error.strerror or error}."
    lines = str(error).strip().splitlines() or ["no details"]
    return "internal", f"{type(error).__name__}: {lines[0]} (--debug shows where)"

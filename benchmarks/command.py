"""What the benchmarks' commands share: their options, and where the figures go."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any


def run(
    name: str,
    about: str | None,
    arguments: Sequence[str] | None,
    measured: Callable[[str | None, bool], dict[str, Any]],
) -> dict[str, Any]:
    """Measure, print, write; the figures. measured: of a database's URL (None: SQLite), and whether
    a quick run is wanted.
    """
    parser = argparse.ArgumentParser(prog=f"syncengine bench {name}", description=about)
    parser.add_argument("--json", metavar="FILE", help="write the figures there")
    parser.add_argument("--database", metavar="URL", help="an empty database; default: SQLite")
    parser.add_argument("--small", action="store_true", help="a quick run, to see that it works")
    given = parser.parse_args(arguments)
    result = measured(given.database, given.small)
    text = json.dumps(result, indent=1)
    print(text)
    if given.json:
        Path(given.json).write_text(text + "\n", encoding="utf-8")
    return result

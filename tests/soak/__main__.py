"""`python3 dev.py soak`: until the time is over, or a table has grown."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from tests.soak.run import KEPT, Soak, grown, stretches


def say(text: str) -> None:
    """A line at once, also into a pipe."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def main() -> int:
    """Status 1: something grew, or the doctor found something."""
    parser = argparse.ArgumentParser(prog="dev.py soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--database", metavar="URL", help="an empty database; default: SQLite")
    given = parser.parse_args()
    until = time.monotonic() + 60 * given.minutes
    with tempfile.TemporaryDirectory(prefix="soak") as folder:
        url = given.database or f"sqlite:///{folder}/server.db"
        soak = Soak(url, Path(folder), given.seed)
        early = None
        for number, fullest in enumerate(stretches(soak)):
            lines = ", ".join(f"{name} {count:,}" for name, count in fullest.items() if count)
            say(f"day {soak.days.day:,}, version {soak.world.store.status().version:,}: {lines}")
            if number == 1:  # the first one has nothing that is too old
                early = fullest
            wrong = grown(early, fullest) if early is not None else {}
            if wrong or not soak.is_sound():
                say(f"grown: {wrong}" if wrong else "the doctor found something")
                return 1
            if time.monotonic() > until and number:
                break
        say(f"Nothing grew in {soak.days.day:,} days, of which {KEPT} are kept.")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Pictures of every page, in both languages, bright and dark, on each screen, for whoever looks.

`python3 dev.py screenshots DIR`: the portal, the rep's screen, a visit with its report, a trip, in
a folder each; `--of`, `--look` and names of pages choose some.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.expenses import screenshots as trip
from tests.looks import LOOKS, Look
from tests.portal import screenshots as portal
from tests.screen import screenshots as screen
from tests.visit_reports import screenshots as visit

TAKEN: dict[str, Callable[[Path, Sequence[Look], Sequence[str]], None]] = {
    "portal": portal.take,
    "screen": screen.take,
    "visit": visit.take,
    "trip": trip.take,
}


def main() -> None:
    """As the arguments say."""
    parser = argparse.ArgumentParser(prog="dev.py screenshots", description=__doc__)
    parser.add_argument("folder", type=Path, metavar="DIR", help="where they are written")
    parser.add_argument(
        "pages", nargs="*", metavar="page", help="as the pictures are called; else all"
    )
    parser.add_argument("--of", action="append", choices=TAKEN, help="several times; else all")
    looks = {str(look): look for look in LOOKS}
    parser.add_argument(
        "--look", action="append", choices=looks, metavar="LOOK",
        help="like de-dark-tablet, several times; else all: en or de, light or dark, "
        "desktop (portal only), tablet or phone",
    )  # fmt: skip
    given = parser.parse_intermixed_args()
    chosen = [looks[name] for name in given.look or looks]
    for name in given.of or TAKEN:
        folder = given.folder / name
        folder.mkdir(parents=True, exist_ok=True)
        TAKEN[name](folder, chosen, given.pages)


if __name__ == "__main__":
    main()

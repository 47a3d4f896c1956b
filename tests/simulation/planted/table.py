"""Which planted bug is caught, by which seed, after how many rounds: found.json beside this file.

    python -m tests.simulation.planted.table [NAME...]

Without names all are looked for. Written after each, so that several may run beside each other.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.simulation.mixes import MIXES, Mix
from tests.simulation.planted.every import ALL, planted
from tests.simulation.run import ROUNDS, lived

FOUND = Path(__file__).with_name("found.json")
MOST_SEEDS = 200


@dataclass(frozen=True)
class Found:
    """A plant that was caught: in the life of that seed, after so many rounds of the lives from
    the first seed on, by that violation.
    """

    seed: int
    rounds: int
    what: str


def look_for(
    name: str,
    seeds: Iterable[int] = range(MOST_SEEDS),
    rounds: int = ROUNDS,
    mix: Mix | None = None,
) -> Found | None:
    """Live by one seed after the other until the bug of that name breaks a promise. mix: None: the
    plant's own.
    """
    played = 0
    with planted(name):
        for seed in seeds:
            life = lived(seed, rounds, mix or MIXES[ALL[name].mix])
            played += life.rounds
            if life.what is not None:
                return Found(seed, played, _said(life.what))
    return None


def known() -> dict[str, Found]:
    """What was written last."""
    if not FOUND.exists():
        return {}
    return {name: Found(**entry) for name, entry in json.loads(FOUND.read_text()).items()}


def keep(news: Mapping[str, Found | None]) -> None:
    """Write these down besides what is known; what is not planted any more is dropped."""
    table: dict[str, Found | None] = {**known(), **news}
    entries = {n: asdict(found) for n in ALL if (found := table.get(n)) is not None}
    FOUND.write_text(json.dumps(entries, indent=2) + "\n")


def lines() -> list[str]:
    """The table of the documentation."""
    return [
        "| planted bug | what goes wrong | seed | rounds |",
        "|---|---|---|---|",
        *(
            f"| `{name}` | {ALL[name].says.rstrip('.')} | {found.seed} | {found.rounds:,} |"
            for name, found in known().items()
        ),
    ]


def _said(what: str) -> str:
    """The first line: a database says more."""
    return what.partition("\n")[0][:200]


def main(names: list[str]) -> int:
    """Look for these, or for all, and write down what came of it; 1 when one was not caught."""
    missed = []
    for name in names or ALL:
        found = look_for(name)
        sys.stderr.write(f"{name}: {found}\n")
        missed += [] if found else [name]
        keep({name: found})
    sys.stderr.write(f"not caught: {missed}\n")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

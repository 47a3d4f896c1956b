"""Lives by the seed: played, counted, and made small when one goes wrong."""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from random import Random
from typing import Any
from unittest.mock import patch

from syncengine.store import bulk, pull, settle
from tests.simulation.acts import Act, play
from tests.simulation.attached import small_pieces
from tests.simulation.clocking import ClockingLife
from tests.simulation.life import Life
from tests.simulation.mixes import USUAL, Mix

ROUNDS = 60
SMALL_CHUNK_BYTES = 150  # so that a slice of a few rows comes in several chunks
FEW_ROWS_AT_ONCE = 2  # so that rules and large changes move rows in several commits
TRIES = 150  # to make a script smaller


@dataclass(frozen=True)
class Violation:
    """A promise that was broken. script: the acts that lead there, made small."""

    seed: int
    round: int
    what: str
    script: list[Act]


@dataclass
class Outcome:
    """What some lives came to."""

    mix: Mix
    seeds: int = 0
    rounds: int = 0
    sync_sessions: int = 0
    moving_sessions: int = 0
    violations: list[Violation] = field(default_factory=list)
    faults: Counter[str] = field(default_factory=Counter)
    traces: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Lived:
    """A life: how many rounds it came to, and what went wrong."""

    rounds: int
    what: str | None


def lived(seed: int, rounds: int, mix: Mix) -> Lived:
    """The life of a seed; what goes wrong is not made small."""
    _, played, what = _played(seed, _script(seed, rounds, mix), mix)
    return Lived(played, what)


def _script(seed: int, rounds: int, mix: Mix) -> list[Act]:
    return mix.draw_script(Random(f"script {seed}"), rounds)


def simulate(
    seeds: Iterable[int],
    rounds: int = ROUNDS,
    tell: Callable[[int, Outcome], None] | None = None,
    mix: Mix = USUAL,
) -> Outcome:
    """One life a seed."""
    outcome = Outcome(mix)
    for seed in seeds:
        _live(seed, _script(seed, rounds, mix), outcome)
        outcome.seeds += 1
        if tell is not None:
            tell(seed, outcome)
    return outcome


def _live(seed: int, script: list[Act], outcome: Outcome) -> None:
    life, played, error = _played(seed, script, outcome.mix)
    outcome.rounds += played
    outcome.sync_sessions += life.sessions
    outcome.moving_sessions += life.moving
    outcome.faults += life.counts
    outcome.traces.append(life.trace)
    if error is not None:
        small = shrunk(seed, script[: played + 1], error, outcome.mix)
        outcome.violations.append(Violation(seed, played, error, small))


def _played(seed: int, script: list[Act], mix: Mix) -> tuple[Life, int, str | None]:
    """(the life, how many acts were played, what went wrong)."""
    with (
        small_pieces(),
        patch.object(pull, "CHUNK_BYTES", SMALL_CHUNK_BYTES),
        patch.object(settle, "ROWS_AT_ONCE", FEW_ROWS_AT_ONCE),
        patch.object(bulk, "STEP_OPERATIONS", FEW_ROWS_AT_ONCE),
    ):
        life, played = ClockingLife(seed, mix.kind), 0
        try:
            for name, arguments in script:
                life.note(f"{name} {arguments} {play(life, (name, arguments))}")
                played += 1
            life.settle()
        except Exception as error:
            return life, played, f"{type(error).__name__}: {error}"
        finally:
            life.close()
    return life, played, None


def replayed(seed: int, script: list[Act], mix: Mix = USUAL) -> str | None:
    """What goes wrong in a life of these acts."""
    return _played(seed, script, mix)[2]


def lived_through(seed: int, script: list[Act], mix: Mix = USUAL) -> Counter[str]:
    """What was counted in a life of these acts, in which nothing goes wrong."""
    life, _, what = _played(seed, script, mix)
    assert what is None, what
    return life.counts


def shrunk(seed: int, script: list[Act], error: str, mix: Mix) -> list[Act]:
    """A shorter script that goes wrong alike: parts are left out, large ones first."""
    kind = error.partition(":")[0]
    tries = 0
    size = max(len(script) // 2, 1)
    while tries < TRIES:
        smaller = None
        for start in range(0, len(script), size):
            tries += 1
            candidate = script[:start] + script[start + size :]
            found = replayed(seed, candidate, mix) if candidate else None
            if found is not None and found.partition(":")[0] == kind:
                smaller = candidate
                break
            if tries == TRIES:
                break
        if smaller is not None:
            script = smaller
        elif size == 1:
            break
        else:
            size //= 2
    return script


def report(outcome: Outcome, seconds: float) -> dict[str, Any]:
    """As JSON."""
    whole = hashlib.sha256("".join(outcome.traces).encode()).hexdigest()
    return {
        "mix": outcome.mix.name,
        "seeds": outcome.seeds,
        "rounds": outcome.rounds,
        "sync_sessions": outcome.sync_sessions,
        "moving_sessions": outcome.moving_sessions,
        "violations": [
            {"seed": v.seed, "round": v.round, "what": v.what, "script": v.script}
            for v in outcome.violations
        ],
        "faults": dict(sorted(outcome.faults.items())),
        "silent": [kind for kind in outcome.mix.faults if not outcome.faults[kind]],
        "trace_hash": whole,
        "rounds_per_second": round(outcome.rounds / seconds, 1),
    }


def timed(
    seeds: Iterable[int],
    rounds: int,
    tell: Callable[[int, Outcome], None] | None = None,
    mix: Mix = USUAL,
) -> dict[str, Any]:
    """The report of a run."""
    began = time.perf_counter()
    outcome = simulate(seeds, rounds, tell, mix)
    return report(outcome, time.perf_counter() - began)

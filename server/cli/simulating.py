"""simulate."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from server.cli.options import AsJson

if TYPE_CHECKING:
    from tests.simulation.mixes import Mix
    from tests.simulation.run import Outcome


def simulate(
    seeds: Annotated[str, typer.Option(help="One seed, or the first and the last as 1..100.")],
    rounds: Annotated[int, typer.Option(min=1, max=10_000, help="Acts of a life.")] = 60,
    replay: Annotated[
        Path | None,
        typer.Option(
            help="Play these acts instead: a JSON file, as a violation's `script`.",
            show_default=False,
        ),
    ] = None,
    planted: Annotated[
        str | None,
        typer.Option(
            help="Plant this bug, or `all` of them one by one: status 1 when one is not caught.",
            metavar="NAME",
            show_default=False,
        ),
    ] = None,
    mix: Annotated[
        str | None,
        typer.Option(
            help="Which acts make the lives, and what devices take: `usual` by default; a planted"
            " bug has its own.",
            metavar="NAME",
            show_default=False,
        ),
    ] = None,
    every_fault: Annotated[
        bool, typer.Option("--every-fault", help="Status 1 also when some fault never happened.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Live through random days with faults, by the seed; status 1 when a promise was broken.

    One thread and a clock of its own: the same seed gives the same trace. Needs the project's
    source folder, for the oracle is part of its tests.
    """
    from server.cli.output import print_json

    try:
        from tests.simulation.mixes import MIXES, USUAL
        from tests.simulation.run import replayed, timed
    except ImportError:
        raise typer.BadParameter("this needs the project's source folder") from None
    first, last = _range(seeds)
    if mix is not None and mix not in MIXES:
        known = ", ".join(MIXES)
        raise typer.BadParameter(f"there is no such mix; there are {known}", param_hint="--mix")
    lives = None if mix is None else MIXES[mix]
    if replay is not None:
        script = [(name, arguments) for name, arguments in json.loads(replay.read_text())]
        what = replayed(first, script, lives or USUAL)
        typer.echo(what or "Nothing goes wrong.")
        raise typer.Exit(1 if what else 0)
    if planted is not None:
        _look_for(planted, range(first, last + 1), rounds, as_json, lives)
    report = timed(range(first, last + 1), rounds, _tell, lives or USUAL)
    if as_json:
        print_json(report)
    else:
        _say(report)
    silent = every_fault and report["silent"]
    raise typer.Exit(1 if report["violations"] or silent else 0)


def _look_for(name: str, seeds: range, rounds: int, as_json: bool, mix: Mix | None) -> NoReturn:
    """The command with --planted."""
    from server.cli.output import print_json
    from tests.simulation.planted.every import ALL
    from tests.simulation.planted.table import look_for

    if name != "all" and name not in ALL:
        known = ", ".join(ALL)
        raise typer.BadParameter(f"there is no such bug; there are {known}", param_hint="--planted")
    found = {}
    for one in ALL if name == "all" else (name,):
        caught = look_for(one, seeds, rounds, mix)
        found[one] = None if caught is None else vars(caught)
        if not as_json:
            said = f"seed {caught.seed}, round {caught.rounds:,}" if caught else "not caught"
            typer.echo(f"{one:32}{said}")
    if as_json:
        print_json(found)
    raise typer.Exit(0 if all(found.values()) else 1)


def _range(text: str) -> tuple[int, int]:
    first, dots, last = text.partition("..")
    try:
        found = int(first), int(last if dots else first)
    except ValueError:
        raise typer.BadParameter("give a seed, or two as 1..100", param_hint="--seeds") from None
    if not 0 <= found[0] <= found[1]:
        raise typer.BadParameter("the last seed comes before the first", param_hint="--seeds")
    return found


def _tell(seed: int, outcome: Outcome) -> None:
    if outcome.seeds % 10 == 0:
        broken = f", {len(outcome.violations)} violations" if outcome.violations else ""
        said = f"{outcome.seeds} lives, {outcome.rounds:,} rounds, seed {seed}{broken} ..."
        typer.echo(said, err=True)


def _say(report: dict[str, object]) -> None:
    names = ("mix", "seeds", "rounds", "sync_sessions", "moving_sessions", "rounds_per_second")
    for name in (*names, "trace_hash"):
        typer.echo(f"{name.replace('_', ' '):20}{report[name]}")
    faults = report["faults"]
    assert isinstance(faults, dict)
    for kind, count in faults.items():
        typer.echo(f"  {kind:30}{count:>8}")
    silent = report["silent"]
    assert isinstance(silent, list)
    if silent:
        typer.echo(f"never happened: {', '.join(silent)}")
    violations = report["violations"]
    assert isinstance(violations, list)
    for v in violations:
        typer.echo(f"\nseed {v['seed']}, round {v['round']}: {v['what']}")
        typer.echo(f"  acts, for --replay: {json.dumps(v['script'])}")
    typer.echo(f"{len(violations)} violations.")

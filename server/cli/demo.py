"""demo, bench, bench slices, bench bytes, bench sdk, bench wake,
bench offline, bench infos, bench reports, bench portal.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from server.cli.options import Database


def demo(
    headless: Annotated[bool, typer.Option("--headless", help="Check, report and end.")] = False,
    json_file: Annotated[
        Path | None,
        typer.Option("--json", help="Write the result to this file.", show_default=False),
    ] = None,
    database: Database = None,
    directory: Annotated[
        Path | None,
        typer.Option(
            help="Where to keep the demo's files. Default: a new temporary folder.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """ERP files in, seventeen devices in sync, substitutions and a rule: every row is checked."""
    from server.demo.run import run_demo

    if not run_demo(headless=headless, json_file=json_file, database=database, directory=directory):
        raise typer.Exit(1)


bench = typer.Typer(
    help="Measure this machine: the data path; with `slices`, what slices cost; `bytes`: sizes;"
    " `wake`: how soon a commit is on a device; `offline`: eight weeks without network;"
    " `infos`: an info to thousands; `reports`: which apply at a check-in; `portal`: its pages."
)
FigureFile = Annotated[
    Path | None,
    typer.Option("--json", help="Write the figures to this file.", show_default=False),
]


@bench.callback(invoke_without_command=True)
def data_path(
    context: typer.Context, json_file: FigureFile = None, database: Database = None
) -> None:
    """Measure this machine: rows and syncs a second, beside plain SQLite in the same run."""
    if context.invoked_subcommand is not None:
        return
    from benchmarks.bench import main

    raise typer.Exit(main(_arguments(json_file, database)))


Small = Annotated[bool, typer.Option("--small", help="A quick run, to see that it works.")]


@bench.command()
def slices(json_file: FigureFile = None, database: Database = None, small: Small = False) -> None:
    """Measure what slices cost, and what each cost scales with: grants, rules, moves, deltas."""
    from benchmarks.slices import main

    raise typer.Exit(main(_arguments(json_file, database, small)))


@bench.command("bytes")
def weigh(json_file: FigureFile = None) -> None:
    """Weigh each kind of message: first sync, no change, deltas, pushes, a substitution."""
    from benchmarks.bytes import main

    raise typer.Exit(main(_arguments(json_file, None)))


@bench.command()
def sdk(json_file: FigureFile = None) -> None:
    """Measure how long importing the device SDK takes, beside the libraries that it stands on."""
    from benchmarks.imports import main

    raise typer.Exit(main(json_file))


@bench.command()
def wake(json_file: FigureFile = None, database: Database = None, small: Small = False) -> None:
    """Measure how soon a commit is on a connected device, and what a connected seat costs."""
    from benchmarks.wake import main

    raise typer.Exit(main(_arguments(json_file, database, small)))


@bench.command()
def offline(json_file: FigureFile = None, database: Database = None, small: Small = False) -> None:
    """Measure how long a device takes that comes back after eight weeks, and check what it has."""
    from benchmarks.offline import main

    raise typer.Exit(main(_arguments(json_file, database, small)))


@bench.command()
def infos(json_file: FigureFile = None, database: Database = None, small: Small = False) -> None:
    """Measure an info to 5,000 people: published, received, and released beside plain changes."""
    from benchmarks.infos import main

    raise typer.Exit(main(_arguments(json_file, database, small)))


@bench.command()
def reports(json_file: FigureFile = None, database: Database = None, small: Small = False) -> None:
    """Measure which of 1,000 reports apply at one of 10,000 customers, on a device."""
    from benchmarks.reports import main

    raise typer.Exit(main(_arguments(json_file, database, small)))


@bench.command()
def portal(json_file: FigureFile = None, database: Database = None, small: Small = False) -> None:
    """Measure how long the server takes for each page of the portal, at 200,000 customers."""
    from benchmarks.portal import main

    raise typer.Exit(main(_arguments(json_file, database, small)))


def _arguments(json_file: Path | None, database: str | None, small: bool = False) -> list[str]:
    arguments = ["--json", str(json_file)] if json_file else []
    arguments += ["--database", database] if database else []
    return arguments + (["--small"] if small else [])

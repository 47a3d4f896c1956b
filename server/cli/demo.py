"""demo, bench."""

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


def bench(
    json_file: Annotated[
        Path | None,
        typer.Option("--json", help="Write the figures to this file.", show_default=False),
    ] = None,
    database: Database = None,
) -> None:
    """Measure this machine: rows and syncs a second, beside plain SQLite in the same run."""
    from benchmarks.bench import main

    arguments = ["--json", str(json_file)] if json_file else []
    arguments += ["--database", database] if database else []
    raise typer.Exit(main(arguments))

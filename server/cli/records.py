"""history, doctor."""

from __future__ import annotations

from typing import Annotated

import typer

from server.cli.options import AsJson, Config, Database, opened


def history(
    row: Annotated[
        str, typer.Argument(help="The row, as customer:292, or a kind of row, as customer.")
    ],
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="The newest so many entries.")] = 20,
    database: Database = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Who changed a row, when, and what; newest first, with the values that lost a conflict."""
    from syncengine.store.history import history as find_entries

    from server.cli import lookup
    from server.cli.output import print_json, print_table

    with opened(database, config) as store:
        tag, row_id = lookup.row(store, row) if ":" in row else (lookup.tag(store, row), None)
        entries = find_entries(store, tag, row_id, limit)
    found = [entry.as_data() for entry in entries]
    if as_json:
        print_json(found)
    elif not found:
        typer.echo(f"Nothing has happened to {row} yet.")
    else:
        print_table(list(found[0]), [list(entry.values()) for entry in found])


def doctor(
    heal: Annotated[bool, typer.Option("--heal", help="Repair what is found.")] = False,
    database: Database = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Recompute every slice, checksum and the history's chain from scratch and compare."""
    from syncengine.store.doctor import doctor as examine

    from server.cli.output import print_json

    with opened(database, config) as store:
        report = examine(store, heal, lambda *_: None)
    if as_json:
        print_json(report.as_data())
    elif not report.findings:
        typer.echo("Everything is as it should be.")
    else:
        for finding in report.findings:
            typer.echo(finding)
        typer.echo(
            f"{len(report.findings)} findings{', repaired' if heal else ': --heal repairs them'}."
        )
    if not report.ok:
        raise typer.Exit(1)

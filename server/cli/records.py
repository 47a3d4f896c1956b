"""history, doctor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from server.cli.options import AsJson, Config, Database, opened, settings_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from syncengine.store.history import HistoryEntry, RefusedEntry


def history(
    row: Annotated[
        str | None,
        typer.Argument(
            help="The row, as customer:292, or a kind of row, as customer.", show_default=False
        ),
    ] = None,
    refused: Annotated[
        bool, typer.Option("--refused", help="Instead: what was refused or quarantined.")
    ] = False,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="The newest so many.")] = 20,
    database: Database = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Who changed a row, when, and what; newest first, with the values that lost a conflict."""
    from server.cli import lookup
    from server.cli.output import print_json
    from server.problem import Problem
    from syncengine.store.history import history as find_entries
    from syncengine.store.history import refused as find_refused

    if (row is None) != refused:
        raise Problem("history.what", "Name a row, or ask for --refused.")
    entries: Sequence[HistoryEntry | RefusedEntry]
    with opened(database, config) as store:
        if row is None:
            entries = find_refused(store, limit)
        elif ":" in row:
            entries = find_entries(store, *lookup.row(store, row), limit)
        else:
            entries = find_entries(store, lookup.tag(store, row), None, limit)
    if as_json:
        print_json([entry.as_data() for entry in entries])
        return
    if not entries:
        typer.echo("Nothing has happened here yet.")
    for entry in entries:
        typer.echo(_heading(entry))
        for line in _details(entry):
            typer.echo(f"    {line}")


def _heading(entry: HistoryEntry | RefusedEntry) -> str:
    from server.cli.output import local, moment
    from syncengine.store.history import HistoryEntry

    when = local(moment(entry.received))
    if not isinstance(entry, HistoryEntry):
        return f"{when}  {entry.actor}, changeset {entry.sequence}: {entry.outcome}"
    who = entry.user or entry.actor or entry.label or entry.source
    who += f" ({entry.label})" if (entry.user or entry.actor) and entry.label else ""
    whom = f" for {entry.principal}" if entry.principal not in (None, entry.actor) else ""
    return f"{entry.version:>8}  {when}  {who}{whom}: {entry.action} {entry.entity} {entry.row}"


def entered_line(operation: dict[str, Any]) -> str:
    """One operation as it was entered."""
    values = ", ".join(f"{name}: {value!r}" for name, value in operation["values"].items())
    return " ".join(filter(None, [operation["action"], operation["entity"], values]))


def _details(entry: HistoryEntry | RefusedEntry) -> list[str]:
    from syncengine.store.history import HistoryEntry

    if not isinstance(entry, HistoryEntry):
        return entry.reasons + [entered_line(o) for o in entry.entered]
    lines = [
        f"{name}: {entry.before.get(name)!r} -> {value!r}"
        if name in entry.before
        else f"{name}: {value!r}"
        for name, value in entry.after.items()
    ]
    return lines + [
        f"{loss['field']}: {loss['lost']!r} lost to {loss['kept']!r}" for loss in entry.losses
    ]


def doctor(
    heal: Annotated[bool, typer.Option("--heal", help="Repair what can be computed.")] = False,
    database: Database = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Recompute every slice, checksum and the history's chain from scratch and compare; read every
    attachment.
    """
    from server.blobs import blob_store_of
    from server.cli.output import print_json
    from syncengine.store.doctor import doctor as examine

    with opened(database, config) as store:
        blobs = blob_store_of(settings_of(config, database=database), store.environment)
        report = examine(store, heal, blobs=blobs)
    if as_json:
        print_json(report.as_data())
    else:
        for finding in report.findings:
            typer.echo(finding)
        if not report.findings:
            typer.echo("Everything is as it should be.")
        elif report.healed:
            typer.echo(f"{len(report.findings)} findings, repaired.")
        elif heal:
            typer.echo(f"{len(report.findings)} findings, beyond repair: restore a backup.")
        else:
            typer.echo(f"{len(report.findings)} findings. `doctor --heal` repairs what it can.")
    if not report.ok:
        raise typer.Exit(1)

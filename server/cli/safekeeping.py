"""backup, restore."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from server.cli.options import AsJson, Config, Database, opened, settings_of


def backup(
    file: Annotated[
        Path, typer.Argument(help="Where to write it; must not exist.", show_default=False)
    ],
    database: Database = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Write a complete copy of the database to a file, while the server keeps working."""
    from server.cli.output import print_json
    from server.problem import Problem
    from syncengine.store.backup import backup as write_backup

    if file.exists():
        raise Problem("backup.exists", f"{file} exists already: name a new file.")
    with opened(database, config) as store:
        write_backup(store, file)
        version = store.status().backed_up
    if as_json:
        print_json(
            {"ok": True, "file": str(file), "version": version, "bytes": file.stat().st_size}
        )
    else:
        typer.echo(f"{file} holds everything up to version {version}.")


def restore(
    file: Annotated[Path, typer.Argument(help="A file that `backup` wrote.", show_default=False)],
    database: Database = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Fill an empty database from a backup. Devices then send again what it lacks."""
    from server.cli.output import print_json
    from server.compose import load_schema, open_database
    from server.problem import Problem
    from syncengine.store.backup import restore as read_backup

    if not file.is_file():
        raise Problem("backup.missing", f"There is no file {file}.")
    settings = settings_of(config, database=database)
    with open_database(settings) as engine:
        read_backup(file, engine, load_schema(settings))
    with opened(database, config) as store:
        status = store.status()
    if as_json:
        print_json({"ok": True, "epoch": status.epoch.hex(), "version": status.version})
    else:
        typer.echo(
            f"Restored up to version {status.version}. Devices reconcile at their next sync."
        )

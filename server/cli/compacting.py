"""compact."""

from __future__ import annotations

from typing import Annotated

import typer

from server.cli.options import AsJson, Config, Database, opened, settings_of


def compact(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say how much would be dropped.")
    ] = False,
    database: Database = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Drop what is older than it is kept. A running server does so by itself."""
    from server.cli.output import print_json
    from server.cli.unfinished import progress_bar
    from server.jobs import retention_of
    from syncengine.store.compaction import compact as drop
    from syncengine.store.compaction import due

    retention = retention_of(settings_of(config, database=database))
    with (
        opened(database, config) as store,
        progress_bar(shown=not as_json, unit="records") as progress,
    ):
        found = due(store, retention) if dry_run else drop(store, retention, progress)
    if as_json:
        named = {what.replace(" ", "_"): number for what, number in found.items()}
        print_json(named | {"dropped": not dry_run})
    else:
        verb = "would be dropped" if dry_run else "dropped"
        for what, number in found.items():
            typer.echo(f"{what}: {number:,} {verb}")

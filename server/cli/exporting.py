"""export."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from server.cli.options import AsJson, Config, Database, opened


def export(
    entity: Annotated[str, typer.Argument(help="The kind of row, as customer.")],
    file: Annotated[
        Path, typer.Argument(help="Where to: a name ending with .csv, .xlsx or .parquet.")
    ],
    database: Database = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """All rows of one kind as a table, the installation's own fields included.

    References show the number of the row that they refer to. Instants are in UTC.
    """
    from server.cli.output import print_json
    from server.export import export as write

    def progress(rows: int) -> None:
        if rows % 10_000 == 0:
            typer.echo(f"{rows:,} rows ...", err=True)

    with opened(database, config) as store:
        rows = write(store, entity, file, progress)
    if as_json:
        print_json({"ok": True, "entity": entity, "file": str(file), "rows": rows})
    else:
        typer.echo(f"{rows:,} rows of {entity} written to {file}.")

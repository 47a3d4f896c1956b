"""preview."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from server.cli.options import AsJson, Config, Database, opened


def preview(
    file: Annotated[
        Path, typer.Argument(help="JSON file with the change's operations.", show_default=False)
    ],
    database: Database = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """What a change would do to each device: rows gained and lost, bytes to come. Changes nothing.

    The file: {"operations": [{"action": "update", "entity": "customer", "keys": ["292"], "fields":
    {"owner": "276"}}]}. Actions are insert, update and delete; keys and references are numbers or
    ids.
    """
    from server.cli import effects
    from server.cli.change_file import read_change
    from syncengine.model.access import Source
    from syncengine.store.author import Author

    with opened(database, config) as store:
        operations = read_change(store, file)
        effects.show(store, Author(Source.OFFICE, None, "preview"), operations, as_json)

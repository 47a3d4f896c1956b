"""preview, change."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from server.cli.options import AsJson, Config, Database, opened

File = Annotated[
    Path, typer.Argument(help="JSON file with the change's operations.", show_default=False)
]


def preview(
    file: File, database: Database = None, config: Config = None, as_json: AsJson = False
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


def change(
    file: File, database: Database = None, config: Config = None, as_json: AsJson = False
) -> None:
    """Write the change that `preview` shows, all of it or nothing. The file's name is its label in
    the history.
    """
    from server.cli.change_file import read_change
    from server.cli.output import print_json
    from server.problem import Problem
    from syncengine.model.access import Source
    from syncengine.model.changeset import Outcome
    from syncengine.store.author import Author

    with opened(database, config) as store:
        verdict = store.write(Author(Source.OFFICE, None, file.name), read_change(store, file))
        if verdict.outcome not in (Outcome.ACCEPTED, Outcome.MERGED):
            objection = verdict.objections[0]
            where = f"Operation {objection.operation + 1}: {objection.detail}"
            raise Problem(objection.code, where)
        steps = store.settle_rest()
    if as_json:
        print_json({"ok": True, "version": verdict.version, "steps": steps})
    elif verdict.version is None:
        typer.echo("Nothing changed: it was like that already.")
    else:
        further = f" and {steps} further steps for its rules" if steps else ""
        typer.echo(f"Written as version {verdict.version}{further}.")

"""preview, change."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from server.cli.options import AsJson, Config, Database, opened

if TYPE_CHECKING:
    from syncengine.store.bulk_steps import Written

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

    More than 1,000 operations are checked as a whole and then written in steps, those that take
    rows away first; what is cut short is finished by the server, or by `resume`.
    """
    from server.cli.change_file import read_change
    from server.cli.output import print_json
    from server.cli.unfinished import finish_earlier, print_refused, progress_bar
    from server.problem import Problem
    from syncengine.model.access import Source
    from syncengine.store.author import Author
    from syncengine.store.bulk import ChangeRefused, write_change

    with opened(database, config) as store:
        with progress_bar(shown=not as_json) as progress:
            finish_earlier(store, as_json, progress)
        operations = read_change(store, file)
        author = Author(Source.OFFICE, None, file.name)
        try:
            with progress_bar(shown=not as_json, total=len(operations)) as progress:
                written = write_change(store, author, operations, progress=progress)
        except ChangeRefused as error:
            first = error.objections[0]
            where = f"Operation {first.operation + 1}: {first.detail}"
            raise Problem(first.code, where) from None
        steps = store.settle_rest()
    if as_json:
        print_json(_as_data(written, steps))
    else:
        typer.echo(_said(written, steps))
        print_refused(written)
    if written.refused:
        raise typer.Exit(1)


def _as_data(written: Written, steps: int) -> dict[str, Any]:
    return {
        "ok": not written.refused,
        "version": written.versions[-1] if written.versions else None,
        "versions": written.versions,
        "refused": [vars(refused) for refused in written.refused],
        "steps": steps,
    }


def _said(written: Written, steps: int) -> str:
    versions = written.versions
    if not versions:
        return "Nothing changed: it was like that already."
    further = f" and {steps} further steps for its rules" if steps else ""
    if len(versions) == 1:
        return f"Written as version {versions[0]}{further}."
    return f"Written in {len(versions)} steps, versions {versions[0]} to {versions[-1]}{further}."

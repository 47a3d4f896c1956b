"""resume; and what commands show of large changes: progress, what was refused."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import typer

from server.cli.options import AsJson, Config, Database, opened

if TYPE_CHECKING:
    from syncengine.store.bulk_steps import Progress, Written
    from syncengine.store.store import Store

SHOWN = 20  # refused operations; --json has them all


def resume(database: Database = None, config: Config = None, as_json: AsJson = False) -> None:
    """Finish large changes and imports that were cut short. A running server does so by itself."""
    from server.cli.output import print_json

    with opened(database, config) as store, progress_bar(shown=not as_json) as progress:
        done = finish_earlier(store, as_json, progress)
        store.settle_rest()
    if as_json:
        print_json([vars(one) | {"refused": [vars(r) for r in one.refused]} for one in done])
    elif not done:
        typer.echo("Nothing was left to finish.")
    if any(one.refused for one in done):
        raise typer.Exit(1)


def finish_earlier(store: Store, as_json: bool, progress: Progress) -> list[Written]:
    """What was decided earlier comes first; what became of it, told unless as_json."""
    from syncengine.store.bulk_steps import resume

    done = resume(store, progress)
    for written in () if as_json else done:
        typer.echo(f"Finished what had been begun: {written.label}.")
        print_refused(written)
    return done


def print_refused(written: Written) -> None:
    """What of a large change could not be written, for people."""
    for refused in written.refused[:SHOWN]:
        where = f"operation {refused.position + 1}"
        typer.echo(f"Refused: {where}: {refused.detail} [{refused.code}]")
    if written.refused:
        number = len(written.refused)
        typer.echo(f"Refused because of what was written meanwhile: {number}. The rest is written.")


@contextmanager
def progress_bar(shown: bool, total: int | None = None, unit: str = "rows") -> Iterator[Progress]:
    """On standard error, and only where somebody watches. total: of these units, where known."""
    from rich.console import Console
    from rich.progress import Progress as Bar
    from rich.progress import SpinnerColumn, TextColumn

    console = Console(stderr=True)
    if not shown or not console.is_terminal:
        yield lambda _what, _rows: None
        return
    of = "" if total is None else f" of {total:,}"
    counted = "{task.description} {task.completed:,}" + f"{of} {unit}"
    columns = (SpinnerColumn(), TextColumn(counted))
    with Bar(*columns, console=console, transient=True) as bar:
        tasks: dict[str, Any] = {}

        def progress(what: str, rows: int) -> None:
            if what not in tasks:
                tasks[what] = bar.add_task(what, total=total)
            bar.advance(tasks[what], rows)

        yield progress

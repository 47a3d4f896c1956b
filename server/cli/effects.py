"""What a preview shows: a line for each device that a change would reach."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from syncengine.model.changeset import Operation
    from syncengine.store.author import Author
    from syncengine.store.preview import Preview
    from syncengine.store.store import Store

COLUMNS = ("device", "employee", "name", "gained#", "lost#", "changed#", "again#", "bytes#")


def show(store: Store, author: Author, operations: Sequence[Operation], as_json: bool) -> None:
    """Preview the change and print it; exit status 1 when it would be refused."""
    from server.cli.output import print_json
    from syncengine.store.preview import preview

    found = preview(store, author, operations) if operations else None
    if as_json:
        print_json(as_data(store, found))
    else:
        print_preview(store, found)
    if found is not None and found.verdict.objections:
        raise typer.Exit(1)


def as_data(store: Store, found: Preview | None) -> dict[str, Any]:
    """For --json. None: there is nothing to write."""
    if found is None:
        return {"outcome": None, "objections": [], "devices": []}
    keys = tuple(name.rstrip("#") for name in COLUMNS)
    return {
        "outcome": str(found.verdict.outcome),
        "objections": [vars(objection) for objection in found.verdict.objections],
        "devices": [dict(zip(keys, row, strict=True)) for row in _rows(store, found)],
    }


def print_preview(store: Store, found: Preview | None) -> None:
    """For people."""
    from server.cli.output import print_table

    if found is None:
        typer.echo("Nothing would change.")
        return
    for objection in found.verdict.objections:
        where = f"operation {objection.operation + 1}"
        where += f", {objection.field}" if objection.field else ""
        typer.echo(f"Would be refused: {where}: {objection.detail} [{objection.code}]")
    if found.seats:
        print_table(COLUMNS, _rows(store, found))
    elif not found.verdict.objections:
        typer.echo("No device would get or lose a row.")


def _rows(store: Store, found: Preview) -> list[tuple[object, ...]]:
    from server.cli import lookup
    from syncengine.model.ids import to_text

    numbers = lookup.numbers(store, [line.person for line in found.seats])
    return [
        (to_text(line.seat), number, line.device, *vars(line.effect).values())
        for line, number in zip(found.seats, numbers, strict=True)
    ]

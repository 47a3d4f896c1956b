"""purged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from server.cli.options import AsJson, Config, Database, opened

if TYPE_CHECKING:
    from collections.abc import Sequence

    from syncengine.store.receipts import Receipt
    from syncengine.store.store import Store


def purged(
    row: Annotated[
        str | None,
        typer.Option(help="A row, as customer:292 or customer:<id>.", show_default=False),
    ] = None,
    version: Annotated[
        int | None,
        typer.Option(help="A changeset, by its version in the history.", show_default=False),
    ] = None,
    database: Database = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Which devices had what was taken away: not told yet, told, or confirmed gone."""
    from server.cli.output import print_json
    from server.problem import Problem

    if (row is None) == (version is None):
        raise Problem("purged.what", "Name a --row or a --version.")
    with opened(database, config) as store:
        found = _find(store, row, version)
    if as_json:
        print_json([receipt.as_data() for receipt in found])
    elif not found:
        typer.echo("No device had any of it, or all of them may still hold it.")
    else:
        _print(found)


def _find(store: Store, row: str | None, version: int | None) -> list[Receipt]:
    from server.cli import lookup
    from syncengine.store.receipts import receipts_of_row, receipts_of_version

    if row is not None:
        return receipts_of_row(store, *lookup.row(store, row))
    assert version is not None
    return receipts_of_version(store, version)


def _print(found: Sequence[Receipt]) -> None:
    from server.cli.output import local, moment, print_table

    columns = ("device", "employee", "name", "seat", "had", "lost", "state", "told", "confirmed")
    print_table(
        columns,
        [
            (r.device, r.employee, r.name, r.seat_state, "surely" if r.certain else "possibly",
             _lost(r), r.state, local(moment(r.told_at or 0)), local(moment(r.confirmed_at or 0)))
            for r in found
        ],
    )  # fmt: skip


def _lost(receipt: Receipt) -> str:
    rows = [f"{receipt.rows} row{'' if receipt.rows == 1 else 's'}"] if receipt.rows else []
    return ", ".join([*rows, *receipt.buckets])

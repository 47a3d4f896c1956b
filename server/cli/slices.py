"""explain."""

from __future__ import annotations

from typing import Annotated

import typer

from server.cli.options import AsJson, Config, Database, opened


def explain(
    device: Annotated[
        str,
        typer.Option(
            help="Device id, or the number of the employee who has it.", show_default=False
        ),
    ],
    row: Annotated[
        str, typer.Option(help="The row, as customer:292 or customer:<id>.", show_default=False)
    ],
    database: Database = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Why a row is on a device, or what failed for each way it could have come."""
    from server.cli import lookup
    from server.cli.output import print_json
    from syncengine.store.explain import explain as find_reasons

    with opened(database, config) as store:
        person = lookup.person_of_device(store, device)
        found = find_reasons(store, person, *lookup.row(store, row))
    if as_json:
        print_json(found.as_data())
        return
    typer.echo(f"The device of {device} {'holds' if found.held else 'does not hold'} {row}.")
    for line in found.lines:
        typer.echo(f"  {line}")

"""explain."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from server.cli.options import AsJson, Config, Database, opened

if TYPE_CHECKING:
    from syncengine.store.explanation import Explanation


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
    version: Annotated[
        int | None,
        typer.Option(help="As of a version of the history. Default: now.", show_default=False),
    ] = None,
    instant: Annotated[
        str | None,
        typer.Option(
            "--at", help="As of an instant, as 2026-11-20T08:00. Default: now.", show_default=False
        ),
    ] = None,
    database: Database = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Why a row is on a device, or what failed for each way it could have come; also at an earlier
    version or time. Instants without a zone are of this machine's.
    """
    from server.cli import lookup
    from server.cli.instants import read_instant
    from server.cli.output import print_json
    from server.problem import Problem
    from syncengine.store.explain import explain as find_reasons

    if version is not None and instant is not None:
        raise Problem("explain.when", "Name a --version or an instant (--at), not both.")
    at = version if instant is None else read_instant(instant)
    with opened(database, config) as store:
        person = lookup.person_of_device(store, device)
        found = find_reasons(store, person, *lookup.row(store, row, at), at)
    if as_json:
        print_json(found.as_data())
        return
    typer.echo(_heading(found, device, row))
    for line in found.lines:
        typer.echo(f"  {line}")


def _heading(found: Explanation, device: str, row: str) -> str:
    from server.cli.output import local, moment

    if found.moment is None:
        return f"The device of {device} {'holds' if found.held else 'does not hold'} {row}."
    when = f"At version {found.moment.version}, {local(moment(found.moment.instant))}"
    return f"{when}, the device of {device} {'held' if found.held else 'did not hold'} {row}."

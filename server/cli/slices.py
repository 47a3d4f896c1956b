"""explain, substitute on|off."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from server.cli.options import AsJson, Config, Database, opened

if TYPE_CHECKING:
    from server.substitution import Switched
    from syncengine.store.store import Store

substitute = typer.Typer(
    no_args_is_help=True, help="Let one employee hold another's customers, or no longer."
)

Absent = Annotated[
    str, typer.Argument(help="Number of the employee who is away.", show_default=False)
]
Substitute = Annotated[
    str | None,
    typer.Argument(
        help="Number of the substitute. Default: the designated one.", show_default=False
    ),
]
OnlyThis = Annotated[
    str | None,
    typer.Argument(help="Number of the substitute. Default: all of them.", show_default=False),
]


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


@substitute.command("on")
def switch_on(
    absent: Absent,
    substitute: Substitute = None,
    database: Database = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Bring the absent employee's customers to the substitute's device at its next sync."""
    from server.cli import lookup
    from server.substitution import switch_on as switch

    with opened(database, config) as store:
        stands_in = lookup.person(store, substitute) if substitute else None
        _tell(store, switch(store, lookup.person(store, absent), stands_in), True, as_json)


@substitute.command("off")
def switch_off(
    absent: Absent,
    substitute: OnlyThis = None,
    database: Database = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Take them off the substitute's device at its next sync."""
    from server.cli import lookup
    from server.substitution import switch_off as switch

    with opened(database, config) as store:
        stands_in = lookup.person(store, substitute) if substitute else None
        _tell(store, switch(store, lookup.person(store, absent), stands_in), False, as_json)


def _tell(store: Store, switched: Switched, active: bool, as_json: bool) -> None:
    from server.cli import lookup
    from server.cli.output import print_json

    absent, *others = lookup.numbers(store, [switched.absent, *switched.substitutes])
    changed = switched.verdict is not None
    if as_json:
        version = switched.verdict.version if switched.verdict else None
        print_json(
            {"ok": True, "absent": absent, "substitutes": others, "active": active,
             "changed": changed, "version": version}
        )  # fmt: skip
    elif active:
        typer.echo(
            f"{others[0]} {'now substitutes' if changed else 'substitutes already'} for {absent}."
        )
    elif changed:
        typer.echo(f"{', '.join(others)} no longer substitutes for {absent}.")
    else:
        typer.echo(f"Nobody was substituting for {absent}.")

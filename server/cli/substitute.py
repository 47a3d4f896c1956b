"""substitute on|off|list."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Annotated

import typer

from server.cli.options import AsJson, Config, Database, opened

if TYPE_CHECKING:
    from server.substitution import Plan, Switch, Switched
    from syncengine.model.windows import Window
    from syncengine.store.store import Store
    from syncengine.store.substitutions import Link

SHOWN = 6  # customers of a list in a column

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
Preview = Annotated[
    bool, typer.Option("--preview", help="Change nothing; show what it would do to each device.")
]
From = Annotated[
    str | None,
    typer.Option("--from", help="First day, or instant. Default: now.", show_default=False),
]
Until = Annotated[
    str | None,
    typer.Option(help="Last day, or instant. Default: until it is called off.", show_default=False),
]


Customers = Annotated[
    list[str] | None,
    typer.Option(
        "--customer",
        help="Number of a customer; may be given several times. Only these come, besides those "
        "already listed for the same time. Default: all.",
        show_default=False,
    ),
]


@substitute.command("on")
def switch_on(
    absent: Absent,
    substitute: Substitute = None,
    starts: From = None,
    until: Until = None,
    lead_days: Annotated[
        int, typer.Option(min=0, max=90, help="Days before in which the substitute may read.")
    ] = 0,
    trail_days: Annotated[
        int, typer.Option(min=0, max=90, help="Days after in which the substitute may read.")
    ] = 0,
    customers: Customers = None,
    preview: Preview = False,
    database: Database = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Bring the absent employee's customers to the substitute's device, at its next sync or as
    planned. Days are those of this machine's time zone; --until names the last day.
    """
    from server.cli import lookup
    from server.substitution import Plan, plan_on, switch_on

    plan = Plan(_window(starts, until), lead_days, trail_days)
    with opened(database, config) as store:
        stands_in = lookup.person(store, substitute) if substitute else None
        away = lookup.person(store, absent)
        only = _listed(store, customers or [])
        if preview:
            _preview(store, plan_on(store, away, stands_in, plan, only), as_json)
        else:
            _tell(store, switch_on(store, away, stands_in, plan, only), as_json, plan)


def _listed(store: Store, numbers: list[str]) -> list[bytes]:
    """The rows of these numbers that can be lent."""
    from server.cli import lookup
    from server.lending import lending
    from server.problem import Problem

    if not numbers:
        return []
    entity = lending(store).entity.name
    found = lookup.ids(store, entity, numbers)
    for number in numbers:
        if number not in found:
            raise Problem("row.unknown", f"There is no {entity} with the number {number}.")
    return list(found.values())


@substitute.command("off")
def switch_off(
    absent: Absent,
    substitute: OnlyThis = None,
    preview: Preview = False,
    database: Database = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Take them off the substitute's device at its next sync. Planned ones are called off, too."""
    from server.cli import lookup
    from server.substitution import plan_off, switch_off

    with opened(database, config) as store:
        stands_in = lookup.person(store, substitute) if substitute else None
        away = lookup.person(store, absent)
        if preview:
            _preview(store, plan_off(store, away, stands_in), as_json)
        else:
            _tell(store, switch_off(store, away, stands_in), as_json)


def _preview(store: Store, switch: Switch, as_json: bool) -> None:
    from server.cli.effects import show

    show(store, switch.author, switch.operations, as_json)


@substitute.command("list")
def show(database: Database = None, config: Config = None, as_json: AsJson = False) -> None:
    """The substitutions that stand now or are to come."""
    from rich.console import Console
    from rich.table import Table

    from server.cli import lookup
    from server.cli.output import print_json
    from server.lending import listed_by
    from server.substitution import standing_links

    with opened(database, config) as store:
        now, found = store.environment.now(), standing_links(store)
        listed = listed_by(store, [link.id for link in found if link.only_listed])
        absent = lookup.numbers(store, [link.absent for link in found])
        stands_in = lookup.numbers(store, [link.substitute for link in found])
    lines = [_line(*line, now) for line in zip(found, absent, stands_in, strict=True)]
    customers = [listed.get(link.id) for link in found]
    if as_json:
        told = [{**line, "customers": some} for line, some in zip(lines, customers, strict=True)]
        print_json({"ok": True, "substitutions": told})
        return
    table = Table("absent", "substitute", "from", "until", "now", "customers")
    for line, some in zip(lines, customers, strict=True):
        table.add_row(*(value or "" for value in line.values()), _some(some))
    Console().print(table if lines else "Nobody is substituted, and nothing is planned.")


def _line(link: Link, absent: str, stands_in: str, now: int) -> dict[str, str | None]:
    if link.write.contains(now):
        state = "works"
    else:
        state = "reads" if link.hold.contains(now) else "to come"
    return {
        "absent": absent,
        "substitute": stands_in,
        "from": _shown(link.write.starts),
        "until": _shown(link.write.ends),
        "state": state,
    }


def _some(customers: list[str] | None) -> str:
    """For a column: all of them, or the first of a list."""
    if customers is None:
        return "all"
    more = len(customers) - SHOWN
    return ", ".join(customers[:SHOWN]) + (f" and {more} more" if more > 0 else "")


def _shown(instant: int | None) -> str | None:
    if instant is None:
        return None
    return dt.datetime.fromtimestamp(instant / 1_000_000).astimezone().isoformat(" ", "minutes")


def _window(starts: str | None, until: str | None) -> Window:
    from syncengine.model.windows import Window

    return Window(_instant(starts, last=False), _instant(until, last=True))


def _instant(text: str | None, *, last: bool) -> int | None:
    """Microseconds of an ISO instant; of a day, its beginning or (`last`) its end."""
    from server.cli.instants import read_instant

    if text is None:
        return None
    found = read_instant(text)
    if last and len(text) == len("2026-12-24"):
        found += dt.timedelta(days=1)
    return int(found.astimezone().timestamp()) * 1_000_000


def _tell(store: Store, switched: Switched, as_json: bool, plan: Plan | None = None) -> None:
    """plan: when it was switched on."""
    from server.cli import lookup
    from server.cli.output import print_json

    absent, *others = lookup.numbers(store, [switched.absent, *switched.substitutes])
    changed = switched.verdict is not None
    if as_json:
        version = switched.verdict.version if switched.verdict else None
        print_json(
            {"ok": True, "absent": absent, "substitutes": others, "active": plan is not None,
             "changed": changed, "version": version}
        )  # fmt: skip
    elif plan is not None:
        now = store.environment.now()
        what = "now substitutes" if plan.window.contains(now) else "is to substitute"
        typer.echo(f"{others[0]} {what if changed else 'substitutes already'} for {absent}.")
    elif changed:
        typer.echo(f"{', '.join(others)} no longer substitutes for {absent}.")
    else:
        typer.echo(f"Nobody was substituting for {absent}.")

"""handover."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from server.cli.options import AsJson, Config, Database, opened

if TYPE_CHECKING:
    from server.handover import LeaverDevice, Plan
    from syncengine.store.store import Store

MEANING = {
    "successor": "the successor",
    "manager": "the leaver's manager",
    "empty": "nobody",
    "ends": "ends",
}


def handover(
    leaver: Annotated[
        str, typer.Argument(help="Number of the employee who leaves.", show_default=False)
    ],
    successor: Annotated[str, typer.Argument(help="Number of who takes over.", show_default=False)],
    below: Annotated[
        Literal["successor", "manager"],
        typer.Option(help="Who is to lead whom the leaver led: the successor or leaver's manager."),
    ] = "successor",
    preview: Annotated[
        bool,
        typer.Option("--preview", help="Change nothing; show what it would do to each device."),
    ] = False,
    lock: Annotated[
        bool,
        typer.Option("--lock", help="Turn the leaver's devices away at once, with unsent work."),
    ] = False,
    database: Database = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Give a successor everything of an employee who leaves, who becomes inactive. Running it again
    finishes one that was cut short, and hands on what the leaver's devices have sent since.
    """
    from server.cli import lookup
    from server.cli.output import print_json
    from server.cli.unfinished import finish_earlier, progress_bar
    from server.handover import devices_of, hand_over, plan

    with opened(database, config) as store:
        if not preview:
            with progress_bar(shown=not as_json) as progress:
                finish_earlier(store, as_json, progress)
        people = lookup.person(store, leaver), lookup.person(store, successor)
        made = plan(store, *people, below)
        told: dict[str, Any] = {
            "ok": True,
            "leaver": leaver,
            "successor": successor,
            "parts": [{**vars(part), "fate": str(part.fate)} for part in made.parts],
        }
        if not as_json:
            _print_parts(made, leaver, successor, preview)
        if preview:
            told["preview"] = _preview(store, made, as_json)
        else:
            with progress_bar(shown=not as_json, total=len(made.operations)) as progress:
                told["versions"] = hand_over(store, made, lock, progress)
        devices = devices_of(store, made.leaver)
        foreseen = ("would be locked" if lock else "stays open") if preview else None
        told["devices"] = _lines(devices, foreseen)
    if as_json:
        print_json(told)
    else:
        _print_devices(told["devices"], leaver)
    if preview and told["preview"].get("objections"):
        raise typer.Exit(1)


def _preview(store: Store, plan: Plan, as_json: bool) -> dict[str, Any]:
    """What it would do to each device; beyond a preview's bound it says so instead."""
    from server.cli import effects
    from server.handover import AUTHOR
    from syncengine.store.preview import PreviewTooLarge, preview

    operations = plan.operations
    try:
        found = preview(store, AUTHOR, operations) if operations else None
    except PreviewTooLarge as error:
        if not as_json:
            typer.echo(f"No preview of devices: {error.detail} [{error.code}]")
        return {"error": {"code": error.code, "detail": error.detail}}
    if not as_json:
        effects.print_preview(store, found)
    return effects.as_data(store, found)


def _lines(devices: list[LeaverDevice], foreseen: str | None) -> list[dict[str, Any]]:
    """foreseen: the state of those that are not locked yet, in a preview."""
    from server.cli.output import moment
    from syncengine.model.ids import to_text

    return [
        {
            "device": to_text(device.status.seat.id),
            "name": device.status.seat.device,
            "state": "locked" if device.status.seat.locked else foreseen or _since(device),
            "seen": moment(device.status.seen),
        }
        for device in devices
    ]


def _since(device: LeaverDevice) -> str:
    return "synced since" if device.synced else "not synced since"


def _print_parts(plan: Plan, leaver: str, successor: str, preview: bool) -> None:
    from server.cli.output import print_table

    if not plan.parts:
        typer.echo(f"Nothing is left to hand over from {leaver} to {successor}.")
        return
    would = "would go" if preview else "goes"
    typer.echo(f"What {would} from {leaver} to {successor}:")
    rows = [(p.entity, p.field, p.rows, MEANING[p.fate]) for p in plan.parts]
    print_table(("entity", "field", "rows#", "becomes"), rows)


def _print_devices(lines: list[dict[str, Any]], leaver: str) -> None:
    from server.cli.output import local, print_table

    if not lines:
        return
    typer.echo(f"Devices of {leaver}:")
    columns = ("device", "name", "state", "last seen")
    print_table(columns, [(*list(line.values())[:3], local(line["seen"])) for line in lines])
    if any(line["state"].endswith("since") for line in lines):
        typer.echo("What these still send is kept. Then run this again, and with --lock at last.")

"""device enrol|list|lock|release|codegen|verify|rebuild|run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from server.cli.options import AsJson, Config, Database, opened

if TYPE_CHECKING:
    from device_sdk.lost import LostWork

device = typer.Typer(no_args_is_help=True, help="Devices: enrol, list, lock, release.")

MICROSECONDS_PER_HOUR = 3_600_000_000
HEALED = {
    "done": "it is right again",
    "sync": "the next sync puts it right",
    "rebuild": "`syncengine device rebuild` puts it right",
}
SeatText = Annotated[
    str, typer.Argument(help="Device id, as `device list` shows it.", show_default=False)
]


@device.command("enrol")
def enrol(
    employee: Annotated[
        str, typer.Argument(help="Number of who gets the device.", show_default=False)
    ],
    hours: Annotated[int, typer.Option(min=1, max=24 * 30, help="How long the code is good.")] = 72,
    database: Database = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Print a one-time code to type into the new device."""
    from server.cli import lookup
    from server.cli.output import print_json

    with opened(database, config) as store:
        code = store.seats.create_code(
            lookup.person(store, employee), hours * MICROSECONDS_PER_HOUR
        )
    if as_json:
        print_json({"ok": True, "employee": employee, "code": code, "hours": hours})
    else:
        typer.echo(f"{code}\nGood once, for a device of {employee}, within {hours} hours.")


@device.command("list")
def list_devices(database: Database = None, config: Config = None, as_json: AsJson = False) -> None:
    """Every device: whose it is, how far it has synced and when."""
    from server.cli import lookup
    from server.cli.output import local, moment, print_json, print_table
    from syncengine.model.ids import to_text

    with opened(database, config) as store:
        seats = store.seats.list()
        numbers = lookup.numbers(store, [s.seat.person for s in seats])
        head = store.status().version
    keys = ("device", "employee", "name", "state", "version", "behind", "seen")
    rows = [
        (
            to_text(s.seat.id),
            number,
            s.seat.device,
            "locked" if s.seat.locked else "fenced" if s.fenced else "active",
            s.version,
            head - s.version,
            moment(s.seen),
        )
        for s, number in zip(seats, numbers, strict=True)
    ]
    if as_json:
        print_json([dict(zip(keys, row, strict=True)) for row in rows])
    else:
        columns = ("device", "employee", "name", "state", "version#", "behind#", "last seen")
        print_table(columns, [(*row[:-1], local(row[-1])) for row in rows])


@device.command("lock")
def lock(
    seat: SeatText, database: Database = None, config: Config = None, as_json: AsJson = False
) -> None:
    """Refuse a device from now on, a running sync included."""
    _change(seat, True, database, config, as_json)


@device.command("release")
def release(
    seat: SeatText, database: Database = None, config: Config = None, as_json: AsJson = False
) -> None:
    """Let a locked or fenced device work again."""
    _change(seat, False, database, config, as_json)


@device.command("codegen")
def codegen(
    file: Annotated[Path, typer.Argument(help="The Python file to write.")],
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Write typed row classes of this installation's schema, for apps that use device_sdk."""
    from device_sdk.codegen import generate
    from server.cli.options import settings_of
    from server.cli.output import print_json
    from server.compose import load_schema
    from server.problem import Problem

    schema = load_schema(settings_of(config))
    try:
        file.write_text(generate(schema), encoding="utf-8")
    except OSError as error:
        raise Problem("codegen.file", f"{file} cannot be written: {error.strerror}.") from None
    if as_json:
        print_json({"ok": True, "file": str(file), "schema": schema.hash.hex()})
    else:
        typer.echo(f"{len(schema.entities)} classes written to {file}.")


@device.command("verify")
def verify(
    folder: Annotated[Path, typer.Argument(help="The folder of a device's store.")],
    as_json: AsJson = False,
) -> None:
    """Look over a device's store on this machine, while no app has it open; without the network.

    Exit status 1 when something was found. Keys are taken from the folder, as the SDK keeps them.
    """
    from device_sdk.events import Log
    from device_sdk.opening import open_store, provider_for
    from device_sdk.verify import look_over
    from server.cli.output import print_json
    from syncengine.model.environment import Environment

    store, keys = open_store(folder, provider_for(folder, None), Environment(), Log())
    try:
        report = look_over(store, keys.signing.public_key())
    finally:
        store.database.close()
    if as_json:
        found = [{"code": f.code, "detail": f.detail, "heals": f.heals} for f in report.findings]
        print_json({"ok": report.sound, "rows": report.rows, "buckets": report.buckets,
                    "changesets": report.changesets, "findings": found})  # fmt: skip
    else:
        for finding in report.findings:
            typer.echo(f"{finding.code}: {finding.detail} ({HEALED[finding.heals]})")
        counts = f"{report.rows} rows, {report.buckets} buckets, {report.changesets} changesets"
        typer.echo(f"{counts}: {'sound' if report.sound else 'not as it should be'}.")
    if not report.sound:
        raise typer.Exit(1)


@device.command("rebuild")
def rebuild(
    folder: Annotated[Path, typer.Argument(help="The folder of a device's store.")],
    url: Annotated[str, typer.Argument(help="Where its server is, as https://sync.example.com.")],
    as_json: AsJson = False,
) -> None:
    """Put a new store in place of a damaged one on this machine, while no app has it open.

    Work that was not sent yet is kept as far as it can be read, and what cannot be is told. All
    else comes from the server, which has to be within reach. If it does not work, nothing has
    changed: try again. Keys are taken from the folder, as the SDK keeps them.
    """
    from device_sdk.device import Device
    from server.cli.output import print_json

    made = Device.rebuild(folder, url)
    if as_json:
        lost = [{"sequence": w.sequence, "after": w.after, "before": w.before} for w in made.lost]
        print_json({"ok": not lost, "changesets": made.changesets, "waiting": made.waiting,
                    "lost": lost})  # fmt: skip
    else:
        typer.echo(f"There is a new store. {made.waiting} changesets wait to be sent.")
        for work in made.lost:
            typer.echo(f"Lost: changeset {work.sequence}, {_made(work)}.")
        if made.lost:
            typer.echo("That could not be read, and was never sent. Ask who works with the device")
            typer.echo("what was entered then, and to enter it again. It has a place in the app's")
            typer.echo("status, too.")
        typer.echo("Now open the app and let it sync: everything else comes with that.")


@device.command("run")
def run_screen(
    store: Annotated[Path, typer.Option(help="The device's folder; made where there is none.")],
    server: Annotated[
        str, typer.Option(help="Where its server is, as https://sync.example.com.")
    ] = "",
    code: Annotated[str, typer.Option(help="A one-time code, as `device enrol` prints it.")] = "",
    port: Annotated[
        int, typer.Option(min=0, max=65_535, help="Of this machine; 0: any free one.")
    ] = 8321,
) -> None:
    """Run the rep's screen: a device in the browser, for this machine alone.

    Until Ctrl-C. Server and code are for the first time and may be typed into the page as well.
    """
    from device_sdk.screen.screen import Offered
    from device_sdk.screen.serve import run

    run(store, Offered(server, code), port, lambda address: typer.echo(f"Open {address}"))


def _made(work: LostWork) -> str:
    from server.cli.output import local

    bounds = [("after", work.after), ("before", work.before)]
    told = [f"{word} {local(when)}" for word, when in bounds if when]
    return f"made {' and '.join(told)}" if told else "made at an unknown time"


def _change(seat: str, locked: bool, database: Database, config: Config, as_json: bool) -> None:
    from server.cli import lookup
    from server.cli.output import print_json
    from syncengine.model.ids import to_text

    with opened(database, config) as store:
        found = lookup.seat(store, seat)
        (store.seats.lock if locked else store.seats.release)(found.id)
    if as_json:
        print_json({"ok": True, "device": to_text(found.id), "locked": locked})
    else:
        typer.echo(f"{found.device} ({to_text(found.id)}) is {'locked' if locked else 'released'}.")

"""The demo: files in, seventeen devices in sync, edits both ways, substitutions, a rule, messages,
a visit report, documents, a trip and a day's hours.

Everything is real: the importer, the server on a loopback port, the SDK's encrypted stores, the
switch. Only the time is turned, for the server and the devices alike (server.demo.calendar). What
each device must hold is computed elsewhere (server.demo.expected), from the files.
"""

from __future__ import annotations

import json
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from rich.console import Console

from server.blobs import attachments_of
from server.compose import open_store
from server.demo import place
from server.demo.afterwards import stay
from server.demo.calendar import Calendar, days_of
from server.demo.delivery import deliver
from server.demo.expected import SALES_PEOPLE, expected
from server.demo.expenses import take_rates
from server.demo.fleet import enrolled
from server.demo.names import Names
from server.demo.play import Play
from server.demo.service import serving
from server.demo.table import live_table
from server.logs import configure_logs
from server.settings import load_settings
from syncengine.model.environment import Environment

HERE = Path(__file__).parent


def run_demo(
    headless: bool = False,
    json_file: Path | None = None,
    database: str | None = None,
    directory: Path | None = None,
) -> bool:
    """Run the phases; True when every device held exactly its rows in each of them.

    Not headless: the server then keeps running, and the devices syncing, until Ctrl-C.
    """
    console = Console()
    began = time.monotonic()
    with ExitStack() as stack:
        folder = stack.enter_context(place.folder(directory))
        url = place.database(database, folder)
        file = folder / "syncengine.toml"
        file.write_text('blob_folder = "blobs"  # beside this file\n', encoding="utf-8")
        settings = load_settings(file, {}, database=url, port=0, graceful_seconds=5)
        log = stack.enter_context((folder / "server.log").open("w", encoding="utf-8"))
        configure_logs(settings, log)
        played = script()
        calendar = Calendar(days_of(played))
        environment = Environment(now=calendar.now)
        store = stack.enter_context(open_store(settings, environment, migrated=True))
        console.print(f"The files of the ERP: {deliver(store)}.")
        address = stack.enter_context(serving(store, settings))
        take_rates(store)  # before a job does, at some moment of the play
        names = Names(store, calendar)
        people = {n: names.row("employee", {"number": n}) for n in SALES_PEOPLE}
        reps = stack.enter_context(enrolled(store, address, folder, people))
        console.print(f"{len(reps)} devices are enrolled with the server at {address}.")
        console.print(f"It is {calendar.today} for all of them, so that days can pass until today.")
        with live_table(console, shown=not headless) as table:
            play = Play(store, reps, names, expected(), table, calendar)
            for phase in played["phases"]:
                play.phase(phase)
            play.messages()
            play.visit_reports()
            attachments = attachments_of(store, settings)
            play.documents(attachments.uploads)
            play.expenses(attachments.files)
            play.timesheets()
        _summary(console, play, time.monotonic() - began)
        if json_file is not None:
            json_file.write_text(json.dumps(play.result(), indent=1) + "\n", encoding="utf-8")
        if not headless:
            stay(console, reps, url, file.resolve(), address)
        return play.ok


def script() -> dict[str, Any]:
    """The phases, their edits and the order in which the devices sync."""
    loaded: dict[str, Any] = json.loads((HERE / "script.json").read_text(encoding="utf-8"))
    return loaded


def _summary(console: Console, play: Play, seconds: float) -> None:
    for phase in play.phases:
        devices = phase["devices"]
        rows = sum(d["rows"] for d in devices)
        exact = sum(not d["differences"] for d in devices)
        console.print(
            f"{phase['name']}: {exact} of {len(devices)} devices hold exactly their rows, {rows:,}."
        )
        for device in devices:
            for difference in device["differences"]:
                console.print(f"  {device['employee']}: {difference}", style="red", markup=False)
    for given in play.answers:
        for line in given.lines:
            console.print(line, markup=False, highlight=False, soft_wrap=True)
    for module, counts in play.lifecycles.items():
        said = ", ".join(f"{count} {state}" for state, count in counts.items())
        console.print(f"{module}: {said}.")
    for check, holds in play.checks.items():
        console.print(f"{check}: {'yes' if holds else 'NO'}", style=None if holds else "red")
    console.print(f"{'All is exact' if play.ok else 'Something differs'}; {seconds:.1f} s.")

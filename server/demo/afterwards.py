"""After the phases: the server keeps running, the devices keep syncing, and here is what to try."""

from __future__ import annotations

import datetime as dt
import shlex
import sys
import time
from contextlib import suppress
from pathlib import Path

from rich.console import Console

from server.demo.fleet import Rep, Tally
from server.demo.table import Line, live_table
from syncengine.model.errors import SyncError

EVERY_SECONDS = 2.0


def stay(console: Console, reps: dict[str, Rep], url: str, settings: Path, address: str) -> None:
    """Sync all devices again and again until Ctrl-C."""
    console.print(f"\nThe server keeps running at {address}. In another terminal, try:\n")
    for line in commands(url, settings):
        console.print(f"  {line}", markup=False, highlight=False, soft_wrap=True)
    console.print(
        f"\nand watch the rows come and go. The first prints anna's password for {address}/portal/,"
        "\nwhere the office does the same in a browser; README.md has it step by step."
        "\nCtrl-C ends the demo.\n"
    )
    with suppress(KeyboardInterrupt), live_table(console, shown=True) as table:
        table.title(f"syncing every {EVERY_SECONDS:.0f} seconds")
        while True:
            for rep in reps.values():
                rep.tally = Tally()
                with suppress(SyncError):  # a device that was locked, say: its line stands still
                    rep.sync()
                table.show(_line(rep))
            time.sleep(EVERY_SECONDS)


def _line(rep: Rep) -> Line:
    counts = rep.device.counts()
    tally = rep.tally
    return Line(
        rep.employee, counts["customer"], sum(counts.values()), None, tally.bytes_received,
        tally.milliseconds, tally.changesets_sent, tally.verdicts, None,
    )  # fmt: skip


def commands(url: str, settings: Path) -> list[str]:
    """Commands that show something, as they can be typed here. settings: the server's file of them,
    which says where attachments lie.
    """
    by_dev = Path("dev.py").exists() and ".venv" in sys.argv[0]
    run = "python3 dev.py run" if by_dev else "syncengine"
    today = dt.datetime.now(dt.UTC).astimezone().date()  # the days of this machine's zone
    dates = f"--from {today} --until {today + dt.timedelta(days=6)}"
    words = (
        "account first anna --language en",
        "explain --device 276 --row customer:292",
        f"substitute on 276 281 {dates}",
        "substitute list",
        "explain --device 281 --row customer:292",
        "substitute off 276",
        "history customer:380",
        "device list",
        f"doctor --config {shlex.quote(str(settings))}",
    )
    return [f"{run} {line} --database {shlex.quote(url)}" for line in words]

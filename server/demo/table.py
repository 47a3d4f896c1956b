"""The live table: one line a device."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.live import Live
from rich.table import Table

COLUMNS = ("employee", "customers", "rows", "expected", "received", "ms", "sent", "verdicts", "")


@dataclass(frozen=True)
class Line:
    """A device's state. exact: None while its phase is under way, or when nothing is expected."""

    employee: str
    customers: int
    rows: int
    expected: int | None
    bytes_received: int
    milliseconds: float
    sent: int
    verdicts: dict[str, int]
    exact: bool | None


class LiveTable:
    """Lines by employee, drawn anew at each change; silent when headless."""

    def __init__(self, live: Live | None) -> None:
        self._live = live
        self._title = ""
        self._lines: dict[str, Line] = {}

    def title(self, text: str) -> None:
        """What is going on."""
        self._title = text
        self._draw()

    def show(self, line: Line) -> None:
        """Put a device's line in place of its last one."""
        self._lines[line.employee] = line
        self._draw()

    def _draw(self) -> None:
        if self._live is not None:
            self._live.update(self._table(), refresh=True)

    def _table(self) -> Table:
        table = Table(title=self._title, title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
        for name in COLUMNS:
            table.add_column(name, justify="left" if name in ("verdicts", "") else "right")
        for line in self._lines.values():
            verdicts = ", ".join(f"{count} {outcome}" for outcome, count in line.verdicts.items())
            sign = {None: "", True: "[green]exact[/]", False: "[red]differs[/]"}[line.exact]
            table.add_row(
                line.employee,
                str(line.customers),
                f"{line.rows:,}",
                "" if line.expected is None else f"{line.expected:,}",
                f"{line.bytes_received:,} B",
                f"{line.milliseconds:,.0f}",
                str(line.sent),
                verdicts,
                sign,
            )
        return table


@contextmanager
def live_table(console: Console, shown: bool) -> Iterator[LiveTable]:
    """A table on the console for as long as the block runs."""
    if not shown:
        yield LiveTable(None)
        return
    with Live(console=console, auto_refresh=False) as live:
        yield LiveTable(live)

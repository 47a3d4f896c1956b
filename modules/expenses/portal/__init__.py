"""What the module brings to the portal: trips under review, a trip with its receipts, the steps of
the office, the rates, statements, and what payroll is given of them.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

from modules.expenses.portal import (
    batch,
    confirm,
    correct,
    one,
    payroll,
    queue,
    rates,
    reject,
    statements,
)  # fmt: skip
from modules.expenses.portal.reading import TRIP, mark
from server.portal.public import Link, ModulePages, Panel

BOTH = ("GET", "POST")
PAGES = ModulePages(
    Path(__file__).parent.parent,
    {
        "/trips": (queue.trips, ("GET",)),
        "/trips/confirm": (confirm.confirm, BOTH),
        "/trips/{row}": (one.trip, ("GET",)),
        "/trips/{row}/reject": (reject.reject, BOTH),
        "/trips/{row}/correct": (correct.correct, BOTH),
        "/trips/{row}/statements": (statements.statements, ("GET",)),
        "/rates": (rates.rates, ("GET",)),
        "/payroll": (payroll.payroll, BOTH),
        "/payroll/{row}": (batch.batch, ("GET",)),
        "/payroll/{row}/{form}": (batch.export, BOTH),
    },
    (
        Link("/trips", "Trips", "receipt", TRIP),
        Link("/rates", "Rates and limits", "tag", "per_diem_rate"),
        Link("/payroll", "Payroll", "file-import", "payroll_batch"),
    ),
    {"trips": Panel(TRIP, mark)},
    {
        "trip": statements.block,
        **{kind: partial(rates.beside, entity=kind) for kind in rates.KINDS},
    },
    batch.TABLES,
)

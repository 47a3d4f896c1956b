"""What the module brings to the portal: statements of trips, and what payroll is given of them."""

from __future__ import annotations

from pathlib import Path

from modules.expenses.portal import batch, payroll, statements
from server.portal.public import Link, ModulePages

PAGES = ModulePages(
    Path(__file__).parent.parent,
    {
        "/trips/{row}/statements": (statements.statements, ("GET",)),
        "/payroll": (payroll.payroll, ("GET", "POST")),
        "/payroll/{row}": (batch.batch, ("GET",)),
        "/payroll/{row}/{form}": (batch.export, ("GET", "POST")),
    },
    (Link("/payroll", "Payroll", "file-import", "payroll_batch"),),
    blocks={"trip": statements.block},
    tables=batch.TABLES,
)

"""What the module brings to the portal: months that wait to be approved, and whether their days are
shown by person.
"""

from __future__ import annotations

from pathlib import Path

from modules.timesheets.portal import evaluation, export, one, sheets
from modules.timesheets.portal.reading import SHEET, mark
from server.portal.public import Link, ModulePages, Panel

BOTH = ("GET", "POST")
PAGES = ModulePages(
    Path(__file__).parent.parent,
    {
        "/sheets": (sheets.sheets, ("GET",)),
        "/sheets/{row}": (one.sheet, BOTH),
        "/sheets/{row}/days.{form}": (export.export, BOTH),
        "/evaluation": (evaluation.evaluation, BOTH),
    },
    (Link("/sheets", "Timesheets", "clock", entity=SHEET),),
    {"sheets": Panel(SHEET, mark)},
    tables=export.TABLES,
)

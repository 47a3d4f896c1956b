"""What the module brings to the rep's screen: check-in and check-out, reports that are open, and
answering them.
"""

from __future__ import annotations

from pathlib import Path

from device_sdk.screen.public import HOME, ModuleScreen
from modules.visit_reports.screen import blocks, report, visits

FOLDER = Path(__file__).parent

SCREEN = ModuleScreen(
    FOLDER,
    FOLDER.parent / "locale",
    {
        "/check-in": visits.check_in,
        "/check-out": visits.check_out,
        "/start": visits.start,
        "/report": report.report,
    },
    blocks={
        HOME: blocks.at_the_start,
        "customer": blocks.at_customer,
        "appointment": blocks.of_appointment,
    },
    first=True,
)
"""What is open on the first page; the visit on the page of its customer."""

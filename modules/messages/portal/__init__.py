"""What the module brings to the portal: infos, how far recipients are, reminders, composer;
what was confirmed at a visit.
"""

from __future__ import annotations

from pathlib import Path

from modules.messages.portal import compose, infos, one, receipt, remind, visit
from modules.messages.portal.reading import INFO, RECEIPTS, mark
from server.portal.public import Link, ModulePages, Panel

PAGES = ModulePages(
    Path(__file__).parent.parent,
    {
        "/infos": (infos.infos, ("GET",)),
        "/infos/new": (compose.new, ("GET", "POST")),
        "/infos/{row}": (one.info, ("GET",)),
        "/infos/{row}/remind": (remind.remind, ("GET", "POST")),
        "/infos/{row}/withdraw": (one.withdraw, ("GET", "POST")),
        "/infos/{row}/receipts/{receipt}": (receipt.receipt, ("GET",)),
    },
    (Link("/infos", "Infos", "receipt", INFO),),
    {"receipts": Panel(RECEIPTS, mark)},
    {"visit": visit.confirmed},
)

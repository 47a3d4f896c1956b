"""What the module brings to the rep's screen: the day with one tap, and the month."""

from __future__ import annotations

from pathlib import Path

from device_sdk.screen.public import HOME, Link, ModuleScreen
from modules.timesheets.screen import month, today

FOLDER = Path(__file__).parent

SCREEN = ModuleScreen(
    FOLDER,
    FOLDER.parent / "locale",
    {"/today": today.today, "/tap": today.tap, "/month": month.month, "/again": month.again},
    (Link("/today", "Time", "clock"),),
    {HOME: today.at_the_start},
)

"""What the module brings to the rep's screen: what is new at the day's login and at a check-in."""

from __future__ import annotations

from pathlib import Path

from device_sdk.screen.public import HOME, ModuleScreen
from modules.messages.screen import blocks, message

FOLDER = Path(__file__).parent

SCREEN = ModuleScreen(
    FOLDER,
    FOLDER.parent / "locale",
    {"/message": message.message},
    blocks={
        HOME: blocks.at_day_login,
        "customer": blocks.at_check_in,
        "visit": blocks.at_visit,
    },
    first=True,
)

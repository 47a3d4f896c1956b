"""What the module brings to the rep's screen: their trips, and writing one down."""

from __future__ import annotations

from pathlib import Path

from device_sdk.screen.public import HOME, Link, ModuleScreen
from modules.expenses.screen import part, trip, trips

FOLDER = Path(__file__).parent

SCREEN = ModuleScreen(
    FOLDER,
    FOLDER.parent / "locale",
    {"/trips": trips.trips, "/new": trips.new, "/trip": trip.trip, "/part": part.part},
    (Link("/trips", "Trips", "receipt"),),
    blocks={HOME: trips.at_the_start},
)

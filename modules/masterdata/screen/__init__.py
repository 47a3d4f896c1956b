"""What the module brings to the rep's screen: customers, and the appointments of the day."""

from __future__ import annotations

from pathlib import Path

from device_sdk.screen.public import HOME, Link, ModuleScreen
from modules.masterdata.screen import agenda, customer, customers

FOLDER = Path(__file__).parent

SCREEN = ModuleScreen(
    FOLDER,
    FOLDER.parent / "locale",
    {"/customers": customers.customers},
    (Link("/customers", "Customers", "building-store"),),
    {HOME: agenda.today, "customer": customer.about},
)

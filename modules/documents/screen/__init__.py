"""What the module brings to the rep's screen: documents, a customer's, forms to be signed."""

from __future__ import annotations

from pathlib import Path

from device_sdk.screen.public import HOME, Link, ModuleScreen
from modules.documents.device import Documents
from modules.documents.screen import blocks, documents, form

FOLDER = Path(__file__).parent

SCREEN = ModuleScreen(
    FOLDER,
    FOLDER.parent / "locale",
    {
        "/all": documents.listed,
        "/document": documents.document,
        "/file": documents.file,
        "/return": form.returned,
    },
    (Link("/all", "Documents", "list"),),
    {HOME: blocks.open_returns, "customer": blocks.of_customer},
    opened=Documents,  # which files come unasked
)

"""What the module brings to the portal: the names of its rows and fields, the calendar."""

from __future__ import annotations

from pathlib import Path

from server.portal.public import ModulePages

PAGES = ModulePages(Path(__file__).parent.parent)

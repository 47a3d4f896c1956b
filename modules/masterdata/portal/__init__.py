"""What the module brings to the portal: the names of its rows and fields, and the calendar."""

from __future__ import annotations

from pathlib import Path

from modules.masterdata.portal import appointment, calendar, moving
from server.portal.public import Link, ModulePages

PAGES = ModulePages(
    Path(__file__).parent.parent,
    {
        "/calendar": (calendar.calendar, ("GET",)),
        "/appointments/new": (appointment.new, ("GET", "POST")),
        "/appointments/{row}": (appointment.edit, ("GET", "POST")),
        "/appointments/{row}/move": (moving.move, ("POST",)),
    },
    (Link("/calendar", "Calendar", "calendar-event", "appointment"),),
)

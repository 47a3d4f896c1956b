"""Where the next page begins, as a parameter of its address."""

from __future__ import annotations

from server.cursor import read_cursor
from server.portal.asked import Asked
from server.portal.refusals import Unclear
from syncengine.model.entity import Entity
from syncengine.model.fields import Stored


def after(entity: Entity, order: str | None, asked: Asked) -> tuple[Stored, bytes] | None:
    """What the address says, for `listing.page`; Unclear for what `cursor_of` does not make."""
    text = asked.value("after")
    try:
        return read_cursor(entity, order, text) if text else None
    except ValueError:
        raise Unclear from None

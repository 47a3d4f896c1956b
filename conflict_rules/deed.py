"""What one side did to a row since the base; the rules of deletes against edits compare deeds."""

from __future__ import annotations

from enum import StrEnum


class Deed(StrEnum):
    """Of the three, a row that was deleted on both sides or edited on both is no conflict here."""

    NOTHING = "nothing"
    EDITED = "edited"
    DELETED = "deleted"

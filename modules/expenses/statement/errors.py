"""What keeps a statement from being made."""

from __future__ import annotations

from syncengine.model.errors import SyncError


class NotPrinted(SyncError):
    """A statement could not be set; its trip waits, the others do not."""

    code = "statement.not_printed"

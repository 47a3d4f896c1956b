"""Files that are there whole and stay there: what a rename and a sync of the folder promise."""

from __future__ import annotations

import os
from pathlib import Path

OWNER_ONLY = 0o600


def write_durably(path: Path, data: bytes) -> None:
    """A file that its owner alone may read. A crash leaves what was there before, or all of it."""
    draft = path.with_name(path.name + ".new")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, OWNER_ONLY)
    with open(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(handle)
    draft.replace(path)
    sync_to_disk(path.parent)


def sync_to_disk(path: Path) -> None:
    """Make durable what is in a file; of a folder, which names are in it."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

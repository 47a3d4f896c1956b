"""import."""

from __future__ import annotations


def import_files() -> None:
    """Take over files of the leading system."""

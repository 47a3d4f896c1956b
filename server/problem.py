"""What goes wrong for the person who runs a command or starts the server."""

from __future__ import annotations


class Problem(Exception):
    """One sentence that tells an operator what to do, and a stable code for scripts.

    Not part of syncengine's error tree: no device ever sees one.
    """

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail

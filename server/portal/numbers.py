"""Numbers of a form's lines that come and go: each keeps its own while the form is open, so what
is typed while another one goes stays with its line.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

MOST = 999  # a number has three digits at most


def numbers(names: Iterable[str], before: str, after: str = "") -> list[int]:
    """Those between the two in a form's names, in order."""
    pattern = re.compile(rf"{re.escape(before)}(0|[1-9][0-9]{{0,2}}){re.escape(after)}")
    return sorted({int(found[1]) for name in names if (found := pattern.fullmatch(name))})


def one_more(used: Collection[int]) -> int:
    """A number for one more line: behind the others, as long as there are numbers."""
    following = max(used, default=-1) + 1
    return following if following <= MOST else next(n for n in range(MOST) if n not in used)

"""The differences of two texts in parts (lines or words), found in bounded time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

MAX_CELLS = 62_500  # parts of one text times parts of the other between equal beginning and end


@dataclass(frozen=True)
class Hunk:
    """The parts of the base from `start` to before `end` become `parts`."""

    start: int
    end: int
    parts: tuple[str, ...]

    def touches(self, other: Hunk) -> bool:
        """Whether they overlap or meet: nothing of the base stays between them."""
        return self.start <= other.end and other.start <= self.end

    @property
    def inserts(self) -> bool:
        """Whether nothing of the base is replaced."""
        return self.start == self.end


def hunks(base: Sequence[str], text: Sequence[str]) -> list[Hunk]:
    """What makes `text` of `base`, ascending; between two of them something of the base stays.

    A longest common subsequence of what differs. Above MAX_CELLS all that differs is one hunk: as
    right, only coarser.
    """
    shorter = min(len(base), len(text))
    first = 0
    while first < shorter and base[first] == text[first]:
        first += 1
    last = 0
    while last < shorter - first and base[-1 - last] == text[-1 - last]:
        last += 1
    old, new = base[first : len(base) - last], text[first : len(text) - last]
    if not old and not new:
        return []
    if len(old) * len(new) > MAX_CELLS:
        return [Hunk(first, first + len(old), tuple(new))]
    return _between(_common(old, new), old, new, first)


def _common(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int]]:
    """The places of a longest common subsequence."""
    lengths = [[0] * (len(new) + 1)]
    for part in reversed(old):
        below, row = lengths[-1], [0] * (len(new) + 1)
        for j in range(len(new) - 1, -1, -1):
            row[j] = below[j + 1] + 1 if part == new[j] else max(below[j], row[j + 1])
        lengths.append(row)
    lengths.reverse()
    i = j = 0
    found: list[tuple[int, int]] = []
    while i < len(old) and j < len(new):
        if old[i] == new[j]:
            found.append((i, j))
            i, j = i + 1, j + 1
        elif lengths[i + 1][j] >= lengths[i][j + 1]:
            i += 1
        else:
            j += 1
    return found


def _between(
    common: list[tuple[int, int]], old: Sequence[str], new: Sequence[str], offset: int
) -> list[Hunk]:
    """What lies between the common places."""
    found: list[Hunk] = []
    i = j = 0
    for next_i, next_j in [*common, (len(old), len(new))]:
        if (i, j) != (next_i, next_j):
            found.append(Hunk(offset + i, offset + next_i, tuple(new[j:next_j])))
        i, j = next_i + 1, next_j + 1
    return found


def patched(base: Sequence[str], changes: Sequence[Hunk]) -> list[str]:
    """`base` with hunks that are ascending and do not overlap."""
    made: list[str] = []
    at = 0
    for hunk in changes:
        made += [*base[at : hunk.start], *hunk.parts]
        at = hunk.end
    return made + list(base[at:])

"""Edits of different places in a text are both taken over.

By lines; by words where none of the three texts has a second line. Edits that overlap or meet, with
nothing of the base left between them, are one place: there the server's text stays, and the whole
entered text is the loss. Two exceptions: equal edits are one; lines that both sides insert at one
place all stay, the server's first. A text that does not fit the field is not taken: the server's
stays.

Idempotent. Commutative only where the edits do not meet; at one place arrival decides. Not
associative: what meets depends on what was merged before. It ends in bounded time for texts of any
size that a field may have (text_diff.MAX_CELLS). Use it for notes that several people write.
"""

from __future__ import annotations

import re

from conflict_rules.outcome import Outcome, if_valid
from conflict_rules.text_diff import Hunk, hunks, patched
from syncengine.model.fields import FieldType, Stored

WORDS = re.compile(r"\s+|\S+")


def resolve(kind: FieldType, base: Stored, server: Stored, incoming: Stored) -> Outcome:
    """`server` with the edits of `incoming` that meet none of its own."""
    before, here, there = _text(base), _text(server), _text(incoming)
    by_line = any("\n" in text for text in (before, here, there))
    old = _parts(before, by_line)
    ours = hunks(old, _parts(here, by_line))
    added: list[Hunk] = []
    lost = False
    for hunk in hunks(old, _parts(there, by_line)):
        met = [own for own in ours if own.touches(hunk)]
        if not met or (by_line and _same_place(met, hunk)):
            added.append(hunk)
        lost |= bool(met) and met != [hunk] and hunk not in added
    if not added:
        return Outcome(server, (incoming,) if lost else ())
    parts = patched(old, sorted([*ours, *added], key=lambda hunk: hunk.start))
    merged = Outcome(("\n" if by_line else "").join(parts), (incoming,) if lost else ())
    return if_valid(kind, merged, server, incoming)


def _same_place(met: list[Hunk], hunk: Hunk) -> bool:
    """Whether both sides inserted different lines at one place, and nothing else meets there."""
    return hunk.inserts and len(met) == 1 and met[0].inserts and met != [hunk]


def _text(stored: Stored) -> str:
    return stored if isinstance(stored, str) else ""


def _parts(text: str, by_line: bool) -> list[str]:
    """An empty text has none."""
    if by_line:
        return text.split("\n") if text else []
    return WORDS.findall(text)

"""Text of people for print: of the letters that the font has, with places to break long words.

Statements are PDF/A, which must not show a letter that its font lacks. What is not Latin, Greek or
Cyrillic, and emoji, stand as question marks; the row keeps what was written.
"""

from __future__ import annotations

import re
import unicodedata

LACKING = re.compile(
    "[^\u0020-\u007e\u00a1-\u00ac\u00ae-\u024f\u0391-\u03a1\u03a3-\u0481\u048a-\u04ff"
    "\u1e00-\u1eff\u2010-\u2027\u2030-\u2040\u20a0-\u20bf\u2116\u2190-\u2193\u2212]"
)
BLANK = re.compile(r"\s+")
LONG = re.compile(r"\S{24,}")
BREAK = "\u200b"  # no width
PIECE = 12


def printable(text: str | None) -> str:
    """On one line; empty for none."""
    plain = BLANK.sub(" ", unicodedata.normalize("NFC", text or "")).strip()
    return LONG.sub(_breakable, LACKING.sub("?", plain))


def _breakable(found: re.Match[str]) -> str:
    word = found.group()
    return BREAK.join(word[i : i + PIECE] for i in range(0, len(word), PIECE))

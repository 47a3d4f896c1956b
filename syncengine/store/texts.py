"""Texts in lists: searched and sorted as a dictionary has them, ä as a, ß as ss, upper case as
lower case: alike in both databases, for German and English (decision 17).

The key of a text is compared by code points. SQLite calls `sort_key` for what is not plain ASCII,
PostgreSQL works the same out in SQL; a property test holds the two equal.
"""

from __future__ import annotations

import unicodedata

import sqlalchemy as sa

from syncengine.store.conditions import BY_CODE_POINT

# Letters that are no letter with a mark: what they are sorted as.
LETTERS = {
    "ß": "ss", "ẞ": "ss", "æ": "ae", "Æ": "ae", "œ": "oe", "Œ": "oe", "þ": "th", "Þ": "th",
    "ø": "o", "Ø": "o", "ł": "l", "Ł": "l", "đ": "d", "Đ": "d", "ð": "d", "Ð": "d", "\u0131": "i",
    "ħ": "h", "Ħ": "h",
}  # fmt: skip
# Those of nearly all German texts, which need not be taken apart: five times as fast.
COMMON = {"ä": "a", "ö": "o", "ü": "u", "Ä": "A", "Ö": "O", "Ü": "U", "é": "e", "ß": "ss"}
MARKS = range(0x300, 0x370)  # what normalization takes off a letter
_FOLD: dict[int, str | None] = {
    **dict.fromkeys(MARKS),
    **{ord(upper): upper.lower() for upper in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"},
    **{ord(letter): sorted_as for letter, sorted_as in LETTERS.items()},
}
FUNCTION = "sort_key"  # its name within SQLite


def sort_key(text: str) -> str:
    """What a text is sorted and searched by."""
    if text.isascii():
        return text.lower()
    for letter, sorted_as in COMMON.items():
        text = text.replace(letter, sorted_as)
    if text.isascii():
        return text.lower()
    return unicodedata.normalize("NFD", text).translate(_FOLD)


def by_language(column: sa.ColumnElement[str], dialect: str) -> sa.ColumnElement[str]:
    """The key of a column in SQL, NULL where it is."""
    if dialect == "sqlite":  # no call for what its own lower() can do
        octets = sa.func.length(sa.cast(column, sa.LargeBinary))
        plain = octets == sa.func.length(column)
        return sa.case((plain, sa.func.lower(column)), else_=sa.func.sort_key(column))
    whole = sa.cast(column, BY_CODE_POINT)
    common = sa.func.replace(whole, "ß", COMMON["ß"])
    single = {letter: to for letter, to in COMMON.items() if len(to) == 1}
    common = sa.func.translate(common, "".join(single), "".join(single.values()))
    return sa.case(
        (_is_ascii(whole), sa.func.lower(whole)),
        (_is_ascii(common), sa.func.lower(common)),
        else_=_folded(common),
    )


def _is_ascii(text: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    return sa.func.octet_length(text) == sa.func.length(text)


def _folded(text: sa.ColumnElement[str]) -> sa.ColumnElement[str]:
    """The rest of `sort_key` in PostgreSQL's functions."""
    marks = f"[{chr(MARKS[0])}-{chr(MARKS[-1])}]"
    found: sa.ColumnElement[str] = sa.func.lower(sa.func.normalize(text, sa.text("NFD")))
    found = sa.func.regexp_replace(found, marks, "", "g")
    single = {letter: to for letter, to in LETTERS.items() if len(to) == 1}
    found = sa.func.translate(found, "".join(single), "".join(single.values()))
    for letter, to in LETTERS.items():
        if len(to) > 1:
            found = sa.func.replace(found, letter, to)
    return found


def key_contains(
    column: sa.ColumnElement[str], dialect: str, wanted: str
) -> sa.ColumnElement[bool]:
    """Whether the key of a text contains another one; worked out for texts that are not ASCII: of
    all others LIKE says it, and several times as fast.
    """
    pattern = f"%{literally(wanted)}%"
    if dialect == "sqlite":  # whose LIKE takes no notice of the case of ASCII
        like = column.like(pattern, escape="\\")
        octets = sa.func.length(sa.cast(column, sa.LargeBinary))
        key: sa.ColumnElement[str] = sa.func.sort_key(column)
    else:
        like = sa.cast(column, BY_CODE_POINT).ilike(pattern, escape="\\")
        octets = sa.func.octet_length(column)
        key = by_language(column, dialect)
    marked = octets != sa.func.length(column)
    return sa.or_(like, sa.and_(marked, contains(key, dialect, wanted)))


def literally(text: str) -> str:
    """As a part of a pattern of LIKE."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def contains(key: sa.ColumnElement[str], dialect: str, wanted: str) -> sa.ColumnElement[bool]:
    """Whether a key contains another one."""
    place = sa.func.instr if dialect == "sqlite" else sa.func.strpos
    return place(key, wanted) > 0

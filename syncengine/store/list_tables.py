"""The tables of the list index: what lists are searched and sorted by. Everything here is made
from rows and made anew where it is missing, so no backup has it.
"""

from __future__ import annotations

import sqlalchemy as sa

from syncengine.store.columns import ID, Bytes
from syncengine.store.conditions import BY_CODE_POINT

LISTS = sa.MetaData()
GRAMS = "list_grams"  # on SQLite: the full-text index on `list_text.text`
TERMS = "list_terms"  # on SQLite: the grams of that

# One line a kind of row. fields: whose keys are in the index, as `list_index.fields_of` says them.
# version: up to which changes are in it, the same for all. position: of the last operation that is
# in it of the next version; -1: none. place: id of the last row that is in it while it is made;
# empty once it is whole.
list_index = sa.Table(
    "list_index",
    LISTS,
    sa.Column("tag", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("fields", sa.Text, nullable=False),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("place", Bytes),
)

# text: the keys of a row's short texts, as `list_index.joined` puts them together. plain: those of
# its numbers, days and choices, which are sorted by and not searched.
list_text = sa.Table(
    "list_text",
    LISTS,
    sa.Column("place", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column("tag", sa.Integer, nullable=False),
    sa.Column("row_id", ID, nullable=False),
    sa.Column("text", BY_CODE_POINT, nullable=False),
    sa.Column("plain", BY_CODE_POINT, nullable=False, server_default=""),
    sa.Index("list_text_row", "tag", "row_id", unique=True),
)

# A row's place in the list that is sorted by a field. empty: it has no value there, and no key.
list_key = sa.Table(
    "list_key",
    LISTS,
    sa.Column("tag", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("field", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("empty", sa.Boolean, primary_key=True),
    sa.Column("key", BY_CODE_POINT, primary_key=True),
    sa.Column("row_id", ID, primary_key=True),
    sqlite_with_rowid=False,
)

"""The table of what is kept of rows' history from before it begins."""

from __future__ import annotations

import sqlalchemy as sa

from syncengine.store.columns import CORE, ID, Bytes

# One line a row that was changed at or before the clock's `begins` (store/beginning.py). version:
# of its last change until then. imported: the fields that imports had written last, packed.
earlier = sa.Table(
    "earlier",
    CORE,
    sa.Column("tag", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("row_id", ID, primary_key=True),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Column("imported", Bytes, nullable=False),
    sqlite_with_rowid=False,
)

"""The table of files that exports made, until they are kept no longer. Each can be made anew, so no
backup has it.
"""

from __future__ import annotations

import sqlalchemy as sa

from syncengine.store.columns import ID, Bytes

EXPORTS = sa.MetaData()

# file: of each try at an errand its own, so that one that was cut short is never a part of another.
export_piece = sa.Table(
    "export_piece",
    EXPORTS,
    sa.Column("errand", ID, primary_key=True),
    sa.Column("file", ID, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("body", Bytes, nullable=False),
)

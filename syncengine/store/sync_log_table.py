"""The table of syncs that did something."""

from __future__ import annotations

import sqlalchemy as sa

from syncengine.store.columns import CORE, ID, Bytes

# The newest syncs of each seat (store/sync_log.py); those that brought and took nothing are not
# among them. ended: the last message's name, or the code of what went wrong. client, modules: as
# the request's Hello says, modules as [[name, version]...].
sync_log = sa.Table(
    "sync_log",
    CORE,
    sa.Column("id", ID, primary_key=True),
    sa.Column("seat", ID, nullable=False),
    sa.Column("began", sa.BigInteger, nullable=False),
    sa.Column("took", sa.BigInteger, nullable=False),
    sa.Column("changesets", sa.Integer, nullable=False),
    sa.Column("bytes_in", sa.BigInteger, nullable=False),
    sa.Column("bytes_out", sa.BigInteger, nullable=False),
    sa.Column("ended", sa.String(80), nullable=False),
    sa.Column("client", sa.Text, nullable=False),
    sa.Column("modules", Bytes, nullable=False),
    sa.Index("sync_log_seat", "seat", "began"),
)

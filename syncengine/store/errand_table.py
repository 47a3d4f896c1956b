"""The tables of errands, and of files that somebody brought to be imported."""

from __future__ import annotations

import sqlalchemy as sa

from syncengine.store.columns import CORE, ID, Bytes

# Something long that the server does for somebody, off the request (store/errands.py). subject:
# what it is about. parameters, result: MessagePack, known to whoever does this kind. done of total
# (0: not known) in the phase. holder: the process that is at it, last heard of at `beat`. code,
# detail: why it failed.
errand = sa.Table(
    "errand",
    CORE,
    sa.Column("id", ID, primary_key=True),
    sa.Column("kind", sa.String(40), nullable=False),
    sa.Column("subject", ID, nullable=False),
    sa.Column("office_user", ID, nullable=False),
    sa.Column("label", sa.Text, nullable=False),
    sa.Column("state", sa.String(10), nullable=False),  # waiting | running | done | failed
    sa.Column("asked", sa.BigInteger, nullable=False),
    sa.Column("began", sa.BigInteger),
    sa.Column("ended", sa.BigInteger),
    sa.Column("phase", sa.String(40), nullable=False),
    sa.Column("done", sa.BigInteger, nullable=False),
    sa.Column("total", sa.BigInteger, nullable=False),
    sa.Column("holder", ID),
    sa.Column("beat", sa.BigInteger, nullable=False),
    sa.Column("tries", sa.SmallInteger, nullable=False),
    sa.Column("parameters", Bytes, nullable=False),
    sa.Column("result", Bytes, nullable=False),
    sa.Column("code", sa.String(80), nullable=False),
    sa.Column("detail", sa.Text, nullable=False),
    sa.Index("errand_state", "state", "asked"),
    sa.Index("errand_subject", "subject", "asked"),
)

# size: bytes. left: when the file itself went.
brought_file = sa.Table(
    "brought_file",
    CORE,
    sa.Column("id", ID, primary_key=True),
    sa.Column("office_user", ID, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("entity", sa.String(80), nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("brought", sa.BigInteger, nullable=False),
    sa.Column("left", sa.BigInteger),
    sa.Index("brought_file_user", "office_user", "brought"),
    sa.Index("brought_file_when", "brought"),
)

brought_piece = sa.Table(
    "brought_piece",
    CORE,
    sa.Column("file", ID, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("body", Bytes, nullable=False),
)

# How the columns of a file with this head go to an entity's fields: `name` empty for what was used
# last, else saved by somebody. declared: JSON, as server/importer/mapping.py describes it.
known_mapping = sa.Table(
    "known_mapping",
    CORE,
    sa.Column("entity", sa.String(80), primary_key=True),
    sa.Column("head", Bytes(32), primary_key=True),
    sa.Column("name", sa.String(80), primary_key=True),
    sa.Column("office_user", ID, nullable=False),
    sa.Column("changed", sa.BigInteger, nullable=False),
    sa.Column("declared", Bytes, nullable=False),
)

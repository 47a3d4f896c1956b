"""The list index: what lists are searched and sorted by. A job fills it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "core_0020"
down_revision = "core_0019"
branch_labels = None
depends_on = None

_by_code_point = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_AFTER = {
    "INSERT": ("list_text_in", "{into}(rowid, text) VALUES (new.place, new.text);"),
    "DELETE": ("list_text_out", "{gone}"),
    "UPDATE OF text": (
        "list_text_other",
        "{gone} {into}(rowid, text) VALUES (new.place, new.text);",
    ),
}


def upgrade() -> None:
    op.create_table(
        "list_index",
        sa.Column("tag", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("fields", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("place", sa.LargeBinary(), nullable=True),
    )
    op.create_table(
        "list_text",
        sa.Column("place", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True),
        sa.Column("tag", sa.Integer(), nullable=False),
        sa.Column("row_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("text", _by_code_point, nullable=False),
    )
    op.create_index("list_text_row", "list_text", ["tag", "row_id"], unique=True)
    op.create_table(
        "list_key",
        sa.Column("tag", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("field", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("empty", sa.Boolean(), primary_key=True),
        sa.Column("key", _by_code_point, primary_key=True),
        sa.Column("row_id", sa.LargeBinary(length=16), primary_key=True),
        sqlite_with_rowid=False,
    )
    if op.get_bind().dialect.name == "sqlite":
        _sqlite_grams()
    else:
        _postgresql_grams(op.get_bind())


def _sqlite_grams() -> None:
    """A full-text index that triggers keep up. detail=none: which rows have a gram, not where."""
    op.execute(
        "CREATE VIRTUAL TABLE list_grams USING fts5(text, content='list_text',"
        " content_rowid='place', tokenize='trigram case_sensitive 1', detail=none)"
    )
    op.execute("CREATE VIRTUAL TABLE list_terms USING fts5vocab('list_grams', 'row')")
    into = "INSERT INTO list_grams"
    gone = f"{into}(list_grams, rowid, text) VALUES ('delete', old.place, old.text);"
    for event, (name, body) in _AFTER.items():
        statements = body.format(into=into, gone=gone)
        op.execute(f"CREATE TRIGGER {name} AFTER {event} ON list_text BEGIN {statements} END")


def _postgresql_grams(connection: sa.Connection) -> None:
    """With the extension pg_trgm, which the owner of a database may add. Where it is not installed
    or may not be added, searches read all texts: OPERATIONS says how to add it later.
    """
    try:
        with connection.begin_nested():
            connection.execute(sa.text("CREATE EXTENSION IF NOT EXISTS pg_trgm"))
            connection.execute(
                sa.text("CREATE INDEX list_text_grams ON list_text USING gin (text gin_trgm_ops)")
            )
    except sa.exc.DBAPIError:
        pass

"""Opening a database, and its two kinds of transaction: writing under the lock, reading a snapshot.

SQLite and PostgreSQL behave alike: writes of one database are serial, a snapshot stands still.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.pool import ConnectionPoolEntry

from syncengine.store.texts import FUNCTION, sort_key

if TYPE_CHECKING:
    import psycopg

BUSY_TIMEOUT_MS = 30_000
POOL_SIZE = 20
IDLE_SECONDS = 60  # within a transaction; one that holds the clock's lock keeps all others waiting
KEYS_PER_STATEMENT = 1_000  # parameters of one IN list; both databases allow over 30,000


def open_engine(url: str, patience: int | None = None) -> sa.Engine:
    """An engine for `sqlite:///file` or `postgresql+psycopg://...`. patience: how many seconds
    PostgreSQL has to take a connection.
    """
    if sa.make_url(url).get_backend_name() == "sqlite":
        return _open_sqlite(url)
    bounded = {} if patience is None else {"connect_timeout": patience}
    engine = sa.create_engine(
        url, pool_size=POOL_SIZE, max_overflow=0, pool_pre_ping=True, connect_args=bounded
    )
    sa.event.listen(engine, "connect", _prepare_session)
    return engine


def _prepare_session(connection: psycopg.Connection, _entry: ConnectionPoolEntry) -> None:
    """Statements with many keys read by index, also before the tables were ever analyzed. And the
    transaction of a process that stands still is ended: it may hold the clock's lock.

    A generic plan does not hash a list of parameters: a sequential scan then compares each row with
    each key, which made a first import quadratic.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"SET idle_in_transaction_session_timeout = '{IDLE_SECONDS}s'".encode())
        cursor.execute("SET plan_cache_mode = force_custom_plan")
        cursor.execute("SET random_page_cost = 1.1")
    connection.commit()


def _open_sqlite(url: str) -> sa.Engine:
    memory = sa.make_url(url).database in (None, "", ":memory:")
    options: dict[str, Any] = {"poolclass": sa.pool.StaticPool} if memory else {}
    engine = sa.create_engine(url, connect_args={"check_same_thread": False}, **options)

    @sa.event.listens_for(engine, "connect")
    def _connected(connection: sqlite3.Connection, _entry: ConnectionPoolEntry) -> None:
        connection.create_function(FUNCTION, 1, _key_or_null, deterministic=True)
        connection.isolation_level = None  # transactions are begun below, not guessed by the driver
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            f"busy_timeout={BUSY_TIMEOUT_MS}",
            "cache_size=-16000",
            "temp_store=MEMORY",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @sa.event.listens_for(engine, "begin")
    def _begun(connection: sa.Connection) -> None:
        writing_now = connection.get_execution_options().get("writing", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing_now else "BEGIN")

    return engine


def _key_or_null(text: str | None) -> str | None:
    return None if text is None else sort_key(text)


@contextmanager
def writing(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A transaction that may write; rolled back when the block raises.

    On SQLite it holds the write lock from the start; on PostgreSQL (READ COMMITTED) the caller
    takes the clock's row lock as its first statement (syncengine.store.clock.lock).
    """
    with engine.connect().execution_options(writing=True) as connection, connection.begin():
        yield connection


@contextmanager
def discarding(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A transaction like that of `writing`, rolled back at the end whatever happens."""
    with engine.connect().execution_options(writing=True) as connection:
        transaction = connection.begin()
        try:
            yield connection
        finally:
            transaction.rollback()


@contextmanager
def reading(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A read-only snapshot: every statement in the block sees the same state."""
    options: dict[str, Any] = {}
    if engine.dialect.name == "postgresql":
        options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    with engine.connect().execution_options(**options) as connection, connection.begin():
        yield connection


def upsert(
    connection: sa.Connection,
    table: sa.Table,
    rows: list[dict[str, Any]],
    keep: tuple[str, ...] = (),
) -> None:
    """Insert rows or overwrite those with the same primary key, except the columns in `keep`."""
    if rows:
        connection.execute(_overwriting(_insert(connection, table), table, keep), rows)


def upsert_from(
    connection: sa.Connection, table: sa.Table, rows: sa.Select[Any], keep: tuple[str, ...] = ()
) -> None:
    """Likewise what a query finds, that has a condition and the table's columns in their order."""
    insert = _insert(connection, table).from_select([c.name for c in table.c], rows)
    connection.execute(_overwriting(insert, table, keep))


def _insert(connection: sa.Connection, table: sa.Table) -> sqlite.Insert | postgresql.Insert:
    on_sqlite = connection.dialect.name == "sqlite"
    return sqlite.insert(table) if on_sqlite else postgresql.insert(table)


def _overwriting(
    insert: sqlite.Insert | postgresql.Insert, table: sa.Table, keep: tuple[str, ...]
) -> sqlite.Insert | postgresql.Insert:
    keys = [c.name for c in table.primary_key]
    changed = {c.name: insert.excluded[c.name] for c in table.c if c.name not in (*keys, *keep)}
    if not changed:
        return insert.on_conflict_do_nothing(index_elements=keys)
    return insert.on_conflict_do_update(index_elements=keys, set_=changed)


def among(column: sa.ColumnElement[int], numbers: Iterable[int]) -> sa.ColumnElement[bool]:
    """Whether a column has one of these numbers. They are written into the statement, so that they
    may be more than its parameters can.
    """
    listed: sa.BindParameter[int] = sa.bindparam(
        "among", sorted(numbers), expanding=True, literal_execute=True, unique=True
    )
    return column.in_(listed)

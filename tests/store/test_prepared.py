"""What tests start from: a copy of prepared tables is what a migration makes of an empty one."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from syncengine.model.environment import Environment
from syncengine.store.database import open_engine
from syncengine.store.migration import migrate
from tests.support.postgres import empty_database
from tests.support.prepared import prepare
from tests.support.world import SCHEMA

OWN = {"clock", "epoch"}  # of each database, not of its tables


def _told(url: str) -> tuple[object, object]:
    """The tables as the database declares them, and the rows that a migration leaves."""
    engine = open_engine(url)
    migrate(engine, SCHEMA, Environment())
    found = sa.MetaData()
    found.reflect(engine)
    with engine.connect() as connection:
        rows = {
            name: [tuple(row) for row in connection.execute(sa.select(table))]
            for name, table in found.tables.items()
            if name not in OWN
        }
        inspector = sa.inspect(connection)
        shape = {
            name: (
                [(c["name"], str(c["type"]), c["nullable"], c["default"]) for c in columns],
                inspector.get_pk_constraint(name),
                sorted(map(_index, inspector.get_indexes(name))),
                sorted(inspector.get_check_constraints(name), key=str),
                sorted(inspector.get_unique_constraints(name), key=str),
                sorted(inspector.get_foreign_keys(name), key=str),
            )
            for name, columns in ((n, inspector.get_columns(n)) for n in sorted(found.tables))
        }
    engine.dispose()
    return shape, rows


def _index(found: sa.engine.interfaces.ReflectedIndex) -> str:
    options = {key: str(value) for key, value in found.get("dialect_options", {}).items()}
    return str((found["name"], found["column_names"], found["unique"], options))


def test_a_file(tmp_path: Path) -> None:
    """SQLite: twice, for the first one makes what is copied."""
    plain = _told(f"sqlite:///{tmp_path / 'plain.db'}")
    for name in ("one.db", "two.db"):
        url = f"sqlite:///{tmp_path / name}"
        prepare(url, SCHEMA)
        assert _told(url) == plain


def test_a_database(postgres_url: str) -> None:
    """PostgreSQL: the same."""
    with empty_database(postgres_url, "plain") as url:
        plain = _told(url)
    for name in ("one", "two"):
        with empty_database(postgres_url, name) as url:
            prepare(url, SCHEMA)
            assert _told(url) == plain


def test_what_is_there_stays(postgres_url: str, tmp_path: Path) -> None:
    """Both kinds."""
    with empty_database(postgres_url, "there") as postgres:
        for url in (postgres, f"sqlite:///{tmp_path / 'there.db'}"):
            engine = open_engine(url)
            migrate(engine, SCHEMA, Environment())
            with engine.connect() as connection:
                epoch = connection.scalar(sa.text("SELECT id FROM epoch"))
            engine.dispose()
            prepare(url, SCHEMA)
            with engine.connect() as connection:
                assert connection.scalar(sa.text("SELECT id FROM epoch")) == epoch
            engine.dispose()

"""Where the demo keeps its files and its data, so that running it again harms nothing."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from server.problem import Problem

SCHEMA = "syncengine_demo"  # in PostgreSQL: the demo's own, made anew by each run


@contextmanager
def folder(directory: Path | None) -> Iterator[Path]:
    """An empty folder: the given one, or a temporary one that goes away."""
    if directory is None:
        made = Path(tempfile.mkdtemp(prefix="syncengine-demo-"))
        try:
            yield made
        finally:
            shutil.rmtree(made, ignore_errors=True)
        return
    if directory.exists() and any(directory.iterdir()):
        raise Problem("demo.directory_used", f"{directory} is not empty: name a new folder.")
    directory.mkdir(parents=True, exist_ok=True)
    yield directory


def database(url: str | None, directory: Path) -> str:
    """The address of an empty database: a file of the demo's, or a schema of its own."""
    if url is None:
        return f"sqlite:///{directory / 'server.db'}"
    try:
        parsed = sa.make_url(url)
    except sa.exc.ArgumentError:
        raise Problem("database.invalid", f"{url} is no database address.") from None
    if parsed.get_backend_name() == "sqlite":
        if parsed.database and Path(parsed.database).exists():
            raise Problem("demo.database_used", f"{parsed.database} exists: name a new file.")
        return url
    return _own_schema(parsed)


def _own_schema(url: sa.URL) -> str:
    engine = sa.create_engine(url)
    try:
        with engine.begin() as connection:
            connection.execute(sa.text(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE"))
            connection.execute(sa.text(f"CREATE SCHEMA {SCHEMA}"))
    except sa.exc.OperationalError as error:
        reason = str(error.orig).strip().partition("\n")[0]
        raise Problem("database.unreachable", f"The database cannot be used: {reason}.") from None
    finally:
        engine.dispose()
    own = url.update_query_dict({"options": f"-csearch_path={SCHEMA}"})
    return own.render_as_string(hide_password=False)

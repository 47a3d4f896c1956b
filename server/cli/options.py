"""Options that several commands take, and what they all start with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from server.settings import Settings
    from syncengine.store.store import Store

Database = Annotated[
    str | None,
    typer.Option(
        help="Database address, e.g. sqlite:///file.db or postgresql+psycopg://...",
        show_default=False,
    ),
]
Config = Annotated[
    Path | None,
    typer.Option(
        help="Settings file (TOML). Default: syncengine.toml, if there.", show_default=False
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")]


def settings_of(config: Path | None, **options: object) -> Settings:
    """The settings in force, and logs that stay quiet unless something is wrong."""
    from server.settings import load_settings

    return load_settings(config, None, **options)


@contextmanager
def opened(database: str | None, config: Path | None) -> Iterator[Store]:
    """The store that a command works on; it must be there and migrated."""
    from server.compose import open_store
    from server.logs import configure_logs

    settings = settings_of(config, database=database)
    configure_logs(settings, quiet=True)
    with open_store(settings) as store:
        yield store

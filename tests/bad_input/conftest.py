"""One server process for each kind of database: what is refused leaves nothing behind."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.processes import serving
from server.compose import open_store
from server.settings import load_settings
from tests.bad_input.scene import Scene
from tests.server.conftest import fill
from tests.server.wire import WORLD, Client
from tests.support.postgres import empty_database


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def database(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """An empty database of each kind (invariant 24)."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path_factory.mktemp('bad') / 'server.db'}"
        return
    with empty_database(request.getfixturevalue("postgres_url"), "bad_input") as url:
        yield url


@pytest.fixture(scope="session")
def scene(database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """The server, after it has answered everything once: what is allocated for good is there."""
    log: Path = tmp_path_factory.mktemp("log") / "server.log"
    with pytest.MonkeyPatch.context() as process:
        process.setenv("SYNCENGINE_BLOB_FOLDER", str(log.with_name("blobs")))
        yield from _scene(database, log)


def _scene(database: str, log: Path) -> Iterator[Scene]:
    with open_store(load_settings(None, {}, database=database), WORLD, migrated=True) as store:
        people, customers = fill(store)
        with serving(database, log) as (url, pid), Client(url) as client:
            made = Scene(store, client, pid, log, people, customers)
            for size in (100, 2**20, 2**22):
                made.device.send(bytes(size))
            yield made

"""A real server on a loopback port, with two people and their customers."""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from server.compose import load_schema, open_store
from server.logs import configure_logs
from server.serving import Server, listen, make_server, url_of
from server.settings import Settings, load_settings
from syncengine.model.access import Source
from syncengine.model.changeset import Operation
from syncengine.model.entity import Action
from syncengine.model.environment import Environment
from syncengine.store.author import Author
from syncengine.store.store import Store
from tests.server.cli import Cli, make_cli
from tests.server.processes import Serve, processes
from tests.server.wire import SCHEMA, WORLD, Client, Device, enrol
from tests.support.prepared import prepare
from tests.support.world import INSTALLED, World

HOUR = 3_600_000_000
IMPORT = Author(Source.IMPORT, None, "test")
CUSTOMER, EMPLOYEE, NOTE = (SCHEMA.tags[n] for n in ("customer", "employee", "note"))


@dataclass
class Served:
    """A running server and what a test needs to know of it."""

    store: Store
    server: Server
    client: Client
    log: io.StringIO
    people: dict[str, bytes]
    customers: dict[str, bytes]

    def device(self, number: str) -> Device:
        """A newly enrolled device of this employee."""
        return enrol(self.client, self.store.seats.create_code(self.people[number], HOUR))


def fill(store: Store) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """Two employees with three customers each: ids by number."""
    people = {number: WORLD.new_id() for number in ("279", "276")}
    customers = {f"{number}{i}": WORLD.new_id() for number in people for i in range(3)}
    insert = Action.INSERT
    operations = [
        Operation(insert, EMPLOYEE, row, {1: number, 7: True}) for number, row in people.items()
    ]
    operations += [
        Operation(insert, CUSTOMER, row, {1: n, 2: f"Shop {n}", 3: people[n[:3]], 19: True})
        for n, row in customers.items()
    ]
    store.write(IMPORT, operations)
    return people, customers


@contextmanager
def running(settings: Settings, environment: Environment) -> Iterator[Served]:
    """A server for the settings' database, in a thread, on a free port."""
    log = io.StringIO()
    configure_logs(settings, log)
    prepare(settings.database, load_schema(settings))
    with open_store(settings, environment, migrated=True) as store:
        people, customers = fill(store)
        listener = listen(settings)
        server = make_server(store, settings)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        while not server.started and thread.is_alive():
            time.sleep(0.005)
        with Client(url_of(listener)) as client:
            yield Served(store, server, client, log, people, customers)
        server.should_exit = True
        thread.join()


Start = Callable[..., Served]


@pytest.fixture
def start(database_url: str) -> Iterator[Start]:
    """Start a server on each of the databases; settings by name, and a world if it matters."""
    stack = []

    def _start(environment: Environment = WORLD, **options: object) -> Served:
        settings = load_settings(
            None, {}, **{"database": database_url, "port": 0, "graceful_seconds": 5, **options}
        )
        context = running(settings, environment)
        stack.append(context)
        return context.__enter__()

    yield _start
    for context in reversed(stack):
        context.__exit__(None, None, None)


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    """The database that the processes of `serve` are on."""
    settings = load_settings(None, {}, database=database_url)
    prepare(database_url, INSTALLED)
    with open_store(settings, migrated=True) as store:
        yield store


@pytest.fixture
def serve(database_url: str) -> Iterator[Serve]:
    """Start processes on each of the databases."""
    with processes(database_url) as started:
        yield started


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One server for a file of tests that must not change anything in it."""
    file: Path = tmp_path_factory.mktemp("shared") / "server.db"
    settings = load_settings(None, {}, database=f"sqlite:///{file}", port=0, graceful_seconds=5)
    with running(settings, WORLD) as served:
        yield served


@pytest.fixture
def unchanged(shared: Served) -> Iterator[Served]:
    """The shared server; afterwards nothing was written, and nothing unexpected was logged."""
    before = shared.store.status()
    yield shared
    assert shared.store.status() == before
    assert "internal_error" not in shared.log.getvalue()
    assert "Traceback" not in shared.log.getvalue()


@pytest.fixture
def world(database_url: str, tmp_path: Path) -> Iterator[World]:
    """`boss` leads `a` and `b`, `a` leads `c`."""
    made = World(database_url, tmp_path, schema=INSTALLED)
    made.people["c"] = made.insert("employee", number="c", active=True, manager=made.people["a"])
    yield made
    made.close()


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    """Run a command in this process."""
    return make_cli(monkeypatch, capsys)

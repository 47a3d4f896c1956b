"""An office with the API, and another system that uses it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
from starlette.testclient import TestClient

from server.accounts.api_tokens import ApiTokens
from server.api.routes import api_routes
from server.http.app import create_app
from server.settings import load_settings
from syncengine.store.scope import Scope
from tests.accounts.office import Office

ROOT = "/api/v1"
WRITES = Scope(read_only=False)


@dataclass
class System:
    """Another system with a token; paths are below ROOT."""

    http: httpx2.Client
    token: str

    def ask(self, method: str, path: str, **more: Any) -> httpx2.Response:
        """A request. headers: beside the token."""
        headers = {"authorization": f"Bearer {self.token}", **more.pop("headers", {})}
        return self.http.request(method, ROOT + path, headers=headers, **more)

    def get(self, path: str, **parameters: object) -> httpx2.Response:
        """A read; in the names of parameters, `__` is a dot."""
        said = {name.replace("__", "."): value for name, value in parameters.items()}
        return self.ask("GET", path, params=said)

    def rows(self, path: str, **parameters: object) -> Any:
        """What a read gives that succeeds."""
        answer = self.get(path, **parameters)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def write(self, *operations: object, key: str | None = None) -> httpx2.Response:
        """A changeset."""
        headers = {"idempotency-key": key} if key else {}
        return self.ask("POST", "/changesets", json={"operations": operations}, headers=headers)

    def put(
        self, entity: str, by: str, key: str | None = None, version: int | None = None,
        **values: object,
    ) -> httpx2.Response:  # fmt: skip
        """The row with that key has these values afterwards."""
        body = {"values": values} | ({"version": version} if version is not None else {})
        headers = {"idempotency-key": key} if key else {}
        return self.ask("PUT", f"/rows/{entity}/key/{by}", json=body, headers=headers)


class Desk:
    """An office; `boss` leads `a` and `b`, `a` leads `c`."""

    def __init__(self, office: Office, **options: object) -> None:
        self.office, self.world, self.store = office, office.world, office.store
        settings = load_settings(None, {}, database=office.world.url, **options)
        self.app = create_app(office.store, settings, api_routes)
        self.tokens = ApiTokens(office.store)
        self.made = 0

    def system(self, limit: str | None = None, scope: Scope = WRITES, **rights: str) -> System:
        """A system whose user has these rights; without any, all that there are."""
        self.made += 1
        user = self.office.user(f"system{self.made}", limit=limit)
        self.office.role(user, administers=not rights, **rights)
        return System(TestClient(self.app), self.tokens.make(None, user, "ERP", scope, 30))


@pytest.fixture
def desk(database_url: str, tmp_path: Path) -> Iterator[Desk]:
    """Invariant 24: on SQLite and on PostgreSQL."""
    office = Office(database_url, tmp_path)
    yield Desk(office)
    office.world.close()


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Desk]:
    """On SQLite alone: for what no database has a part in."""
    office = Office(f"sqlite:///{tmp_path / 'server.db'}", tmp_path)
    yield Desk(office)
    office.world.close()

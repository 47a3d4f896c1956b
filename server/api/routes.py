"""Which address leads to which call."""

from __future__ import annotations

import re
from collections.abc import Mapping

from starlette.routing import BaseRoute, Route

from server.accounts.api_tokens import ApiTokens
from server.api import describing, reading, writing
from server.api.gate import Call, Gate
from server.api.rate import Rate
from server.http.process import Process

ROOT = "/api/v1"
CALLS: dict[str, dict[str, Call]] = {
    "/openapi.json": {"GET": describing.openapi},
    "/schema": {"GET": describing.schema},
    "/changes": {"GET": reading.changes},
    "/changesets": {"POST": writing.changesets},
    "/rows/{entity}": {"GET": reading.rows},
    "/rows/{entity}/key/{key:path}": {"GET": reading.keyed, "PUT": writing.put},
    "/rows/{entity}/{id}": {"GET": reading.row},
    "/rows/{entity}/{id}/history": {"GET": reading.history},
}


class _Whole(Route):
    """A route whose parts may hold line breaks, too: Starlette's would not be found then."""

    def __init__(self, path: str, gate: Gate) -> None:
        super().__init__(path, gate)
        self.path_regex = re.compile(self.path_regex.pattern, re.DOTALL)


def api_routes(process: Process) -> list[BaseRoute]:
    """The API's; none where no module declares office users, whose rights tokens carry."""
    store, settings = process.store, process.settings
    if store.schema.accounts is None:
        return []
    tokens = ApiTokens(store)
    rate = Rate(settings.api_per_minute, store.environment.now)

    def route(path: str, calls: Mapping[str, Call]) -> Route:
        gate = Gate(store, process.workers, tokens, rate, calls, settings.stall_seconds)
        return _Whole(ROOT + path, gate)

    return [*(route(path, calls) for path, calls in CALLS.items()), route("/{rest:path}", {})]

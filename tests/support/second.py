"""The client that was written from docs/PROTOCOL.md alone, at a world's server."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tests.naive.client import Client
from tests.support.world import DAY, World


def second_client(world: World, person: str, made_for: Mapping[str, int] | None = None) -> Client:
    """Enrolled. made_for: the versions of modules that it speaks; others: any."""
    transport = world.transport(None)

    def post(path: str, headers: dict[str, str], body: bytes) -> tuple[int, Iterator[bytes]]:
        with transport.post(path, headers, body) as response:
            return response.status, iter(list(response.pieces))

    client = Client(post)
    client.store.made_for = dict(made_for or {})
    client.enrol(world.store.seats.create_code(world.people[person], DAY))
    return client

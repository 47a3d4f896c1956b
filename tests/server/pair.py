"""One person with two devices at the real server: the SDK's and the naive one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from device_sdk import Device
from tests.naive.client import Client
from tests.server.wire import Client as Http


@dataclass
class Wire:
    """The naive client's network, which may break after some bytes of the next answer."""

    http: Http
    cut_after: int | None = None

    def post(self, path: str, headers: dict[str, str], body: bytes) -> tuple[int, Iterator[bytes]]:
        """One request."""
        response = self.http.http.post(path, content=body, headers=headers)
        pieces = response.content
        if path.endswith("/sync") and response.status_code == 200:
            pieces, self.cut_after = pieces[: self.cut_after], None
        return response.status_code, iter([pieces[i : i + 999] for i in range(0, len(pieces), 999)])


@dataclass
class Both:
    """One person with two devices: the SDK's and the naive one."""

    name: str
    sdk: Device
    naive: Client
    wire: Wire
    codes: set[str] = field(default_factory=set)

    def sync(self) -> None:
        """The naive one first, then the SDK's; twice, so that each has what the other one did."""
        for _ in range(2):
            self.naive.sync()
            self.sdk.sync()
        for entry in self.naive.store.outbox.values():
            if entry["verdict"]:
                self.codes |= {o["code"] for o in entry["verdict"]["objections"]}

    def compare(self) -> dict[str, int]:
        """That both show the same rows, values and grants; how many of each entity."""
        counts = {}
        for entity in (e["name"] for e in self.naive.store.entities.values()):
            columns = ",".join(f'"{c}"' for c in ["id", *self.naive.store.columns(entity)])
            wanted = {
                row[0]: list(row[1:]) for row in self.sdk.query(f"SELECT {columns} FROM {entity}")
            }
            assert self.naive.store.shown(entity) == wanted, (self.name, entity)
            counts[entity] = len(wanted)
        held = sorted((g["kind"], g["key"], g["reason"]) for g in self.naive.store.grants)
        assert held == sorted((kind, key.bytes, why) for kind, key, why in self.sdk.grants())
        return counts

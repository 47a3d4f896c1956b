"""What a server process works with, as pages beside the paths for devices get it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from starlette.routing import BaseRoute

from server.blobs import Attachments
from server.errands import Runner
from server.http.workers import Workers
from server.jobs import Jobs
from server.settings import Settings
from syncengine.store.store import Store


class Streams(Protocol):
    """Answers that go on until somebody ends them; on the event loop only."""

    def signal(self) -> None:
        """Something was committed, or may have been."""

    def close(self) -> None:
        """End all of them, now and from now on."""


@dataclass(frozen=True)
class Process:
    """One server process. streams: all of its own; pages append theirs."""

    store: Store
    settings: Settings
    workers: Workers
    jobs: Jobs
    errands: Runner
    attachments: Attachments
    streams: list[Streams]


Pages = Callable[[Process], Sequence[BaseRoute]]

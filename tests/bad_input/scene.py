"""A real server process, what may be known of it, and what a bad request may do to it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa

from benchmarks.processes import forget_peak, peak_megabytes, resident_megabytes
from syncengine.protocol.enrolment import MEDIA_TYPE
from syncengine.protocol.messages import Failure, Unchanged, Verdicts, WireVerdict
from syncengine.store.store import Store
from tests.server.conftest import HOUR
from tests.server.wire import Answer, Client, Device, enrol

MEMORY_MB = 1.0  # by which a refused request may make the process grow; more is said in the case
NOISE_MB = 1.0  # of the allocator and the interpreter, whatever is asked
NOTHING: frozenset[str] = frozenset()
# A refused changeset is kept, readable, with its verdict, and keeps its place in the sequence; the
# answer brings what the device lacks, and that is noted.
KEEPING = frozenset({"verdict", "incarnation", "told"})


@dataclass
class Scene:
    """The server, people and customers in it, and one enrolled device that holds its slice."""

    store: Store
    client: Client
    pid: int
    log: Path
    people: dict[str, bytes]
    customers: dict[str, bytes]
    device: Device = field(init=False)

    def __post_init__(self) -> None:
        self.tables = sa.MetaData()
        self.tables.reflect(self.store.engine)
        self.device = self.synced("279")

    def enrolled(self, number: str) -> Device:
        """A new device of this employee."""
        return enrol(self.client, self.store.seats.create_code(self.people[number], HOUR))

    def synced(self, number: str) -> Device:
        """A new device that holds its slice and has proved it."""
        device = self.enrolled(number)
        device.sync()
        device.sync()
        return device

    def raw(self, *lines: str, body: bytes = b"", end: bool = False) -> Answer | None:
        """The answer to a request written by hand; None when the connection was cut instead."""
        always = (
            "POST /v2/sync HTTP/1.1", "Host: x", f"Content-Type: {MEDIA_TYPE}",
            f"Authorization: Bearer {self.device.token}",
        )  # fmt: skip
        head = "".join(f"{line}\r\n" for line in (*always, *lines, "")).encode()
        return answered(self.client.raw(head + body, end))

    def state(self) -> dict[str, str]:
        """A digest of the rows of every table, but for the instant that a job lets pass, and what
        jobs keep up behind the commits: the log of syncs and the index of lists.
        """
        with self.store.engine.connect() as connection:
            return {
                name: hashlib.sha256(
                    repr(sorted(map(repr, connection.execute(columns(table))))).encode()
                ).hexdigest()
                for name, table in self.tables.tables.items()
                if name != "sync_log" and not name.startswith("list_")
            }

    def settle(self) -> None:
        """Let the device hold and prove the newest checkpoint: a greeting that proves one is noted
        even when what comes behind it is refused.
        """
        while not isinstance(self.device.sync().messages[-1], Unchanged):
            pass

    def changed(self, before: Mapping[str, str]) -> set[str]:
        """The tables that differ from a state of before."""
        return {name for name, digest in self.state().items() if before[name] != digest}

    def logged(self) -> list[dict[str, Any]]:
        """What the server has logged so far."""
        return [json.loads(line) for line in self.log.read_text().splitlines()]


Ask = Callable[[Scene], Answer | None]


@dataclass(frozen=True)
class Case:
    """One bad request and what is stated of it.

    data: what the Failure has to name. grows: megabytes that the server's memory may grow by.
    audited: it is logged as audit.<code>. changes: tables that may change by design. cut: the
    connection may end before the answer is read, as the client goes on sending.
    """

    what: str
    status: int
    code: str
    ask: Ask
    data: Mapping[str, str] = field(default_factory=dict)
    grows: float = MEMORY_MB
    audited: bool = False
    changes: Collection[str] = NOTHING
    cut: bool = False


def columns(rows: sa.Table) -> sa.Select[Any]:
    """What requests change of a table: a job moves the clock's `at` on, to the minute."""
    passing = rows.name == "clock"
    return sa.select(*(c for c in rows.c if not (passing and c.name == "at")))


def table(*cases: Case) -> Callable[..., Any]:
    """Run a test with each of the cases."""
    return pytest.mark.parametrize("case", cases, ids=[case.what for case in cases])


def judge(scene: Scene, case: Case) -> Answer | None:
    """Ask, and hold the answer and what is left behind against what is stated."""
    scene.settle()
    before, lines = scene.state(), len(scene.logged())
    forget_peak(scene.pid)
    size = resident_megabytes(scene.pid)
    answer = case.ask(scene)
    growth = peak_megabytes(scene.pid) - size
    changed, logged = scene.changed(before), scene.logged()[lines:]
    if answer is None:
        assert case.cut
    else:
        _judge_failure(answer, case)
    assert changed <= set(case.changes), changed
    assert growth < case.grows + NOISE_MB, f"{growth:.1f} MB"
    events = {line["event"] for line in logged}
    assert "internal_error" not in events
    assert (f"audit.{case.code}" in events) == case.audited
    return answer


def _judge_failure(answer: Answer, case: Case) -> None:
    failure = answer.failure
    assert (answer.status, failure.code) == (case.status, case.code)
    assert len(failure.detail.split()) >= 3, "no sentence"
    assert b"Traceback" not in answer.raw
    assert b'File "' not in answer.raw
    assert dict(failure.data).items() >= dict(case.data).items()


def verdict(answer: Answer) -> WireVerdict:
    """The last verdict of an answer."""
    (found,) = [m for m in answer.messages if isinstance(m, Verdicts)]
    return found.verdicts[-1]


def answered(raw: bytes) -> Answer | None:
    """The last of the responses on a connection, when it is a refusal."""
    top, _, body = raw.rpartition(b"HTTP/1.1 ")[2].partition(b"\r\n\r\n")
    if not top:
        return None
    return Answer(int(top[:3]), [msgspec.msgpack.decode(body, type=Failure)], raw, {})

"""The conformance suite: our server keeps to the document, and a server that does not is found."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from server.http.body import Headers
from server.settings import load_settings
from syncengine.protocol.messages import Checkpoint
from syncengine.store import ending, judge, visit
from tests.server.cli import Cli, Result
from tests.server.conftest import HOUR, Served, Start, running
from tests.server.wire import WORLD


def asked(cli: Cli, served: Served) -> Result:
    """The suite against a running server."""
    codes = [served.store.seats.create_code(served.people[n], HOUR) for n in ("279", "276")]
    pair = [word for code in codes for word in ("--code", code)]
    return cli("conformance", served.client.url, *pair, "--json")


def failed(result: Result) -> set[str]:
    """The titles of what failed."""
    assert result.status == 1
    return {c["title"] for c in result.data["checks"] if c["outcome"] == "failed"}


def test_our_server_keeps_to_the_document(start: Start, cli: Cli) -> None:
    result = asked(cli, start())
    wrong = [c for c in result.data["checks"] if c["outcome"] != "passed"]
    assert not wrong
    assert result.status == 0
    assert result.data["passed"] > 25


def lies_about_sums(patch: pytest.MonkeyPatch) -> None:
    right = ending.checkpoint

    def wrong(*arguments: Any) -> Checkpoint:
        made: Checkpoint = right(*arguments)
        return msgspec.structs.replace(made, sum=made.sum ^ 1)

    patch.setattr("syncengine.store.pull.checkpoint", wrong)


def takes_any_media_type(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Headers, "check", lambda *_: None)


def takes_any_cursor(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(visit, "check_cursors", lambda cursors, _: {c.bucket: c for c in cursors})


def takes_any_row_id(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(judge, "is_bound", lambda *_: True)


@pytest.mark.parametrize(
    ("defect", "title"),
    [
        (lies_about_sums, "a slice from the start adds up to its checkpoint"),
        (takes_any_media_type, "another media type is refused with 415"),
        (takes_any_cursor, "cursors from the future are refused with 409"),
        (
            takes_any_row_id,
            "unknown entities, foreign row ids and rows not held make a rejected verdict",
        ),
    ],
)
def test_a_server_that_does_not_is_found(
    tmp_path: Path,
    cli: Cli,
    monkeypatch: pytest.MonkeyPatch,
    defect: Callable[[pytest.MonkeyPatch], None],
    title: str,
) -> None:
    defect(monkeypatch)
    settings = load_settings(None, {}, database=f"sqlite:///{tmp_path / 'server.db'}", port=0)
    with running(settings, WORLD) as served:
        assert title in failed(asked(cli, served))


def test_codes_that_are_not_good_are_said_at_once(shared: Served, cli: Cli) -> None:
    url = shared.client.url
    result = cli("conformance", url, "--code", "A", "--code", "B")
    assert result.status == 1
    assert "auth.enrolment_refused" in result.err
    assert cli("conformance", url, "--code", "A").status == 2

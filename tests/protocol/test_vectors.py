"""tests/vectors, passed by this project's code and by the client written from the document."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgpack
import pytest

from syncengine.model.errors import SyncError
from tests.naive.codec import Wrong
from tests.protocol.fingerprints import FOLDER
from tests.protocol.script import Script
from tests.protocol.subjects import Naive, Ours, Subject
from tests.protocol.vectors.every import text, vectors

Case = dict[str, Any]


def read(value: Any) -> Any:
    """A value of a vector: {"hex": ...} is bytes."""
    if isinstance(value, dict):
        if value.keys() == {"hex"}:
            return bytes.fromhex(value["hex"])
        return {name: read(element) for name, element in value.items()}
    return [read(element) for element in value] if isinstance(value, list) else value


def cases(name: str) -> pytest.MarkDecorator:
    """The cases of a file, as parameters; `hex` is bytes."""
    found = json.loads((FOLDER / name).read_text(encoding="utf-8"))["cases"]
    for case in found:
        if "hex" in case:
            case["hex"] = bytes.fromhex(case["hex"])
    return pytest.mark.parametrize("case", [pytest.param(c, id=c["name"]) for c in found])


@pytest.fixture(params=[Ours(), Naive()], ids=["ours", "naive"])
def subject(request: pytest.FixtureRequest) -> Subject:
    found: Subject = request.param
    return found


def refuses(case: Case, call: Any, *arguments: Any) -> bool:
    """Whether the case is one that is refused, and the call does so with its code."""
    if "error" not in case:
        return False
    with pytest.raises((SyncError, Wrong)) as caught:
        call(*arguments)
    assert isinstance(caught.value, SyncError | Wrong)
    assert caught.value.code == case["error"]
    return True


@pytest.mark.parametrize("name", sorted(vectors()))
def test_the_files_are_what_their_makers_give(name: str) -> None:
    """Else: `python -m tests.protocol.vectors`, and state the new fingerprint in the document."""
    assert (FOLDER / name).read_text(encoding="utf-8") == text(vectors()[name])


@cases("frames.json")
def test_frames(subject: Subject, case: Case) -> None:
    if not refuses(case, subject.frames, case["hex"]):
        messages, cut = subject.frames(case["hex"])
        assert cut == case.get("cut", False)
        assert "messages" not in case or messages == read(case["messages"])


@cases("messages.json")
def test_messages(subject: Subject, case: Case) -> None:
    if not refuses(case, subject.read, case["of"], case["hex"]):
        assert subject.read(case["of"], case["hex"]) == (case["message"], case["means"])
        if case.get("shortest", True):
            assert subject.rewrite(case["of"], case["hex"]) == case["hex"]


@cases("order.json")
def test_order(subject: Subject, case: Case) -> None:
    if not refuses(case, subject.order, case["of"], case["names"]):
        assert subject.order(case["of"], case["names"]) == case["state"]


@cases("signatures.json")
def test_signatures(subject: Subject, case: Case) -> None:
    assert subject.signed(case["of"], read(case) | {"hex": case["hex"]}) == case["valid"]


@cases("changesets.json")
def test_changesets(subject: Subject, case: Case) -> None:
    if not refuses(case, subject.changeset, case["hex"]):
        assert subject.changeset(case["hex"]) == case["means"]


@cases("ids.json")
def test_ids(subject: Subject, case: Case) -> None:
    given = read(case)
    if "is_id" in given:
        assert subject.is_id(case["hex"]) == given["is_id"]
    else:
        made = subject.new_id(given["now"], given["random"], given.get("incarnation"))
        assert made == case["hex"]
        assert subject.is_id(made) or "incarnation" in given


@cases("values.json")
def test_values(subject: Subject, case: Case) -> None:
    value = msgpack.unpackb(case["hex"], raw=False)
    arguments = (case["type"], case["arguments"], value)
    if not refuses(case, subject.shows, *arguments):
        assert subject.shows(*arguments) == case["shows"]


@cases("sums.json")
def test_sums(subject: Subject, case: Case) -> None:
    rows = read(case["rows"])
    hashes = [subject.row_hash(r["tag"], r["id"], r["version"]) for r in rows]
    assert hashes == [r["hash"] for r in rows]
    assert (len(rows), sum(hashes) % 2**63) == (case["count"], case["sum"])
    for row in rows:
        assert [[b, subject.range_of(row["id"], b)] for b, _ in row["ranges"]] == row["ranges"]


@cases("schemas.json")
def test_schemas(subject: Subject, case: Case) -> None:
    if not refuses(case, subject.schema, case["hex"]):
        assert subject.schema(case["hex"]) == (case["modules"], case["tables"])


@cases("records.json")
def test_records(subject: Subject, case: Case) -> None:
    assert subject.record(case["tag"], case["hex"]) == case["values"]


@cases("walks.json")
def test_walks(subject: Subject, case: Case, tmp_path: Path) -> None:
    script = Script()
    with subject.walker(script, tmp_path / "store") as walker:
        for step in case["steps"]:
            if step["edit"]:
                walker.edit(**read(step["edit"]))
            script.requests = list(step["requests"])
            assert walker.sync() == step["error"]
            assert script.requests == [], "asked less often than it should"
            for entity, rows in step["shown"].items():
                assert walker.shown(entity) == read(rows)

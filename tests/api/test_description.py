"""The description is true: real answers fit it, and what it calls wrong is refused, not failed."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from tests.accounts.office import Office
from tests.api.conftest import Desk, System
from tests.api.shapes import JUNK, faults, values

Document = dict[str, Any]
METHODS = ("get", "put", "post")


@dataclass
class Stage:
    """A system on a database with some rows, and the description as it got it."""

    system: System
    document: Document
    ids: dict[str, list[str]]

    @property
    def calls(self) -> list[tuple[str, str]]:
        """(method, path) of all that there are."""
        paths = self.document["paths"].items()
        return [(method, path) for path, methods in paths for method in methods]


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    folder = tmp_path_factory.mktemp("api")
    office = Office(f"sqlite:///{folder / 'server.db'}", folder)
    system = Desk(office, api_per_minute=1_000_000).system()
    system.put("market", "M", name="South")
    for key in "12":
        system.put("customer", key, name="Shop", active=True, market={"key": "M"},
                   owner={"key": "a"}, annual_sales="12.50")  # fmt: skip
    document = system.rows("/openapi.json")
    names = [e["name"] for e in system.rows("/schema")["entities"]]
    ids = {n: [row["id"] for row in system.rows(f"/rows/{n}")["rows"]] for n in names}
    yield Stage(system, document, ids)
    office.world.close()


def _drawn(data: st.DataObject, stage: Stage, method: str, path: str, wrong: bool) -> Any:
    """A request of this call, as the description has it; its answer. wrong: with one thing that may
    not fit.
    """
    call, document = stage.document["paths"][path][method], stage.document
    spoilt = data.draw(st.sampled_from(["body", *_names(call)])) if wrong else None
    query, headers = {}, {}
    for one in call.get("parameters", ()):
        shape = one["schema"]
        if one["in"] != "path" and one["name"] != spoilt and data.draw(st.integers(0, 3)):
            continue
        fitting = values(document, shape).map(str)
        drawn = data.draw(st.text(max_size=8) if one["name"] == spoilt else fitting)
        if one["in"] == "path":
            there = stage.ids.get(path.split("/")[2])
            if one["name"] == "id" and there and one["name"] != spoilt and data.draw(st.booleans()):
                drawn = data.draw(st.sampled_from(there))
            path = path.replace(f"{{{one['name']}}}", quote(drawn, safe="", errors="replace"))
        elif one["in"] == "query":
            query[one["name"]] = drawn.encode("utf-8", "replace").decode()
        else:
            headers[one["name"]] = re.sub(r"[^\x20-\x7e]", "x", drawn)
    body = None
    if "requestBody" in call:
        shape = call["requestBody"]["content"]["application/json"]["schema"]
        body = data.draw(values(document, shape))
        if spoilt == "body":
            body = _spoil(body, data.draw(st.randoms(use_true_random=False)), data.draw(JUNK))
    sent: dict[str, Any] = {} if body is None else {"content": json.dumps(body)}
    kind = {"content-type": "application/json"} if body is not None else {}
    return stage.system.ask(
        method.upper(), path, params=query, headers={**kind, **headers}, **sent
    )  # fmt: skip


def _names(call: dict[str, Any]) -> list[str]:
    return [one["name"] for one in call.get("parameters", ())]


def _spoil(body: Any, chance: random.Random, junk: Any) -> Any:
    """The body with something else at one place."""
    if isinstance(body, dict) and body and chance.random() < 0.8:
        name = chance.choice(sorted(body))
        return {**body, name: _spoil(body[name], chance, junk)}
    if isinstance(body, list) and body and chance.random() < 0.8:
        return [_spoil(body[0], chance, junk), *body[1:]]
    return junk


def _check(stage: Stage, method: str, path: str, answer: Any) -> None:
    """The status is described, and the body fits what is described for it."""
    call = stage.document["paths"][path][method]
    described = call["responses"].get(str(answer.status_code))
    assert described is not None, (answer.status_code, answer.text)
    if "$ref" in described:
        described = stage.document["components"]["responses"][str(answer.status_code)]
    kind = answer.headers["content-type"]
    assert kind in described["content"], (kind, answer.text)
    shape = described["content"][kind]["schema"]
    wrong = faults(stage.document, shape, answer.json())
    assert not wrong, (wrong, answer.text)


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_answers_are_as_described(stage: Stage, data: st.DataObject) -> None:
    """Issue: no violation. Requests that fit the description, of every call."""
    method, path = data.draw(st.sampled_from(stage.calls))
    answer = _drawn(data, stage, method, path, wrong=False)
    _check(stage, method, path, answer)
    assert answer.status_code not in (401, 405, 413, 415, 429, 503), answer.text


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_what_does_not_fit_is_refused_as_described(stage: Stage, data: st.DataObject) -> None:
    method, path = data.draw(st.sampled_from(stage.calls))
    answer = _drawn(data, stage, method, path, wrong=True)
    if answer.status_code == 404 and answer.json()["detail"].endswith("at this address."):
        return  # a path that is none of ours any more
    _check(stage, method, path, answer)


def test_examples_fit_what_they_are_examples_of(stage: Stage) -> None:
    for name, shape in stage.document["components"]["schemas"].items():
        if "example" in shape:
            assert faults(stage.document, shape, shape["example"]) == [], name


def test_every_call_and_reference_is_there(stage: Stage) -> None:
    """Names are unique, and what is referred to exists."""
    named = [stage.document["paths"][path][method]["operationId"] for method, path in stage.calls]
    assert len(named) == len(set(named))
    text = json.dumps(stage.document)
    for reference in set(re.findall(r'"\$ref": "#/components/([a-z]+/[A-Za-z0-9_.]+)"', text)):
        kind, name = reference.split("/")
        assert name in stage.document["components"][kind]
    for path in stage.document["paths"]:
        given = set(re.findall(r"{(\w+)}", path))
        for call in stage.document["paths"][path].values():
            assert given == {p["name"] for p in call.get("parameters", ()) if p["in"] == "path"}


@pytest.mark.parametrize(
    ("shape", "good", "bad"),
    [
        ({"type": "integer", "minimum": 1}, 1, True),
        ({"type": ["string", "null"], "maxLength": 2}, None, "abc"),
        ({"type": "object", "properties": {}, "additionalProperties": False}, {}, {"a": 1}),
        ({"oneOf": [{"const": 1}, {"enum": [1, 2]}]}, 2, 1),
    ],
)
def test_the_judge_of_shapes_judges(shape: Document, good: object, bad: object) -> None:
    assert faults({}, shape, good) == []
    assert faults({}, shape, bad) != []
    with pytest.raises(AssertionError):
        faults({}, {"maxProperties": 1}, {})

"""What another system may not send: each refused with a code, without any effect or much memory."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx2
import pytest

from benchmarks.processes import forget_peak, peak_megabytes, resident_megabytes
from server.accounts.api_tokens import ApiTokens
from server.accounts.directory import make_first
from server.api.bodies import MAX_BODY, MAX_OPERATIONS
from server.cursor import cursor_of
from syncengine.model.ids import to_text
from syncengine.store.listing import Listed
from syncengine.store.scope import Scope
from tests.bad_input.scene import MEMORY_MB, NOISE_MB, Scene

ROOT = "/api/v1"
NOTED = frozenset({"api_token", "sync_log"})  # when it was used last; syncs of before


@dataclass
class System:
    """Another system, with a token that may do all that a token can."""

    scene: Scene
    token: str

    def ask(
        self, method: str, path: str, body: bytes | None = None, **headers: str
    ) -> httpx2.Response:
        """A request; header names take _ for -."""
        said = {"authorization": f"Bearer {self.token}", "content-type": "application/json"}
        said |= {name.replace("_", "-"): value for name, value in headers.items()}
        return self.scene.client.http.request(method, ROOT + path, content=body, headers=said)


@pytest.fixture(scope="session")
def system(scene: Scene) -> System:
    """After it has asked everything once: what is allocated for good is there."""
    user = make_first(scene.store, "integrator")
    token = ApiTokens(scene.store).make(None, user, "ERP", Scope(read_only=False), 1)
    found = System(scene, token)
    for path in ("/openapi.json", "/schema", "/rows/customer", "/changes"):
        assert found.ask("GET", path).status_code == 200
    for _ in range(3):
        found.ask("POST", "/changesets", b"[" * MAX_BODY)
        found.ask("POST", "/changesets", b"[" + b"0," * (MAX_BODY // 2 - 1) + b"0]")
    return found


@pytest.fixture(scope="module", autouse=True)
def unchanged(scene: Scene, system: System) -> Iterator[None]:
    """What all of these leave behind together is nothing: looked at once, as it takes its time."""
    before, lines = scene.state(), len(scene.logged())
    yield
    assert scene.changed(before) <= NOTED
    assert "internal_error" not in {line["event"] for line in scene.logged()[lines:]}


@dataclass(frozen=True)
class Case:
    """One bad request and its answer. `{customer}`, `{person}`: ids of rows that are there."""

    what: str
    status: int
    code: str
    method: str = "GET"
    path: str = "/changesets"
    body: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)
    grows: float = MEMORY_MB


def body(what: str, status: int, code: str, sent: bytes, grows: float = MEMORY_MB) -> Case:
    """A changeset that is none."""
    return Case(what, status, code, "POST", body=sent, grows=grows)


def value(what: str, code: str, entity: str, name: str, given: Any) -> Case:
    """An edit of one field of a row."""
    sent = json.dumps({"operations": [
        {"action": "update", "entity": entity, "id": f"{{{entity}}}", "values": {name: given}}
    ]})  # fmt: skip
    return body(f"{name}: {what}", 422, code, sent.encode())


def get(what: str, status: int, code: str, path: str) -> Case:
    """A read."""
    return Case(what, status, code, path=path)


def shape(what: str, given: Any, code: str = "request.invalid", status: int = 422) -> Case:
    """A body that is JSON, and not what is asked for."""
    return body(what, status, code, json.dumps(given).encode())


MALFORMED, INVALID, VALUE = "request.malformed", "request.invalid", "value.invalid"
ONE = {"action": "insert", "entity": "market", "values": {"number": "M", "name": "South"}}
PLACE = cursor_of("name", Listed(bytes(6) + b"\x70\0\x80" + bytes(7), 1, {"name": "x"}))
WIDE = b"[" + b"[]," * (MAX_BODY // 3 - 1) + b"[]]"
WRONG: dict[str, tuple[Any, ...]] = {
    "name": (None, 1, True, [], {}, "a\0b"),
    "active": (1, "true", None),
    "staff": (-1, 1.0, "1", True, 2**63, 10**30),
    "annual_sales": (1, 1.5, "1.234", "1e3", "NaN", " 1", "1_0", "\uff11", "9" * 19),
    "owner": ("1", 7, {"key": 1}, {"key": "279", "x": 1}, []),
}
CASES = (
    body("empty body", 400, MALFORMED, b""),
    body("random bytes", 400, MALFORMED, bytes(range(256))),
    body("cut off", 400, MALFORMED, b'{"operations": [{"action"'),
    body("something behind it", 400, MALFORMED, b'{"operations": []} []'),
    body("UTF-16", 400, MALFORMED, '{"operations": []}'.encode("utf-16")),
    body("nested 500,000 deep", 400, MALFORMED, b"[" * 500_000, 4),
    body("objects 100,000 deep", 400, MALFORMED, b'{"a":' * 100_000, 4),
    body("many lists", 422, INVALID, WIDE, 48),
    body("a name that comes twice", 400, MALFORMED, b'{"operations": [], "operations": [1]}'),
    body("a field that comes twice", 400, MALFORMED,
         b'{"operations": [{"action": "update", "values": {"name": "a", "name": "b"}}]}'),
    body("NaN", 400, MALFORMED, b'{"operations": [NaN]}'),
    body("infinity", 400, MALFORMED, b'{"operations": [-Infinity]}'),
    body("a number of 100,000 digits", 400, MALFORMED, b"9" * 100_000),
    body("half of a surrogate pair", 422, INVALID, b'{"operations": [{"action": "\\ud800"}]}'),
    Case("no JSON declared", 415, "request.media_type", "POST", body=b"{}",
         headers={"content_type": "text/plain"}),
    Case("compressed", 415, "request.media_type", "POST", body=b"{}",
         headers={"content_encoding": "gzip"}),
    body("larger than the limit", 413, "request.too_large", bytes(MAX_BODY + 1), 4),
    shape("too many operations", {"operations": [ONE] * (MAX_OPERATIONS + 1)},
          "request.too_large", 413),
    shape("no object", [ONE]), shape("nothing in it", {}), shape("no list", {"operations": ONE}),
    shape("an empty list", {"operations": []}), shape("null", None), shape("text", "x"),
    shape("another member", {"operations": [ONE], "force": True}),
    shape("no operation", {"operations": [1]}),
    shape("an action that is none", {"operations": [{**ONE, "action": "drop"}]}),
    shape("an action that is a list", {"operations": [{**ONE, "action": ["insert"]}]}),
    shape("a member that is none", {"operations": [{**ONE, "base": 1}]}),
    shape("values that are a list", {"operations": [{**ONE, "values": []}]}),
    shape("id and key", {"operations": [
        {"action": "delete", "entity": "market", "key": "M", "id": "{customer}"}]}),
    shape("neither id nor key", {"operations": [{"action": "delete", "entity": "market"}]}),
    shape("no entity", {"operations": [{"action": "insert", "values": {}}]}),
    shape("an entity that is a number", {"operations": [{**ONE, "entity": 7}]}),
    shape("an entity that there is not", {"operations": [{**ONE, "entity": "x"}]},
          "entity.unknown"),
    shape("users", {"operations": [{**ONE, "entity": "office_user"}]}, "entity.unknown"),
    shape("an id that is none", {"operations": [{**ONE, "id": "1"}]}, VALUE),
    shape("an id of another version", {"operations": [
        {**ONE, "id": "01900000-0000-4000-8000-000000000000"}]}, VALUE),
    *(shape(f"version {v!r}", {"operations": [
        {"action": "delete", "entity": "market", "key": "M", "version": v}]})
      for v in (0, -1, 1.5, True, "1", 2**63)),
    shape("a key that nobody has", {"operations": [
        {"action": "delete", "entity": "market", "key": "M"}]}, "row.unknown", 404),
    shape("a row that is not there", {"operations": [{
        "action": "delete", "entity": "market", "id": "01900000-0000-7000-8000-000000000000"
    }]}, "row.unknown", 404),
    *(shape(f"a key {k!r}", {"operations": [{**ONE, "action": "upsert", "key": k}]}, VALUE)
      for k in ("", "a\0b", "\ud800", "x" * 1_000)),
    shape("a blank key", {"operations": [{**ONE, "action": "upsert", "key": " "}]}, VALUE),
    shape("two keys", {"operations": [{**ONE, "action": "upsert", "key": "N"}]}, VALUE),
    shape("a needed field is missing", {"operations": [
        {**ONE, "values": {"number": "M"}}]}, VALUE),
    value("unknown", "field.unknown", "customer", "colour", "red"),
    value("the row's version", "field.unknown", "customer", "version", 1),
    value("half of a surrogate pair", VALUE, "customer", "name", "\ud800"),
    value("too long", VALUE, "customer", "name", "x" * 201),
    *(value(repr(v), VALUE, "customer", name, v) for name, wrong in WRONG.items() for v in wrong),
    *(value(f"a key {k!r}", "reference.unknown", "customer", "owner", {"key": k})
      for k in ("a\0b", "\ud800", "", "x" * 1_000)),
    value("of nobody", "reference.unknown", "customer", "owner", {"key": "nobody"}),
    value("another kind of row", "reference.unknown", "customer", "owner", "{customer}"),
    *(get(what, 400, "request.parameter", path) for what, path in (
        ("SQL in sort", "/rows/customer?sort=name%3B%20DROP%20TABLE%20clock"),
        ("sort by what there is not", "/rows/customer?sort=id"),
        ("SQL in a filter's name", "/rows/customer?f.name%27%20OR%201%3D1=x"),
        ("SQL in a filter of an id", "/rows/customer?f.owner=%27%20OR%201%3D1"),
        ("a filter of a field that is none", "/rows/customer?f.version=1"),
        ("a truth value that is none", "/rows/customer?f.active=1"),
        ("a number out of range", f"/rows/customer?f.staff={10**18 * 99}"),
        ("a decimal that is none", "/rows/customer?f.annual_sales=1e5"),
        ("a parameter that is none", "/rows/customer?filter=x"),
        ("a parameter twice", "/rows/customer?q=a&q=b"),
        ("NUL in the search", "/rows/customer?q=%00"), ("no UTF-8", "/rows/customer?q=%ff"),
        ("a search of 101 characters", "/rows/customer?q=" + "x" * 101),
        ("no rows", "/rows/customer?limit=0"), ("too many rows", "/rows/customer?limit=501"),
        ("rows in another script", "/rows/customer?limit=%D9%A1"),
        ("a place that is none", "/rows/customer?after=x"),
        ("a place of another order", f"/rows/customer?sort=staff&after={PLACE}"),
        ("101 parameters", "/rows/customer?" + "&".join(f"p{i}=" for i in range(101))),
        ("a token in the address", "/schema?access_token=x"),
        ("a place in the history that is none", "/changes?since=AAAA"),
        ("changes of what there is not", "/changes?entity=office_user"),
        ("a version of 30 digits", "/rows/customer/{customer}/history?before=" + "9" * 30),
    )),
    get("a place in another history", 410, "changes.resync", "/changes?since=" + "A" * 38),
    *(get(what, 404, "not.found", path) for what, path in (
        ("a kind that there is not", "/rows/nothing"), ("users", "/rows/office_user"),
        ("a row that is none", "/rows/customer/1"), ("no key", "/rows/customer/key/nobody"),
        ("NUL in a key", "/rows/customer/key/%00"),
        ("no UTF-8 in a key", "/rows/customer/key/%ff%fe"),
        ("a key of 8,000 characters", "/rows/customer/key/" + "x" * 8_000),
        ("a row of another kind", "/rows/market/{customer}"), ("elsewhere", "/users"),
        ("a way up", "/rows/..%2F..%2Fhealth"), ("the top", "/"),
    )),
    Case("a key of 101 characters", 400, "request.parameter", "POST",
         body=json.dumps({"operations": [ONE]}).encode(),
         headers={"idempotency_key": "x" * 101}),
    Case("an upsert of what has no key", 404, "not.found", "PUT", "/rows/purchase_price/key/1",
         b'{"values": {}}'),
    Case("an upsert without values", 422, INVALID, "PUT", "/rows/market/key/M", b"{}"),
    Case("DELETE a row", 405, "method.unknown", "DELETE", "/rows/customer/{customer}"),
)  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=[case.what for case in CASES])
def test_what_the_api_refuses(system: System, case: Case) -> None:
    """Never a 500, nothing written, bounded memory, and a sentence."""
    scene = system.scene
    names = {"{customer}": to_text(scene.customers["2790"])}
    path, sent = case.path, case.body
    for name, text in names.items():
        path = path.replace(name, text)
        sent = None if sent is None else sent.replace(name.encode(), text.encode())
    forget_peak(scene.pid)
    size = resident_megabytes(scene.pid)
    answer = system.ask(case.method, path, sent, **case.headers)
    growth = peak_megabytes(scene.pid) - size
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (case.status, case.code), problem
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem["status"] == case.status
    assert len(problem["detail"].split()) >= 3, "no sentence"
    assert "Traceback" not in answer.text
    assert growth < case.grows + NOISE_MB, f"{growth:.1f} MB"

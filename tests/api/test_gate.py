"""Who gets in, how often, and what others cannot find out."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from server.accounts.api_tokens import DAY
from server.api.rate import MAX_REMEMBERED, Rate
from tests.accounts.office import Time
from tests.api.conftest import ROOT, Desk, System


def _bare(desk: Desk, path: str = "/schema", **more: Any) -> tuple[int, str]:
    answer = TestClient(desk.app).get(ROOT + path, **more)
    return answer.status_code, answer.text


def test_whatever_is_wrong_with_a_token_the_answer_is_one(small: Desk) -> None:
    """401 with one code: absent, malformed, unknown, expired, revoked, of an inactive user."""
    good, gone, late = (small.system(market="view") for _ in range(3))
    small.tokens.revoke(None, next(t.token for t in small.tokens.every() if t.user == "system2"))
    small.world.update("office_user", small.office.users["system3"], active=False)
    unknown = good.token[:-1] + ("A" if good.token[-1] != "A" else "B")
    sent: list[dict[str, str]] = [
        {}, {"authorization": ""}, {"authorization": "Bearer"}, {"authorization": "Bearer "},
        {"authorization": f"Basic {good.token}"}, {"authorization": good.token},
        *({"authorization": f"Bearer {t}"} for t in (unknown, gone.token, late.token, "x" * 9_000)),
    ]  # fmt: skip
    answers = {_bare(small, headers=headers) for headers in sent}
    answers |= {_bare(small, path, headers={}) for path in ("/nothing", "/rows/x", "/openapi.json")}
    small.office.time.now += 30 * DAY
    answers.add(_bare(small, headers={"authorization": f"Bearer {good.token}"}))
    assert len(answers) == 1, answers
    status, text = answers.pop()
    assert status == 401
    assert '"code":"auth.required"' in text


def test_a_token_in_the_address_lets_nobody_in(small: Desk) -> None:
    """Addresses are logged by everybody on the way."""
    token = small.system().token
    for name in ("token", "access_token", "authorization"):
        status, _ = _bare(small, f"/schema?{name}={token}")
        assert status == 401


def test_a_session_of_the_portal_is_no_token(small: Desk) -> None:
    client = TestClient(small.app, cookies={"session": "x" * 43})
    assert client.get(f"{ROOT}/schema").status_code == 401


def test_who_asks_too_often_waits(tmp_path: Any, small: Desk) -> None:
    busy = Desk(small.office, api_per_minute=60)
    systems: list[System] = [small.system(), small.system()]
    for system in systems:
        system.http = TestClient(busy.app)
    statuses = [systems[0].get("/nothing").status_code for _ in range(61)]
    assert statuses == [404] * 60 + [429]
    refused = systems[0].get("/schema")
    assert (refused.json()["code"], refused.headers["retry-after"]) == ("request.too_many", "1")
    assert systems[1].get("/schema").status_code == 200
    small.office.time.now += 1_000_000
    assert systems[0].get("/schema").status_code == 200
    assert systems[0].get("/schema").status_code == 429


def test_the_rate_is_bounded_in_memory_and_by_a_clock_that_jumps() -> None:
    time = Time()
    rate = Rate(2, time)
    assert [rate.take(b"a") for _ in range(3)] == [0, 0, 30]
    time.now -= 3_600_000_000
    assert rate.take(b"a") == 30
    for number in range(MAX_REMEMBERED):
        rate.take(number.to_bytes(4, "big"))
    assert rate.take(b"a") == 0  # forgotten, and begun anew


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"])
def test_other_methods_are_named(small: Desk, method: str) -> None:
    answer = small.system().ask(method, "/schema")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET")
    assert answer.json()["code"] == "method.unknown"


def test_answers_are_never_kept_by_others(small: Desk) -> None:
    for path in ("/schema", "/nothing"):
        headers = small.system().get(path).headers
        assert headers["cache-control"] == "no-store"
        assert headers["x-content-type-options"] == "nosniff"
        assert "set-cookie" not in headers


def test_a_connection_with_an_unread_body_is_closed(small: Desk) -> None:
    system = small.system()
    unread = [
        system.ask("POST", "/nothing", json={}), system.ask("DELETE", "/schema"),
        system.ask("POST", "/changesets", content=b"x"),
        TestClient(small.app).post(f"{ROOT}/changesets", json={}),
    ]  # fmt: skip
    assert {answer.headers.get("connection") for answer in unread} == {"close"}
    read = [system.write(), system.get("/nothing")]
    assert {answer.headers.get("connection") for answer in read} == {None}

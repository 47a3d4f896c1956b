"""Signing in, and what no page of ours would send (bad input, portal)."""

from __future__ import annotations

import pytest

from server.portal.gate import HEADERS
from tests.accounts.office import PASSWORD
from tests.portal.conftest import OTHER, Desk


def test_nobody_sees_a_page_without_a_session(desk: Desk) -> None:
    visitor = desk.visitor()
    for path in ("/portal/", "/portal/data/customer", "/portal/substitutions", "/portal/nowhere"):
        answer = visitor.get(path)
        assert (answer.status_code, answer.headers["location"].split("?")[0]) == (
            303,
            "/portal/sign-in",
        )
    assert visitor.post("/portal/data/customer/new").status_code == 303


def test_a_one_time_password_leads_to_one_of_ones_own(desk: Desk) -> None:
    anna = desk.office.user("anna")
    desk.office.role(anna, customer="view")
    once = desk.office.accounts.reset_password(None, anna)
    visitor = desk.visitor()
    refused = visitor.post("/portal/sign-in", name="anna", password="wrong")
    assert refused.status_code == 403
    assert "<script" not in refused.text.split("<body>")[1]
    entered = visitor.post("/portal/sign-in", name="anna", password=once)
    assert entered.headers["location"] == "/portal/password"
    assert visitor.get("/portal/").headers["location"] == "/portal/password"
    session = desk.office.accounts.session(visitor.http.cookies["session"])
    assert session is not None
    visitor.csrf = session.csrf
    short = visitor.post("/portal/password", old=once, new="short", again="short")
    assert (short.status_code, "12 bis 256" in short.text or "12 to 256" in short.text) == (
        422,
        True,
    )
    done = visitor.post("/portal/password", old=once, new=PASSWORD, again=PASSWORD)
    assert done.headers["location"] == "/portal/"
    assert "Kunden" in visitor.get("/portal/").text


def test_signing_out_ends_the_session(desk: Desk) -> None:
    anna = desk.administrator()
    token = anna.http.cookies["session"]
    assert anna.post("/portal/sign-out").headers["location"] == "/portal/sign-in"
    assert desk.office.accounts.session(token) is None


def test_every_answer_is_bound_to_what_we_serve_ourselves(desk: Desk) -> None:
    anna = desk.administrator()
    for answer in (
        anna.get("/portal/"),
        anna.get("/portal/nowhere"),
        anna.get("/portal/static/portal.js"),
        desk.visitor().get("/portal/sign-in"),
    ):
        for name, value in HEADERS.items():
            assert answer.headers[name] == value
        assert "unsafe" not in answer.headers["content-security-policy"]
    page = anna.get("/portal/substitutions").text
    assert "style=" not in page
    assert "onclick" not in page
    assert "http://" not in page.replace("http://www.w3.org/2000/svg", "")


def test_a_form_of_another_site_is_refused(desk: Desk) -> None:
    """CSRF: without the session's token, or from another origin: 403, and nothing is written."""
    anna = desk.administrator()
    before = desk.store.status().version
    new = {"v__number": "1", "v__name": "Shop", "v__active": "true"}
    assert anna.post("/portal/data/customer/new", csrf="", **new).status_code == 403
    assert anna.post("/portal/data/customer/new", csrf="x" * 43, **new).status_code == 403
    assert anna.post("/portal/data/customer/new", origin=OTHER, **new).status_code == 403
    assert desk.store.status().version == before
    good = anna.post("/portal/data/customer/new", origin="http://portal.test", **new)
    assert good.status_code == 303


def test_asking_for_the_head_of_a_page_writes_nothing(desk: Desk) -> None:
    """No method but POST is a form: HEAD carries no token."""
    anna = desk.administrator()
    before = desk.store.status().version
    for path in ("/portal/data/employee_private/new", "/portal/data/customer_terms/new"):
        assert anna.http.head(f"{path}?v.credit_limit=1").status_code == 200
    assert desk.visitor().http.head("/portal/sign-in?name=anna&password=x").status_code == 200
    assert desk.store.status().version == before


def test_no_redirect_leads_elsewhere(desk: Desk) -> None:
    anna = desk.administrator()
    for bad in (
        OTHER,
        "//elsewhere.example",
        "/portal/\\elsewhere",
        "/portal//x",
        "/other",
        "\r\nx",
    ):
        answer = anna.post("/portal/looks", next=bad, theme="dark")
        assert answer.headers["location"] == "/portal/", bad
    kept = anna.post("/portal/looks", next="/portal/devices?group=today", language="de")
    assert kept.headers["location"] == "/portal/devices?group=today"


def test_only_the_portals_own_host_is_answered(desk: Desk) -> None:
    bound = Desk(desk.office, portal_origin="https://office.example.com")
    assert bound.visitor(OTHER).get("/portal/sign-in").status_code == 400
    own = bound.visitor("https://office.example.com")
    assert own.get("/portal/sign-in").status_code == 200
    desk.office.role(desk.office.user("bert"), administers=True)
    desk.office.password("bert")
    answer = own.post("/portal/sign-in", name="bert", password=PASSWORD)
    assert "Secure" in answer.headers["set-cookie"]
    assert "HttpOnly" in answer.headers["set-cookie"]


@pytest.mark.parametrize("count", [1_001, 10_000])
def test_a_form_has_bounds(desk: Desk, count: int) -> None:
    anna = desk.administrator()
    fields = {f"v.{number}": "" for number in range(count)}
    answer = anna.http.post("/portal/data/customer/new", data={"csrf": anna.csrf, **fields})
    assert answer.status_code == 413
    large = anna.post("/portal/data/customer/new", v__name="x" * 300_000)
    assert large.status_code == 413


def test_what_is_no_form_is_refused(desk: Desk) -> None:
    anna = desk.administrator()
    path = "/portal/data/customer/new"
    assert anna.http.post(path, json={"csrf": anna.csrf}).status_code == 400
    for body in (b"csrf=%ff", b"\xff\xfe", b"v.name=%00"):
        headers = {"content-type": "application/x-www-form-urlencoded"}
        assert anna.http.post(path, content=body, headers=headers).status_code in (400, 403)


def test_language_follows_the_choice_the_user_and_the_browser(desk: Desk) -> None:
    visitor = desk.visitor()
    german = visitor.get("/portal/sign-in", **{"accept-language": "de-AT,en;q=0.5"}).text
    assert 'lang="de"' in german
    assert "Anmelden" in german
    visitor.post("/portal/looks", language="en")
    assert "Sign in" in visitor.get("/portal/sign-in", **{"accept-language": "de"}).text
    assert visitor.post("/portal/looks", language="xx").status_code == 400

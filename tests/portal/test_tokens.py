"""Tokens of other systems as a page: made, shown once, revoked, by administrators alone."""

from __future__ import annotations

import re

from server.accounts.api_tokens import ApiTokens
from syncengine.model.ids import to_text
from syncengine.model.rights import Right
from tests.portal.conftest import Desk, Visitor

PATH = "/portal/tokens"


def token_in(page: str) -> str:
    found = re.search(r"<code>(sea_[\w-]{43})</code>", page)
    assert found is not None, page
    return found[1]


def make(visitor: Visitor, user: bytes, **typed: str) -> str:
    """What the page says to a new token."""
    fields = {"name": "ERP", "reach": "read", "days": "90", "only": "all", **typed}
    return visitor.post(PATH, do="make", user=to_text(user), **fields).text


def test_a_token_is_shown_once_and_revoked(desk: Desk) -> None:
    anna, office = desk.administrator(), desk.office
    system = office.user("erp")
    office.role(system, customer="view edit", market="view")
    assert "No other system has a token." in anna.get(PATH).text
    token = token_in(make(anna, system, reach="write", only="some", entity="customer"))
    listed = anna.get(PATH).text
    assert token not in listed
    assert "as erp" in listed
    assert "read and write" in listed
    carried = ApiTokens(desk.store).opened(token)
    assert carried is not None
    assert dict(carried.rights.allowed) == {"customer": {Right.VIEW, Right.EDIT}}
    answer = anna.post(PATH, do="revoke", token=to_text(carried.token))
    assert answer.headers["location"] == f"{PATH}?revoked=1"
    assert "The token is revoked." in anna.get(f"{PATH}?revoked=1").text
    assert ApiTokens(desk.store).opened(token) is None
    assert 'value="revoke"' not in anna.get(PATH).text


def test_what_will_not_do_is_said_at_its_field(desk: Desk) -> None:
    anna, user = desk.administrator(), desk.office.user("erp")
    page = make(anna, user, name=" ")
    assert "A name has 1 to 80 characters." in page
    assert 'aria-describedby="name-wrong"' in page
    assert "one or more kinds" in make(anna, user, name="Kept <b>", only="some")
    assert 'value="Kept &lt;b&gt;"' in make(anna, user, name="Kept <b>", only="some")
    gone = desk.office.user("gone", active=False)
    assert "not active" in make(anna, gone)
    assert anna.post(PATH, do="make", name="x", reach="read", days="90").status_code == 422
    for wrong in ({"days": "9999"}, {"reach": "all"}):
        fields = {"name": "x", "user": to_text(user), "reach": "read", "days": "90", **wrong}
        assert anna.post(PATH, do="make", **fields).status_code == 400
    assert ApiTokens(desk.store).every() == []


def test_only_administrators_see_and_make_them(desk: Desk) -> None:
    anna = desk.administrator()
    desk.office.role(desk.office.user("bert"), employee="view edit", office_user="view edit")
    bert = desk.signed_in("bert")
    assert bert.get(PATH).status_code == 404
    assert bert.post(PATH, do="make").status_code == 404
    assert PATH not in bert.get("/portal/").text
    assert PATH in anna.get("/portal/").text
    assert anna.post(PATH, csrf="x", do="make").status_code == 403
    for token in ("", "x", to_text(bytes(16))):
        assert anna.post(PATH, do="revoke", token=token).status_code == 404

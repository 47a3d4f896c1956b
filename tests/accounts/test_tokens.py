"""Tokens of other systems: whose they are, what they carry, how they end."""

from __future__ import annotations

import json

import pytest
import sqlalchemy as sa

from server.accounts import api_tokens
from server.accounts.api_tokens import DAY, MINUTE, ApiTokens
from server.accounts.refusals import TokenRefused, TokenUnknown
from syncengine.model.environment import Environment
from syncengine.model.rights import Right
from syncengine.store.account_table import api_token
from syncengine.store.database import reading
from syncengine.store.scope import Scope
from tests.accounts.office import Office

READS, WRITES = Scope(), Scope(read_only=False)


def _kept(office: Office) -> str:
    with reading(office.store.engine) as connection:
        return str(connection.execute(sa.select(api_token)).mappings().all())


def test_a_token_is_kept_as_a_hash_and_carries_its_users_rights(office: Office) -> None:
    tokens, anna = ApiTokens(office.store), office.user("anna", limit="a")
    office.role(anna, customer="view edit", market="view")
    token = tokens.make(None, anna, "ERP", WRITES, 30)
    assert token not in _kept(office)
    assert token.removeprefix("sea_") not in _kept(office)
    carried = tokens.opened(token)
    assert carried is not None
    assert carried.rights.allowed["customer"] == {Right.VIEW, Right.EDIT}
    assert carried.rights.limit == office.world.people["a"]
    narrow = tokens.make(anna, anna, "ERP", Scope(True, frozenset({"customer"})), 30)
    carried = tokens.opened(narrow)
    assert carried is not None
    assert dict(carried.rights.allowed) == {"customer": {Right.VIEW}}


def test_no_token_administers(office: Office) -> None:
    anna = office.user("anna")
    office.role(anna, administers=True)
    carried = ApiTokens(office.store).opened(
        ApiTokens(office.store).make(None, anna, "ERP", WRITES, 1)
    )
    assert carried is not None
    assert not carried.rights.administers
    assert carried.rights.may(Right.DELETE, "customer")
    assert not carried.rights.may(Right.VIEW, "office_user")


def test_it_ends_with_its_time_its_revocation_and_its_user(office: Office) -> None:
    tokens, anna = ApiTokens(office.store), office.user("anna")
    office.role(anna, customer="view")
    first, second = (tokens.make(None, anna, name, READS, 2) for name in ("first", "second"))
    office.world.update("office_user", anna, active=False)
    assert tokens.opened(first) is None
    assert {one.state for one in tokens.every()} == {"idle"}
    office.world.update("office_user", anna, active=True)
    assert tokens.opened(first) is not None
    listed = {one.name: one for one in tokens.every()}
    tokens.revoke(None, listed["first"].token)
    tokens.revoke(None, listed["first"].token)
    assert tokens.opened(first) is None
    office.time.now += 2 * DAY - 1
    assert tokens.opened(second) is not None
    office.time.now += 1
    assert tokens.opened(second) is None
    assert {one.name: one.state for one in tokens.every()} == {
        "first": "revoked", "second": "expired",
    }  # fmt: skip
    with pytest.raises(TokenUnknown):
        tokens.revoke(None, bytes(16))
    office.time.now += 365 * DAY
    tokens.make(None, anna, "third", READS, 2)
    assert {one.name for one in tokens.every()} == {"second", "third"}  # `first` ended earlier


def test_what_is_no_token_opens_nothing(office: Office) -> None:
    tokens = ApiTokens(office.store)
    for token in ("", "sea_", "x" * 47, "sea_" + "x" * 43, "sea_" + "ä" * 43, "sea_" * 9_999):
        assert tokens.opened(token) is None


def test_use_is_noted_to_the_minute(office: Office) -> None:
    tokens, anna = ApiTokens(office.store), office.user("anna")
    token = tokens.make(None, anna, "ERP", READS, 2)
    began = office.time.now
    assert tokens.every()[0].seen is None
    for later, seen in ((0, began), (MINUTE - 1, began), (MINUTE, began + MINUTE)):
        office.time.now = began + later
        tokens.opened(token)
        assert tokens.every()[0].seen == seen


WRONG = [
    ("name", " ", READS, 1),
    ("name", "x" * 81, READS, 1),
    ("name", "a\nb", READS, 1),
    ("days", "ERP", READS, 0),
    ("days", "ERP", READS, 367),
    ("entities", "ERP", Scope(True, frozenset()), 1),
    ("entities", "ERP", Scope(True, frozenset({"nothing"})), 1),
    ("entities", "ERP", Scope(True, frozenset({"office_user"})), 1),
]


def test_what_will_not_do_is_named(office: Office) -> None:
    tokens, anna = ApiTokens(office.store), office.user("anna")
    for field, name, scope, days in WRONG:
        with pytest.raises(TokenRefused) as refused:
            tokens.make(None, anna, name, scope, days)
        assert refused.value.data["field"] == field
    assert tokens.every() == []


def test_only_of_an_active_user_and_not_too_many(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokens = ApiTokens(office.store)
    monkeypatch.setattr(api_tokens, "MAX_TOKENS", 2)
    gone, anna = office.user("gone", active=False), office.user("anna")
    for user in (gone, Environment().new_id()):
        with pytest.raises(TokenRefused):
            tokens.make(None, user, "ERP", READS, 1)
    for _ in range(2):
        tokens.make(None, anna, "ERP", READS, 1)
    with pytest.raises(TokenRefused):
        tokens.make(None, anna, "ERP", READS, 1)
    office.time.now += DAY
    tokens.make(None, anna, "ERP", READS, 1)


def test_listed_as_data_without_secrets(office: Office) -> None:
    tokens, anna = ApiTokens(office.store), office.user("anna")
    token = tokens.make(anna, anna, "ERP", Scope(False, frozenset({"market"})), 1)
    told = json.dumps([one.as_data() for one in tokens.every()])
    assert '"user": "anna"' in told
    assert '"entities": ["market"]' in told
    assert token not in told

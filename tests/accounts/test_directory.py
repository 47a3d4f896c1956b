"""The users as whoever administers sees them, and what they may do about sign-ins."""

from __future__ import annotations

import pytest

from server.accounts.attempts import NAME_FAILURES
from server.accounts.directory import users
from server.accounts.refusals import AccessDenied, AccountRefused
from tests.accounts.office import ADDRESS, NOON, PASSWORD, Office


def test_users_are_found_with_how_their_sign_in_stands(office: Office) -> None:
    office.role(office.user("anna", limit="a"), customer="view")
    for name in ("berta", "carl_1", "dora"):
        office.user(name)
    office.password("berta")
    office.time.now += 5
    office.accounts.sign_in("berta", PASSWORD, ADDRESS)
    office.time.now += 5
    for _ in range(NAME_FAILURES):
        with pytest.raises(AccountRefused):
            office.accounts.sign_in("berta", "wrong", ADDRESS)
    office.accounts.reset_password(None, office.users["anna"])  # it says nothing of sign-ins
    office.password("carl_1")
    signed_in = office.time.now
    office.time.now += 5
    office.accounts.reset_password(None, office.users["carl_1"])
    anna, berta, carl, dora = users(office.store)
    assert (dora.password, dora.signed_in) == ("none", 0)
    assert (anna.name, anna.password, anna.signed_in, anna.locked) == ("anna", "one-time", 0, False)
    assert (anna.roles, anna.limited_to, anna.limit) == (["role"], "a", office.world.people["a"])
    assert (berta.password, berta.signed_in, berta.locked) == ("set", NOON + 5, True)
    assert (carl.password, carl.signed_in, carl.limit) == ("one-time", signed_in, None)
    assert [u.name for u in users(office.store, "ER")] == ["berta"]  # case does not matter
    assert [u.name for u in users(office.store, "_")] == ["carl_1"]  # no wildcard
    assert [u.name for u in users(office.store, most=2)] == ["anna", "berta"]
    assert users(office.store, only=carl.user) == [carl]
    assert berta.as_data()["signed_in"] != dora.as_data()["signed_in"] is None


def test_only_who_administers_ends_sessions(office: Office) -> None:
    office.role(office.user("root"), administers=True)
    office.user("anna")
    for name in ("root", "anna"):
        office.password(name)
    root, anna = (office.accounts.sign_in(n, PASSWORD, ADDRESS) for n in ("root", "anna"))
    with pytest.raises(AccessDenied):
        office.accounts.end_sessions(anna, office.users["root"])
    assert office.accounts.session(root.token) is not None
    office.accounts.end_sessions(root, office.users["anna"])
    assert office.accounts.session(anna.token) is None
    assert office.accounts.sign_in("anna", PASSWORD, ADDRESS).name == "anna"

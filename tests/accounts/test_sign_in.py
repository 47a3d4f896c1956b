"""Signing in (bad input, portal): one answer for every reason, bounded attempts, sessions that
end.
"""

from __future__ import annotations

import threading
from pathlib import Path

import argon2
import pytest
import sqlalchemy as sa

from server.accounts.attempts import ADDRESS_FAILURES, NAME_FAILURES, WINDOW, Attempts
from server.accounts.passwords import Cost, Passwords
from server.accounts.refusals import AccessDenied, AccountRefused, AccountUnknown, PasswordRefused
from server.accounts.sessions import MAX_SESSIONS, MINUTE, Lifetimes
from server.accounts.sign_in import ONE_TIME_GOOD_FOR, Accounts
from syncengine.model.errors import Busy
from syncengine.model.rights import Right
from syncengine.store import tables as t
from syncengine.store.backup import backup, restore
from syncengine.store.database import open_engine
from syncengine.store.store import Store
from tests.accounts.office import ADDRESS, CHEAP, PASSWORD, Office
from tests.support.statements import statements
from tests.support.world import SCHEMA


def refused(office: Office, name: str, password: str, address: str = ADDRESS) -> AccountRefused:
    with pytest.raises(AccountRefused) as caught:
        office.accounts.sign_in(name, password, address)
    return caught.value


def test_a_one_time_password_lets_in_to_set_an_own_one(office: Office) -> None:
    anna = office.user("anna")
    office.role(anna, customer="view edit")
    once = office.accounts.reset_password(None, anna)
    signed_in = office.accounts.sign_in(" ANNA ", once, ADDRESS)
    assert signed_in.must_change
    assert not signed_in.rights.may(Right.VIEW, "customer")
    with pytest.raises(AccessDenied):
        signed_in.author("edit")
    for new in ("short", "aaaaaaaaaaaaaaaa", "my name is Anna 1", once, "x" * 257):
        with pytest.raises(PasswordRefused):
            office.accounts.change_password(signed_in, once, new, ADDRESS)
    changed = office.accounts.change_password(signed_in, once, PASSWORD, ADDRESS)
    assert office.accounts.session(signed_in.token) is None
    assert not changed.must_change
    assert changed.rights.may(Right.EDIT, "customer")
    assert not changed.rights.may(Right.DELETE, "customer")
    assert changed.author("edit").user == anna
    assert (changed.name, changed.language) == ("anna", "de")
    refused(office, "anna", once)
    assert office.accounts.sign_in("anna", PASSWORD, ADDRESS).token != changed.token


def test_a_one_time_password_is_good_for_a_week(office: Office) -> None:
    once = office.accounts.reset_password(None, office.user("anna"))
    signed_in = office.accounts.sign_in("anna", once, ADDRESS)
    office.time.now += ONE_TIME_GOOD_FOR
    refused(office, "anna", once)
    assert office.accounts.session(signed_in.token) is None


def test_every_refusal_is_the_same_answer_after_the_same_work(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No enumeration: unknown, wrong, not active, without a password, locked out."""
    for name in ("anna", "off", "locked"):
        office.user(name)
        office.password(name)
    office.user("fresh")
    office.world.update("office_user", office.users["off"], active=False)
    for _ in range(NAME_FAILURES):
        refused(office, "locked", "wrong", "198.51.100.1")
    verify, hashes = argon2.PasswordHasher.verify, []

    def counted(hasher: argon2.PasswordHasher, hashed: str, password: bytes) -> bool:
        hashes.append(hashed.split("$")[3])
        return verify(hasher, hashed, password)

    monkeypatch.setattr(argon2.PasswordHasher, "verify", counted)
    seen = set()
    for number, (name, password) in enumerate(
        [("nobody", PASSWORD), ("anna", "wrong"), ("anna", "x" * 5_000), ("off", PASSWORD),
         ("fresh", PASSWORD), ("locked", PASSWORD), ("", ""), ("n" * 5_000, PASSWORD),
         ("\udcff\x00", "\udcff\x00")]
    ):  # fmt: skip
        with statements(office.store.engine) as sent:
            error = refused(office, name, password, f"203.0.113.{number}")
        seen.add((error.code, error.detail, tuple(sorted(error.data)), tuple(sent)))
    assert len(seen) == 1
    assert len(hashes) == 9
    assert set(hashes) == {"m=8,t=1,p=1"}


def test_a_name_is_locked_out_for_a_bounded_time(office: Office) -> None:
    office.user("anna")
    office.password("anna")
    for number in range(3 * NAME_FAILURES):  # those while it is locked make it no longer
        refused(office, "anna", "wrong", f"203.0.113.{number}")
    refused(office, "anna", PASSWORD)
    office.time.now += WINDOW
    for _ in range(NAME_FAILURES - 1):
        refused(office, "anna", "wrong")
    office.accounts.sign_in("anna", PASSWORD, ADDRESS)
    refused(office, "anna", "wrong")  # the count began anew
    office.accounts.sign_in("anna", PASSWORD, ADDRESS)


def test_an_address_is_locked_out_too(office: Office) -> None:
    """Also where one of its attempts succeeds now and then, and within one network of IPv6."""
    office.user("anna")
    office.password("anna")
    for number in range(ADDRESS_FAILURES):
        refused(office, f"name{number}", "wrong", f"2001:db8::{number:x}")
        if number == 20:
            office.accounts.sign_in("anna", PASSWORD, "2001:db8::1")
    refused(office, "anna", PASSWORD, "2001:db8::ffff")
    office.accounts.sign_in("anna", PASSWORD, "2001:db8:0:1::1")


def test_whoever_administers_unlocks_and_resets(office: Office) -> None:
    for name in ("root", "anna"):
        office.user(name)
        office.password(name)
    office.role(office.users["root"], administers=True)
    root, anna = (office.accounts.sign_in(n, PASSWORD, ADDRESS) for n in ("root", "anna"))
    for _ in range(NAME_FAILURES):
        refused(office, "anna", "wrong")
    office.accounts.unlock(root, anna.user_id)
    assert office.accounts.sign_in("anna", PASSWORD, ADDRESS).name == "anna"
    with pytest.raises(AccessDenied):
        office.accounts.reset_password(anna, root.user_id)
    with pytest.raises(AccessDenied):
        office.accounts.unlock(anna, root.user_id)
    with pytest.raises(AccountUnknown):
        office.accounts.reset_password(root, office.world.environment.new_id())
    once = office.accounts.reset_password(root, anna.user_id)
    assert office.accounts.session(anna.token) is None
    refused(office, "anna", PASSWORD)
    assert office.accounts.sign_in("anna", once, ADDRESS).must_change


def test_who_lost_the_right_to_administer_resets_nothing(office: Office) -> None:
    """The session's own copy of the rights is not asked."""
    office.user("root")
    office.user("other")
    office.role(office.users["other"], administers=True)
    role = office.role(office.users["root"], administers=True)
    office.password("root")
    root = office.accounts.sign_in("root", PASSWORD, ADDRESS)
    office.world.update("office_role", role, administers=False)
    with pytest.raises(AccessDenied):
        office.accounts.reset_password(root, office.users["other"])


def test_sessions_end(office: Office) -> None:
    office.user("anna")
    office.password("anna")
    lifetimes = Lifetimes()

    def begin() -> str:
        return office.accounts.sign_in("anna", PASSWORD, ADDRESS).token

    out = begin()
    office.accounts.sign_out(out)
    assert office.accounts.session(out) is None
    office.accounts.sign_out(out)
    idle = begin()
    office.time.now += lifetimes.idle
    assert office.accounts.session(idle) is None
    busy = begin()
    for _ in range(lifetimes.whole // (lifetimes.idle - MINUTE)):
        assert office.accounts.session(busy) is not None
        office.time.now += lifetimes.idle - MINUTE
    office.time.now += lifetimes.whole % (lifetimes.idle - MINUTE)
    assert office.accounts.session(busy) is None
    many = []
    for _ in range(MAX_SESSIONS + 1):
        office.time.now += 1
        many.append(begin())
    assert [office.accounts.session(token) is not None for token in many] == [
        False, *[True] * MAX_SESSIONS,
    ]  # fmt: skip
    office.world.update("office_user", office.users["anna"], active=False)
    assert office.accounts.session(many[-1]) is None
    assert office.accounts.session("") is None
    assert office.accounts.session("\udcff" * 10_000) is None


def test_forms_are_bound_to_their_session(office: Office) -> None:
    office.user("anna")
    office.password("anna")
    one, other = (office.accounts.sign_in("anna", PASSWORD, ADDRESS) for _ in range(2))
    assert one.sent(one.csrf)
    assert not one.sent(other.csrf)
    assert not one.sent("")
    assert not one.sent("é\udcff")
    assert one.csrf not in one.token
    again = office.accounts.session(one.token)
    assert again is not None
    assert again.csrf == one.csrf
    assert one.token not in repr(one)


def test_few_hashes_at_once_and_few_that_wait(office: Office) -> None:
    """Invariant 28: each takes memory."""
    office.user("anna")
    office.password("anna")
    narrow = Passwords(office.world.environment, CHEAP, at_once=1, waiting=0)
    inside, leave = threading.Event(), threading.Event()

    def hold() -> None:
        with narrow.turn():
            inside.set()
            leave.wait(30)

    thread = threading.Thread(target=hold)
    thread.start()
    inside.wait(30)
    with pytest.raises(Busy), narrow.turn():
        pass
    leave.set()
    thread.join()
    with narrow.turn():
        pass


def test_a_password_follows_the_cost_at_the_next_sign_in(office: Office) -> None:
    """Else its user would be told from nobody by the time that it takes."""
    office.user("anna")
    office.password("anna")
    dearer = Passwords(office.world.environment, Cost(passes=2, kibibytes=8, lanes=1))
    accounts = Accounts(office.store, dearer)
    for _ in range(2):
        accounts.sign_in("anna", PASSWORD, ADDRESS)
        c = t.account_secret.c
        with office.store.engine.connect() as connection:
            (hashed,) = connection.scalars(sa.select(c.hash))
        assert "$m=8,t=2,p=1$" in hashed


def test_a_reset_while_somebody_signs_in_prevails(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the check of the old password and the session, or the new password."""
    anna = office.user("anna")
    office.password("anna")
    signed_in = office.accounts.sign_in("anna", PASSWORD, ADDRESS)
    succeeded = Attempts.succeeded

    def meanwhile(attempts: Attempts, name: str, address: str) -> None:
        succeeded(attempts, name, address)
        resets.append(office.accounts.reset_password(None, anna))

    resets: list[str] = []
    monkeypatch.setattr(Attempts, "succeeded", meanwhile)
    refused(office, "anna", PASSWORD)
    with monkeypatch.context() as undone:
        undone.setattr(Attempts, "succeeded", succeeded)
        own = office.accounts.sign_in("anna", resets[-1], ADDRESS)
    with pytest.raises(AccountRefused):
        office.accounts.change_password(own, resets[-1], PASSWORD, ADDRESS)
    monkeypatch.setattr(Attempts, "succeeded", succeeded)
    assert office.accounts.session(own.token) is None
    assert office.accounts.session(signed_in.token) is None
    assert office.accounts.sign_in("anna", resets[-1], ADDRESS).must_change


def test_the_cost_is_that_of_the_standard() -> None:
    assert Cost() == Cost(3, 65_536, 4)


def test_a_restored_database_has_no_sessions(office: Office, tmp_path: Path) -> None:
    """Who signed out after the backup stays out."""
    office.user("anna")
    office.password("anna")
    token = office.accounts.sign_in("anna", PASSWORD, ADDRESS).token
    backup(office.store, tmp_path / "backup")
    engine = open_engine(f"sqlite:///{tmp_path / 'restored.db'}")
    restore(tmp_path / "backup", engine, SCHEMA, office.world.environment)
    restored = Accounts(Store(engine, SCHEMA, office.world.environment), office.passwords)
    assert restored.session(token) is None
    assert restored.sign_in("anna", PASSWORD, ADDRESS).name == "anna"
    assert office.accounts.session(token) is not None
    engine.dispose()

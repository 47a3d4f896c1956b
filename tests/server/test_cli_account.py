"""`syncengine account`, as an operator uses it."""

from __future__ import annotations

from pathlib import Path

from server.accounts.passwords import Cost, Passwords
from server.accounts.sign_in import Accounts
from server.compose import open_store
from server.settings import load_settings
from syncengine.model.rights import Right
from tests.server.cli import Cli


def test_the_first_administrator_is_made_once(cli: Cli, tmp_path: Path) -> None:
    """By a command, with a password that is good once (issue of the portal, point 2)."""
    database = ("--database", f"sqlite:///{tmp_path / 'server.db'}")
    cli("migrate", *database)
    made = cli("account", "first", "Anna", *database, "--json").data
    assert made["name"] == "Anna"
    again = cli("account", "first", "bob", *database)
    assert again.status == 1
    assert "[account.not_first]" in again.err
    (listed,) = cli("account", "list", *database, "--json").data
    assert (listed["name"], listed["password"], listed["locked"]) == ("anna", "one-time", False)
    assert "Administration" in cli("account", "list", *database).out
    reset = cli("account", "reset", "ANNA", *database, "--json").data
    assert reset["password"] != made["password"]
    assert "may try again" in cli("account", "unlock", "anna", *database).out
    assert "[account.unknown]" in cli("account", "reset", "nobody", *database).err
    with open_store(load_settings(None, {}, database=database[1])) as store:
        accounts = Accounts(store, Passwords(store.environment, Cost(1, 8, 1)))
        signed_in = accounts.sign_in("anna", reset["password"], "192.0.2.1")
        assert signed_in.must_change
        new = "a long enough one"
        changed = accounts.change_password(signed_in, reset["password"], new, "192.0.2.1")
        assert changed.rights.may(Right.EDIT, "office_user")


def test_a_first_one_has_a_name_and_a_language(cli: Cli, tmp_path: Path) -> None:
    database = ("--database", f"sqlite:///{tmp_path / 'server.db'}")
    cli("migrate", *database)
    assert "[account.name]" in cli("account", "first", " ", *database).err
    wrong = cli("account", "first", "anna", "--language", "fr", *database)
    assert "[value.invalid]" in wrong.err
    assert cli("account", "list", *database, "--json").data == []

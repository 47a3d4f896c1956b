"""`syncengine token`, as an operator uses it."""

from __future__ import annotations

from pathlib import Path

from tests.server.cli import Cli


def test_a_token_is_made_listed_and_revoked(cli: Cli, tmp_path: Path) -> None:
    database = ("--database", f"sqlite:///{tmp_path / 'server.db'}")
    cli("migrate", *database)
    cli("account", "first", "anna", *database)
    options = ("--user", "anna", "--days", "30", "--write", "--entity", "customer", *database)
    made = cli("token", "create", "ERP", *options, "--json").data
    assert made["token"].startswith("sea_")
    (listed,) = cli("token", "list", *database, "--json").data
    assert (listed["name"], listed["user"], listed["state"]) == ("ERP", "anna", "good")
    assert (listed["read_only"], listed["entities"]) == (False, ["customer"])
    table = cli("token", "list", *database).out
    assert "never" in table
    assert made["token"] not in table
    assert "revoked" in cli("token", "revoke", listed["token"], *database).out
    assert cli("token", "list", *database, "--json").data[0]["state"] == "revoked"
    for wrong in ("nothing", "01900000-0000-7000-8000-000000000000"):
        assert "[token.unknown]" in cli("token", "revoke", wrong, *database).err
    nobody = ("--user", "nobody", "--days", "1", *database)
    assert "[account.unknown]" in cli("token", "create", "ERP", *nobody).err
    long = ("--user", "anna", "--days", "1000", *database)
    assert "[token.refused]" in cli("token", "create", "ERP", *long).err

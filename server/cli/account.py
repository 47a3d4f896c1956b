"""account first|list|reset|unlock."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from server.cli.options import AsJson, Config, Database, opened

if TYPE_CHECKING:
    from server.accounts.directory import Listed
    from syncengine.store.store import Store

account = typer.Typer(no_args_is_help=True, help="Office users: the first one, list, reset.")

Name = Annotated[str, typer.Argument(help="Name for signing in.", show_default=False)]


@account.command("first")
def first(
    name: Name,
    language: Annotated[str, typer.Option(help="de or en.")] = "de",
    database: Database = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Make the first administrator, and print a one-time password.

    Only while there is no administrator; later ones are made in the portal.
    """
    from server.accounts.directory import make_first

    with opened(database, config) as store:
        user = make_first(store, name, language)
        _reset(store, user, name, as_json)


@account.command("list")
def list_accounts(
    database: Database = None, config: Config = None, as_json: AsJson = False
) -> None:
    """Every user: roles, and how things stand with password and lock-out."""
    from server.accounts.directory import users
    from server.cli.output import local, moment, print_json, print_table

    with opened(database, config) as store:
        found = users(store)
    if as_json:
        print_json([user.as_data() for user in found])
        return
    columns = ("name", "full name", "state", "roles", "limited to", "last seen")
    print_table(
        columns,
        [
            (u.name, u.full_name, _state(u), ", ".join(u.roles), u.limited_to or "",
             local(moment(u.seen)))
            for u in found
        ],
    )  # fmt: skip


def _state(user: Listed) -> str:
    if not user.active:
        return "not active"
    return "locked out" if user.locked else user.password


@account.command("reset")
def reset(
    name: Name, database: Database = None, config: Config = None, as_json: AsJson = False
) -> None:
    """Print a one-time password, which ends the user's sessions and a lock-out."""
    from server.accounts.directory import user_named

    with opened(database, config) as store:
        _reset(store, user_named(store, name), name, as_json)


@account.command("unlock")
def unlock(
    name: Name, database: Database = None, config: Config = None, as_json: AsJson = False
) -> None:
    """Let a user who is locked out try again at once."""
    from server.accounts.directory import user_named
    from server.accounts.sign_in import Accounts
    from server.cli.output import print_json

    with opened(database, config) as store:
        Accounts(store).unlock(None, user_named(store, name))
    if as_json:
        print_json({"ok": True, "name": name})
    else:
        typer.echo(f"{name} may try again.")


def _reset(store: Store, user: bytes, name: str, as_json: bool) -> None:
    from server.accounts.sign_in import Accounts
    from server.cli.output import print_json

    password = Accounts(store).reset_password(None, user)
    if as_json:
        print_json({"ok": True, "name": name, "password": password})
    else:
        typer.echo(f"{password}\nGood for a week, to be changed when {name} signs in first.")

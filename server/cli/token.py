"""token create|list|revoke."""

from __future__ import annotations

from typing import Annotated

import typer

from server.cli.options import AsJson, Config, Database, opened

token = typer.Typer(no_args_is_help=True, help="Tokens by which other systems use the API.")


@token.command("create")
def create(
    name: Annotated[str, typer.Argument(help="What it is for.", show_default=False)],
    user: Annotated[str, typer.Option(help="Whose rights it carries.", show_default=False)],
    days: Annotated[int, typer.Option(help="How long it is good: 1 to 366.", show_default=False)],
    write: Annotated[bool, typer.Option("--write", help="Not for reading only.")] = False,
    entity: Annotated[
        list[str] | None,
        typer.Option(help="Only rows of this kind; may be repeated.", show_default=False),
    ] = None,
    database: Database = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Make a token and print it; it is never shown again.

    It carries at most what its user may do: for reading, or with --write for changes, too.
    """
    from server.accounts.api_tokens import ApiTokens
    from server.accounts.directory import user_named
    from server.cli.output import print_json
    from syncengine.store.scope import Scope

    scope = Scope(not write, frozenset(entity) if entity else None)
    with opened(database, config) as store:
        made = ApiTokens(store).make(None, user_named(store, user), name, scope, days)
    if as_json:
        print_json({"ok": True, "name": name, "token": made})
    else:
        typer.echo(f"{made}\nGood for {days} days. It is not shown again.")


@token.command("list")
def list_tokens(database: Database = None, config: Config = None, as_json: AsJson = False) -> None:
    """Every token: whose it is, what for, and how things stand with it."""
    from server.accounts.api_tokens import ApiTokens
    from server.cli.output import local, moment, print_json, print_table
    from syncengine.model.ids import to_text

    with opened(database, config) as store:
        found = ApiTokens(store).every()
    if as_json:
        print_json([one.as_data() for one in found])
        return
    columns = ("id", "name", "user", "may", "rows of", "state", "expires", "last used")
    print_table(
        columns,
        [
            (to_text(one.token), one.name, one.user, "read" if one.read_only else "write",
             "all" if one.entities is None else ", ".join(one.entities), one.state,
             local(moment(one.expires)), local(moment(one.seen or 0)))
            for one in found
        ],
    )  # fmt: skip


@token.command("revoke")
def revoke(
    token_id: Annotated[str, typer.Argument(metavar="ID", help="As `list` shows it.")],
    database: Database = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """End a token at once."""
    from server.accounts.api_tokens import ApiTokens
    from server.cli.output import print_json
    from server.problem import Problem
    from syncengine.model.ids import from_text

    try:
        named = from_text(token_id)
    except ValueError:
        raise Problem("token.unknown", "There is no such token.") from None
    with opened(database, config) as store:
        ApiTokens(store).revoke(None, named)
    if as_json:
        print_json({"ok": True, "id": token_id})
    else:
        typer.echo("The token is revoked.")

"""conflicts, quarantine: list, show, accept, reject, edit what waits for the office."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from server.cli.options import AsJson, Config, Database, opened

if TYPE_CHECKING:
    from syncengine.model.fields import Stored
    from syncengine.store.review_queue import Entry, Shown
    from syncengine.store.store import Store

Number = Annotated[int, typer.Argument(help="As `list` shows it.", show_default=False)]
Why = Annotated[str, typer.Option("--reason", help="Why, for the history.", show_default=False)]
Limit = Annotated[int, typer.Option(min=1, max=1_000, help="At most so many.")]
Decided = Annotated[
    bool, typer.Option("--decided", help="Instead: what was decided, newest first.")
]
Sets = Annotated[
    list[str],
    typer.Option(
        "--set",
        help="field=value, nothing after = for empty; 2:field=value for the second operation.",
        show_default=False,
    ),
]


def group(kind: str, what: str) -> typer.Typer:
    """The commands for one kind of entry."""
    commands = typer.Typer(no_args_is_help=True, help=what)

    def list_(
        decided: Decided = False, limit: Limit = 50, database: Database = None,
        config: Config = None, as_json: AsJson = False,
    ) -> None:  # fmt: skip
        """What waits for a decision, oldest first."""
        from server.cli.output import print_json
        from syncengine.store.review_queue import entries
        from syncengine.store.reviews import Kind

        with opened(database, config) as store:
            found, count = entries(store, Kind(kind), decided, limit)
        if as_json:
            print_json({"count": count, "entries": [entry.as_data() for entry in found]})
        else:
            _print_list(found, count, decided)

    def show(
        number: Number, database: Database = None, config: Config = None, as_json: AsJson = False
    ) -> None:
        """One of them: who, for whom, when; the values of base, server and device; the reason."""
        from server.cli.output import print_json
        from syncengine.store.review_queue import show as find
        from syncengine.store.reviews import COMMANDS, Kind

        with opened(database, config) as store:
            shown = find(store, Kind(kind), number)
        if as_json:
            print_json(shown.as_data())
        else:
            _print(shown, COMMANDS[Kind(kind)])

    commands.command("list")(list_)
    commands.command("show")(show)
    _add_decisions(commands, kind)
    return commands


def _add_decisions(commands: typer.Typer, kind: str) -> None:
    """accept, reject, edit."""

    def accept(
        number: Number, reason: Why = "", database: Database = None, config: Config = None,
        as_json: AsJson = False,
    ) -> None:  # fmt: skip
        """Put what was entered into effect, on behalf of who did it. Judged again as of now."""
        from syncengine.store import review_queue
        from syncengine.store.reviews import Kind

        with opened(database, config) as store:
            version = review_queue.accept(store, Kind(kind), number, reason)
        _told(number, "accepted", version, as_json)

    def reject(
        number: Number, reason: Why, database: Database = None, config: Config = None,
        as_json: AsJson = False,
    ) -> None:  # fmt: skip
        """Leave things as they are; the reason is kept."""
        from syncengine.store import review_queue
        from syncengine.store.reviews import Kind

        with opened(database, config) as store:
            version = review_queue.reject(store, Kind(kind), number, reason)
        _told(number, "rejected", version, as_json)

    def edit(
        number: Number, sets: Sets, reason: Why = "", database: Database = None,
        config: Config = None, as_json: AsJson = False,
    ) -> None:  # fmt: skip
        """Accept it with other values."""
        from syncengine.store import review_queue
        from syncengine.store.reviews import Kind

        with opened(database, config) as store:
            values = _values(store, kind, number, sets)
            version = review_queue.edit(store, Kind(kind), number, values, reason)
        _told(number, "accepted with other values", version, as_json)

    for command in (accept, reject, edit):
        commands.command()(command)


def _values(store: Store, kind: str, number: int, sets: list[str]) -> dict[int, dict[int, Stored]]:
    """What --set says, by place of the operation; a Problem for anything that is not clear."""
    from server.cli.change_file import Reader
    from server.problem import Problem
    from syncengine.store.review_queue import operations_of
    from syncengine.store.reviews import Kind

    operations = operations_of(store, Kind(kind), number)
    values: dict[int, dict[int, Stored]] = {}
    for text in sets:
        named, equals, value = text.partition("=")
        place, colon, name = named.rpartition(":")
        where = int(place) - 1 if place.isdigit() else 0
        if not equals or bool(colon) != place.isdigit() or not 0 <= where < len(operations):
            raise Problem("review.set", f"Say --set field=value, or 2:field=value, not {text}.")
        entity = store.schema.by_tag[operations[where].tag]
        field, stored = Reader(store).typed(entity, name, value)
        values.setdefault(where, {})[field] = stored
    return values


def _told(number: int, what: str, version: int, as_json: bool) -> None:
    from server.cli.output import print_json

    if as_json:
        print_json({"number": number, "decision": what, "version": version})
    else:
        typer.echo(f"{number} {what}, as version {version}.")


def _whose(entry: Entry) -> str:
    whom = f" for {entry.principal}" if entry.principal not in (None, entry.actor) else ""
    return f"{entry.actor}{whom}"


def _print_list(found: list[Entry], count: int, decided: bool) -> None:
    from server.cli.output import local, moment, print_table

    if not found:
        typer.echo("Nothing has been decided yet." if decided else "Nothing waits.")
        return
    rows = [
        (
            e.number,
            local(moment(e.done)),
            _whose(e),
            ", ".join(e.rows),
            e.state,
            " ".join(e.reasons),
        )
        for e in found
    ]
    print_table(("#", "done", "who", "rows", "state", "why"), rows)
    if count > len(found):
        typer.echo(f"{len(found)} of {count}; --limit shows more.")


def _print(shown: Shown, command: str) -> None:
    from server.cli.output import local, moment, print_table

    entry = shown.entry
    done, received = local(moment(entry.done)), local(moment(entry.received))
    typer.echo(f"{entry.number}: {', '.join(entry.rows)}")
    typer.echo(f"Done by {_whose(entry)} at {done} (estimated), arrived {received}.")
    for reason in entry.reasons:
        typer.echo(reason)
    rows = [
        (v.operation + 1, v.action, v.row, v.field, v.base, v.server, v.now, v.device)
        for v in shown.values
    ]
    columns = ("#", "action", "row", "field", "before", "server then", "server now", "device")
    print_table(columns, rows)
    if entry.decision is not None and entry.decided is not None:
        why = f": {entry.reason}" if entry.reason else "."
        decided = local(moment(entry.decided))
        typer.echo(f"Was {entry.state} at {decided} as version {entry.decision}{why}")
    else:
        number = entry.number
        typer.echo(
            f"To decide: syncengine {command} accept {number}, reject {number} --reason ...,"
        )
        typer.echo(f"or edit {number} --set field=value.")

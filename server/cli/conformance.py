"""conformance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from server.cli.options import AsJson

if TYPE_CHECKING:
    from server.conformance.run import Result


def conformance(
    url: Annotated[str, typer.Argument(help="Where the server is, as http://localhost:8000.")],
    code: Annotated[
        list[str],
        typer.Option(help="A one-time code for enrolment. Give two.", show_default=False),
    ],
    as_json: AsJson = False,
) -> None:
    """Ask any server whether it keeps to docs/PROTOCOL.md.

    Needs two one-time codes (`syncengine device enrol`), best of people who own rows. It writes
    rows and has the second device fenced: use a database for tests.
    """
    from dataclasses import asdict

    from server.cli.output import print_json
    from server.conformance.run import SEATS, conform
    from syncengine.model.environment import Environment

    if len(code) != SEATS:
        raise typer.BadParameter("give --code twice", param_hint="--code")
    results = conform(url, code, Environment(), _silent if as_json else _tell)
    counts = {o: sum(r.outcome == o for r in results) for o in ("passed", "failed", "skipped")}
    if as_json:
        ok = not counts["failed"]
        print_json({"ok": ok, **counts, "checks": [asdict(r) for r in results]})
    else:
        typer.echo(", ".join(f"{number} {outcome}" for outcome, number in counts.items()) + ".")
    raise typer.Exit(1 if counts["failed"] else 0)


def _silent(result: Result) -> None:
    """For scripts, which read the whole in the end."""


def _tell(result: Result) -> None:
    typer.echo(f"{result.outcome:8}{result.group}: {result.title}")
    if result.why:
        typer.echo(f"        {result.why}")

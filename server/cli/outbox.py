"""outbox take."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from server.cli.options import AsJson, Config, Database, opened

outbox = typer.Typer(no_args_is_help=True, help="Work of a device that is too old to sync.")


@outbox.command("take")
def take(
    file: Annotated[Path, typer.Argument(help="What the device wrote.", show_default=False)],
    database: Database = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Take what a device handed in as a file. Twice does no harm: each piece of work counts once.

    What is too old to be read here is quarantined: kept whole, without effect.
    """
    from server.cli.output import print_json
    from server.cli.records import entered_line
    from server.cli.unfinished import progress_bar
    from server.problem import Problem
    from syncengine.model.changeset import Outcome
    from syncengine.protocol.limits import MAX_HAND_IN_BYTES
    from syncengine.store.handed_in import take as take_file
    from syncengine.store.history import entered

    if not file.is_file():
        raise Problem("outbox.missing", f"There is no file {file}.")
    with file.open("rb") as source:
        data = source.read(MAX_HAND_IN_BYTES + 1)  # one more is refused, however many there are
    bar = progress_bar(shown=not as_json, unit="changesets")
    with opened(database, config) as store, bar as progress:
        taken = take_file(store, data)
        answers = []
        for answer in taken.answers:
            answers.append(answer)
            progress("taken", 1)
    counts = Counter(str(a.verdict.outcome) for a in answers)
    kept = [a for a in answers if a.verdict.outcome in (Outcome.REJECTED, Outcome.QUARANTINED)]
    if as_json:
        refused = [
            {
                "sequence": a.verdict.sequence,
                "outcome": str(a.verdict.outcome),
                "reasons": [o.detail for o in a.verdict.objections],
                "entered": entered(taken.schema, a.body),
            }
            for a in kept
        ]
        print_json({"ok": True, "outcomes": dict(counts), "refused": refused})
        return
    told = ", ".join(f"{n} {outcome}" for outcome, n in sorted(counts.items())) or "nothing"
    typer.echo(f"{taken.seat.device}: {told}.")
    for answer in kept:
        typer.echo(f"Changeset {answer.verdict.sequence}: {answer.verdict.outcome}")
        for line in [o.detail for o in answer.verdict.objections]:
            typer.echo(f"    {line}")
        for operation in entered(taken.schema, answer.body):
            typer.echo(f"    {entered_line(operation)}")

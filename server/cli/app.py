"""The commands, one file a group; importing this must stay quick, so the groups import late."""

from __future__ import annotations

from typing import Annotated

import typer

from server.cli import (
    account,
    changing,
    compacting,
    conformance,
    demo,
    device,
    exporting,
    fields,
    importing,
    leaving,
    lifecycles,
    module,
    outbox,
    purging,
    records,
    review,
    safekeeping,
    serving,
    simulating,
    slices,
    substitute,
    token,
    unfinished,
)

app = typer.Typer(
    name="syncengine",
    help="Offline-first sync engine for a field sales force.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def _common(
    debug: Annotated[bool, typer.Option("--debug", help="Show where an error came from.")] = False,
) -> None:
    """Offline-first sync engine for a field sales force."""


app.command("demo")(demo.demo)
app.command("serve")(serving.serve)
app.command("migrate")(serving.migrate)
app.command("fields")(fields.fields)
app.add_typer(module.module, name="module")
app.command("lifecycles")(lifecycles.lifecycles)
app.command("import")(importing.import_files)
app.command("export")(exporting.export)
app.command("explain")(slices.explain)
app.add_typer(substitute.substitute, name="substitute")
app.command("handover")(leaving.handover)
app.command("preview")(changing.preview)
app.command("change")(changing.change)
app.command("resume")(unfinished.resume)
app.command("purged")(purging.purged)
app.add_typer(device.device, name="device")
app.add_typer(account.account, name="account")
app.add_typer(token.token, name="token")
app.command("conformance")(conformance.conformance)
app.add_typer(review.group("conflict", "Conflicts that people decide."), name="conflicts")
app.add_typer(
    review.group("quarantine", "Work that was kept without effect until somebody decides."),
    name="quarantine",
)
app.add_typer(outbox.outbox, name="outbox")
app.command("history")(records.history)
app.command("doctor")(records.doctor)
app.command("compact")(compacting.compact)
app.command("backup")(safekeeping.backup)
app.command("restore")(safekeeping.restore)
app.add_typer(demo.bench, name="bench")
app.command("simulate")(simulating.simulate)

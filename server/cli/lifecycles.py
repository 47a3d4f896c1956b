"""lifecycles."""

from __future__ import annotations

from typing import Annotated

import typer

from server.cli.options import Config, settings_of


def lifecycles(
    entity: Annotated[
        str | None, typer.Argument(help="Only this kind of row.", show_default=False)
    ] = None,
    config: Config = None,
) -> None:
    """The lifecycles of the modules, as Mermaid diagrams in Markdown."""
    from server.compose import load_schema
    from server.problem import Problem
    from syncengine.model.lifecycle_diagram import section

    found = load_schema(settings_of(config)).lifecycles
    if entity is not None and entity not in found:
        known = ", ".join(sorted(found)) or "none"
        raise Problem("entity.unknown", f"{entity} has no lifecycle. Those that have: {known}.")
    for name in [entity] if entity is not None else sorted(found):
        typer.echo(section(found[name]))

"""module list|new."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from server.cli.options import AsJson, Config, Database, settings_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from server.modules import Standing

module = typer.Typer(no_args_is_help=True, help="Domain modules: which are here, and new ones.")


@module.command("list")
def list_modules(database: Database = None, config: Config = None, as_json: AsJson = False) -> None:
    """Every module that is installed, or whose data the database has; what each one brings."""
    from server.cli.output import print_json
    from server.compose import check_there, open_database
    from server.modules import standing

    settings = settings_of(config, database=database)
    with open_database(settings) as engine:
        check_there(engine.url)
        found = standing(engine)
    if as_json:
        print_json([_data(one) for one in found])
        return
    for one in found:
        typer.echo("\n".join(_told(one)))


def _told(one: Standing) -> Iterator[str]:
    module = one.module
    yield f"{module.name} {module.version}: {one.state}"
    yield f"  number    {module.number}"
    yield f"  package   {one.distribution or one.package}"
    if module.entities:
        yield f"  entities  {', '.join(entity.name for entity in module.entities)}"
    if one.pages:
        yield f"  pages     {', '.join(one.pages)}"
    if module.absent:
        yield "  Its package is missing. Its rows stay; work on them is refused until it is back."


def _data(one: Standing) -> dict[str, Any]:
    return {
        "number": one.module.number,
        "name": one.module.name,
        "version": one.module.version,
        "package": one.package,
        "distribution": one.distribution or None,
        "state": one.state,
        "entities": [entity.name for entity in one.module.entities],
        "pages": list(one.pages),
    }

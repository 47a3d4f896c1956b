"""module list|new."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

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


@module.command("new")
def new(
    name: Annotated[str, typer.Argument(help="Of the module and its package.", show_default=False)],
    into: Annotated[Path, typer.Option(help="In which folder.")] = Path(),
    entity: Annotated[
        str | None,
        typer.Option(help="Its first kind of row. Default: NAME_row.", show_default=False),
    ] = None,
    number: Annotated[
        int | None,
        typer.Option(
            help="Of the module, from 100 on. Default: the first free.", show_default=False
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write the package of a new module, with its tests. Nothing is ever overwritten."""
    from server.cli.output import print_json
    from server.modules import installed
    from server.new_module import planned, write
    from server.portal.routes import own_names

    modules = [one.module for one in installed()]
    plan = planned(name, entity, number, modules, own_names())
    folder = write(plan, into)
    if as_json:
        print_json({"ok": True, "folder": str(folder), "entity": plan.entity,
                    "number": plan.number})  # fmt: skip
    else:
        typer.echo(
            f"{folder} is written: module {plan.number}, with rows called {plan.entity}.\n"
            f"Next: pip install -e {folder}, then syncengine migrate."
        )


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

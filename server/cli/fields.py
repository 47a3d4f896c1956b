"""fields."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from server.cli.options import AsJson, Config, settings_of

if TYPE_CHECKING:
    from syncengine.model.entity import Entity, Field
    from syncengine.model.fields import FieldType
    from syncengine.model.manifest import Schema


def fields(
    entity: Annotated[
        str | None, typer.Argument(help="Only this kind of row.", show_default=False)
    ] = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """The fields of each entity: those of the modules and the installation's own."""
    from server.cli.output import print_json, print_table
    from server.compose import load_schema
    from server.problem import Problem

    schema = load_schema(settings_of(config))
    if entity is not None and entity not in schema.entities:
        known = ", ".join(sorted(schema.entities))
        raise Problem("entity.unknown", f"There is no kind of row {entity}. Known: {known}.")
    found = [one for one in _all(schema) if entity in (None, one["entity"])]
    if as_json:
        print_json(found)
        return
    print_table(
        ["entity", "number#", "field", "type", "from", "device", ""],
        [
            [
                one["entity"],
                one["number"],
                one["field"],
                _said(one["type"], one["arguments"]),
                one["origin"],
                one["device"],
                "removed" if one["removed"] else "",
            ]
            for one in found
        ],
    )


def _all(schema: Schema) -> list[dict[str, Any]]:
    return [
        _described(module.name, entity, field)
        for module in schema.modules
        for entity in module.entities
        for field in sorted((*entity.fields, *entity.removed), key=lambda f: f.number)
    ]


def _described(module: str, entity: Entity, field: Field) -> dict[str, Any]:
    from syncengine.model.custom import is_custom

    return {
        "entity": entity.name,
        "number": field.number,
        "field": field.name,
        "type": type(field.type).__name__.lower(),
        "arguments": _arguments(field.type),
        "origin": "custom" if is_custom(field) else module,
        "device": str(field.device),
        "required": field.required,
        "removed": field.number not in entity.by_number,
    }


def _arguments(kind: FieldType) -> dict[str, Any]:
    """Those that say something: defaults go without saying."""
    import dataclasses

    return {
        f.name: value
        for f in dataclasses.fields(kind)
        if (value := getattr(kind, f.name)) != f.default
    }


def _said(kind: str, arguments: dict[str, Any]) -> str:
    parts = [
        ", ".join(value) if isinstance(value, tuple) else f"{name} {value}"
        for name, value in arguments.items()
    ]
    return f"{kind} ({'; '.join(parts)})" if parts else kind

"""The schema that travels as data, as dictionaries."""

from __future__ import annotations

from typing import Any

from tests.naive.codec import Wrong, unpack


def read_schema(data: bytes) -> tuple[dict[int, dict[str, Any]], dict[str, int]]:
    """(entities by tag, module versions by name)."""
    try:
        return _read(unpack(data))
    except (ValueError, TypeError, Wrong) as error:
        raise Wrong("schema.invalid", str(error)) from None


def _read(modules: Any) -> tuple[dict[int, dict[str, Any]], dict[str, int]]:
    entities: dict[int, dict[str, Any]] = {}
    versions: dict[str, int] = {}
    for number, module, version, declared, _grants, _people in modules:
        versions[module] = version
        for entity_number, name, fields, terms, actions, _insert, _edit, *more in declared:
            entities[number * 256 + entity_number] = {
                "name": name,
                "fields": [_field(f) for f in fields],
                "terms": terms,
                "actions": actions,
                "part": next((a[0] for kind, a in terms if kind == "part"), 100),
                "removed": [_field(f) for some in more[:1] for f in some],
                "window": more[1] if len(more) > 1 else None,
            }
    return entities, versions


def _field(data: list[Any]) -> dict[str, Any]:
    number, name, kind, arguments, required, right, _rule = data
    return {"number": number, "name": name, "type": kind, "arguments": arguments,
            "required": required, "right": right}  # fmt: skip


def facets(entities: dict[int, dict[str, Any]], name: str) -> list[tuple[int, int, list[int]]]:
    """(tag, place of the referring field, places of the fields to show) of an entity's facets."""
    own = {f["name"] for e in entities.values() if e["name"] == name for f in e["fields"]}
    found = []
    for tag, entity in entities.items():
        for kind, arguments in entity["terms"]:
            if kind != "facetof":
                continue
            names = [f["name"] for f in entity["fields"]]
            refers = names.index(arguments[0])
            if entity["fields"][refers]["arguments"][0] == name:
                shown = [i for i, n in enumerate(names) if i != refers and n not in own]
                found.append((tag, refers, shown))
    return found


def window(entity: dict[str, Any], record: list[Any]) -> list[Any]:
    """From when and until when a row shows; nil is open."""
    names = [f["name"] for f in entity["fields"]]
    return [record[names.index(name)] for name in entity["window"] or ()] or [None, None]


def followed(entities: dict[int, dict[str, Any]], tag: int) -> tuple[int, int] | None:
    """(tag, place of the referring field) of the rows with whose windows those of an entity show;
    None where there is none.
    """
    terms = entities[tag]["terms"]
    if len(terms) != 1 or terms[0][0] != "follows":
        return None
    place = [f["name"] for f in entities[tag]["fields"]].index(terms[0][1][0])
    name = entities[tag]["fields"][place]["arguments"][0]
    above = next(tag for tag, entity in entities.items() if entity["name"] == name)
    windowed = entities[above]["window"] or followed(entities, above)
    return (above, place) if windowed else None


def columns(entities: dict[int, dict[str, Any]], tag: int) -> list[str]:
    """The names of what is shown of an entity's rows, behind the id."""
    entity = entities[tag]
    names = [str(f["name"]) for f in entity["fields"]]
    for facet, _, shown in facets(entities, entity["name"]):
        names += [str(entities[facet]["fields"][i]["name"]) for i in shown]
    return names


def fit(entity: dict[str, Any], record: list[Any]) -> list[Any]:
    """A record with a value for each field of the entity."""
    width = 2 + len(entity["fields"])
    return (record + [None] * width)[:width]

"""What there is: the schema, and OpenAPI 3.1 made from it, as far as the token may see it."""

from __future__ import annotations

from typing import Any

from server.api import components
from server.api.asked import Asked
from server.api.components import members, parameter, ref
from server.api.kinds import described as field_described
from server.api.kinds import filter_shape, key_shape, values_read, values_written
from server.api.wishes import visible_entity
from syncengine.model.custom import is_custom
from syncengine.model.entity import Entity
from syncengine.model.manifest import Schema
from syncengine.model.rights import Right, Rights
from syncengine.store.listing import sortable
from syncengine.store.store import Store

Reply = tuple[int, Any]
Shape = dict[str, Any]

REFUSALS = {
    400: "The address or the body cannot be read.",
    401: "No token that is good.",
    403: "The token's rights do not allow it.",
    404: "There is nothing there, or nothing that this token may see.",
    405: "Another method.",
    408: "The body stopped arriving.",
    409: "Somebody else was there before: row.changed, key.taken, push.id_reused.",
    410: "changes.resync: read everything anew.",
    413: "Too large.",
    415: "Another content type.",
    422: "What is asked does not fit, or the engine refuses it.",
    429: "Too often; see Retry-After.",
    503: "Too much to do; see Retry-After.",
}
ALWAYS = (400, 401, 429, 503)
WRITING = (403, 404, 408, 409, 413, 415, 422)


def entities_of(store: Store, rights: Rights) -> list[Entity]:
    """The kinds of rows that may be viewed, as they are declared."""
    known = store.schema.by_tag.values()
    return [e for e in known if visible_entity(store, rights, e.name) is not None]


def schema(store: Store, asked: Asked) -> Reply:
    """GET /schema: kinds of rows, their fields, and what the token may do with them."""
    asked.only()
    told = [
        {
            "name": entity.name,
            "key": entity.key,
            "rights": [str(r) for r in Right if asked.rights.may(r, entity.name)],
            "fields": [field_described(f, is_custom(f)) for f in entity.fields],
        }
        for entity in entities_of(store, asked.rights)
    ]
    return 200, {"schema": store.schema.hash.hex(), "entities": told}


def openapi(store: Store, asked: Asked) -> Reply:
    """GET /openapi.json."""
    asked.only()
    return 200, document(store, asked.rights)


def document(store: Store, rights: Rights) -> Shape:
    """OpenAPI 3.1 of what these rights let do."""
    entities = entities_of(store, rights)
    written = [e for e in entities if writes(rights, e)]
    paths: dict[str, Shape] = {
        "/openapi.json": {"get": call("openapi", "This description.", {"type": "object"})},
        "/schema": {"get": call("schema", "Kinds of rows and their fields.", ref("Schema"))},
        "/changes": {"get": call(
            "changes", "What changed since: ids, versions, and what is gone.", ref("Changes"),
            [*components.CHANGES_PARAMETERS,
             *one_of("entity", [e.name for e in entities], "Rows of this kind only.")],
            refused=(403, 410),
        )},
    }  # fmt: skip
    shapes: dict[str, Shape] = {
        "Problem": components.PROBLEM, "Written": components.WRITTEN, "Changes": components.CHANGES,
        "History": components.HISTORY, "Schema": components.SCHEMA, "ByKey": components.BY_KEY,
    }  # fmt: skip
    for entity in entities:
        paths |= entity_paths(entity, entity in written)
        shapes |= entity_shapes(store.schema, entity, entity in written)
    if written:
        paths["/changesets"] = {"post": changeset_call(written)}
    return {
        "openapi": "3.1.0",
        "info": {"title": "syncengine", "version": "1", "description": ABOUT},
        "servers": [{"url": "/api/v1"}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": shapes,
            "responses": {str(status): problem(said) for status, said in REFUSALS.items()},
        },
    }


ABOUT = (
    "Reads and changesets for other systems. Decimals travel as text, times with their zone (RFC"
    " 3339), ids as text. What a token may not see is as if it were not there."
)


def writes(rights: Rights, entity: Entity) -> bool:
    """Whether anything of it may be written."""
    return any(rights.may(r, entity.name) for r in (Right.ADD, Right.EDIT, Right.DELETE))


def problem(said: str) -> Shape:
    """The answer of that meaning."""
    content = {"application/problem+json": {"schema": ref("Problem")}}
    return {"description": said, "content": content}


def call(
    name: str, said: str, answer: Shape, parameters: list[Shape] | None = None,
    body: Shape | None = None, created: bool = False, refused: tuple[int, ...] = (),
    tag: str = "all",
) -> Shape:  # fmt: skip
    """One call. created: 201 is a good answer, too."""
    content = {"application/json": {"schema": answer}}
    good = {"200": {"description": said, "content": content}}
    if created:
        good["201"] = {"description": "The row is new.", "content": content}
    statuses = sorted({*ALWAYS, *refused})
    found: Shape = {
        "operationId": name, "summary": said, "tags": [tag],
        "responses": good | {str(s): ref(str(s), "responses") for s in statuses},
    }  # fmt: skip
    if parameters:
        found["parameters"] = parameters
    if body is not None:
        content = {"application/json": {"schema": body}}
        found["requestBody"] = {"required": True, "content": content}
    return found


def one_of(name: str, words: list[str], said: str) -> list[Shape]:
    """A parameter that is one of these words; none, where there are none."""
    return [parameter(name, {"type": "string", "enum": words}, said)] if words else []


def entity_paths(entity: Entity, written: bool) -> dict[str, Shape]:
    """The addresses of one kind of rows."""
    name = entity.name
    sorting = one_of("sort", sortable(entity), "By a field.")
    filters = [
        parameter(f"f.{f.name}", shape, f"Rows whose {f.name} is this; nothing: is empty.")
        for f in entity.fields
        if (shape := filter_shape(f)) is not None
    ]
    rows = members({"rows": components.listed(ref(name)), "after": {
        **components.CURSOR, "type": ["string", "null"]}})  # fmt: skip
    found: dict[str, Shape] = {
        f"/rows/{name}": {"get": call(
            f"list_{name}", f"Rows of {name}, page by page.", rows,
            [*components.LIST_PARAMETERS, *sorting, *filters], refused=(404,), tag=name,
        )},
        f"/rows/{name}/{{id}}": {"get": call(
            f"get_{name}", f"One row of {name}.", ref(name), [components.PATH_ID], refused=(404,),
            tag=name,
        )},
        f"/rows/{name}/{{id}}/history": {"get": call(
            f"history_{name}", f"Who changed a row of {name}, when, and how it was.",
            ref("History"), [components.PATH_ID, *components.HISTORY_PARAMETERS], refused=(404,),
            tag=name,
        )},
    }  # fmt: skip
    if entity.key is not None:
        key = parameter("key", key_shape(entity), f"The row's {entity.key}.", "path")
        by_key = {"get": call(
            f"get_{name}_by_key", f"The row of {name} with this key.", ref(name), [key],
            refused=(404, 409), tag=name,
        )}  # fmt: skip
        if written:
            body = members(
                {"values": ref(f"{name}.values"), "version": components.VERSION}, ["values"]
            )
            by_key["put"] = call(
                f"put_{name}_by_key", f"Insert the row of {name} with this key, or edit it.",
                ref("Written"), [key, components.IDEMPOTENCY], body, True,
                WRITING, name,
            )  # fmt: skip
        found[f"/rows/{name}/key/{{key}}"] = by_key
    return found


def entity_shapes(schema: Schema, entity: Entity, written: bool) -> dict[str, Shape]:
    """The components of one kind of rows."""
    name = entity.name
    row = {"id": components.ROW_ID, "version": components.VERSION, "values": values_read(entity)}
    found = {name: members(row)}
    if not written:
        return found
    of = {"entity": {"type": "string", "const": name}}
    values, version = {"values": ref(f"{name}.values")}, {"version": components.VERSION}
    by_id, by_key = {"id": components.ROW_ID}, {"key": key_shape(entity)} if entity.key else {}

    def action(word: str, *some: Shape, needed: tuple[str, ...] = ()) -> Shape:
        properties = {"action": {"type": "string", "const": word}, **of}
        for one in some:
            properties |= one
        return members(properties, ["action", "entity", *needed])

    actions = [
        action("insert", by_id, values, needed=("values",)),
        action("update", by_id, values, version, needed=("id", "values")),
        action("delete", by_id, version, needed=("id",)),
    ]
    if by_key:
        actions += [
            action("update", by_key, values, version, needed=("key", "values")),
            action("delete", by_key, version, needed=("key",)),
            action("upsert", by_key, values, version, needed=("key", "values")),
        ]
    found[f"{name}.values"] = values_written(schema, entity)
    found[f"{name}.operation"] = {"oneOf": actions}
    return found


def changeset_call(entities: list[Entity]) -> Shape:
    """The call that writes."""
    one = {"oneOf": [ref(f"{e.name}.operation") for e in entities]}
    body = members({"operations": components.listed(one, **components.OPERATIONS)})
    return call(
        "changeset", "A changeset: all of its operations, or none.", ref("Written"),
        [components.IDEMPOTENCY], body, refused=WRITING,
    )  # fmt: skip

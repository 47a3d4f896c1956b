"""The parts of the description that all calls have in common."""

from __future__ import annotations

from typing import Any

from server.api import reading
from server.api.bodies import MAX_OPERATIONS, MAX_VERSION
from server.api.kinds import EXAMPLE_ID
from server.api.values import ENTRY, ID

Shape = dict[str, Any]

VERSION: Shape = {"type": "integer", "format": "int64", "minimum": 1, "maximum": MAX_VERSION}
ROW_ID: Shape = {"type": "string", "format": "uuid", "pattern": ID}
CURSOR: Shape = {
    "type": "string", "pattern": "^[A-Za-z0-9_-]+$", "maxLength": reading.MAX_CURSOR
}  # fmt: skip
SINCE: Shape = {"type": "string", "pattern": f"^[A-Za-z0-9_-]{{{reading.SINCE_LENGTH}}}$"}


def members(properties: Shape, needed: list[str] | None = None, **more: object) -> Shape:
    """An object with these members and no others."""
    required = list(properties) if needed is None else needed
    found = {"type": "object", "properties": properties, "additionalProperties": False, **more}
    return found | ({"required": required} if required else {})


def listed(items: Shape, **more: object) -> Shape:
    """A list of these."""
    return {"type": "array", "items": items, **more}


def ref(name: str, kind: str = "schemas") -> Shape:
    """Of a component."""
    return {"$ref": f"#/components/{kind}/{name}"}


TEXT: Shape = {"type": "string"}
MAYBE: Shape = {"type": ["string", "null"]}
ERROR = members(
    {"operation": {"type": "integer"}, "parameter": TEXT, "field": TEXT, "code": TEXT,
     "detail": TEXT},
    ["code", "detail"],
)  # fmt: skip
CURRENT = members(
    {"operation": {"type": "integer"}, "entity": TEXT, "expected": VERSION, "row": {}}
)
PROBLEM: Shape = {
    "type": "object",
    "description": "RFC 9457. The code is stable; the sentence is for people.",
    "properties": {
        "type": TEXT, "title": TEXT, "status": {"type": "integer"}, "code": TEXT, "detail": TEXT,
        "errors": listed(ERROR), "current": listed(CURRENT), "limit": {"type": "integer"},
        "reference": TEXT,
    },
    "required": ["type", "title", "status", "code", "detail"],
    "additionalProperties": False,
    "example": {
        "type": "about:blank", "title": "Conflict", "status": 409, "code": "row.changed",
        "detail": "Somebody changed the row since the version that you expect.",
        "errors": [{"operation": 0, "code": "row.changed", "detail": "Somebody changed the row."}],
    },
}  # fmt: skip
WRITTEN = members(
    {
        "changeset": ROW_ID,
        "outcome": {"type": "string", "enum": ["accepted", "merged"]},
        "version": {**VERSION, "type": ["integer", "null"],
                    "description": "At which it took effect; null: nothing had to be changed."},
        "rows": listed(members({
            "action": {"type": "string", "enum": ["insert", "update", "delete"]},
            "entity": TEXT, "id": ROW_ID,
        }), description="One for each operation, in its order."),
    },
    example={
        "changeset": EXAMPLE_ID, "outcome": "accepted", "version": 4711,
        "rows": [{"action": "insert", "entity": "market", "id": EXAMPLE_ID}],
    },
)  # fmt: skip
CHANGES = members(
    {
        "changes": listed(members(
            {"entity": TEXT, "id": ROW_ID, "version": VERSION, "deleted": {"type": "boolean"}}
        )),
        "since": {**SINCE, "description": "For the next request."},
        "more": {"type": "boolean", "description": "Whether there is something there already."},
    }
)  # fmt: skip
_FIELDS: Shape = {"type": "object", "description": "By name."}
_ENTRY: dict[str, Shape] = dict.fromkeys(ENTRY, MAYBE) | {
    "version": VERSION, "source": TEXT, "received": {"type": "string", "format": "date-time"},
    "action": {"type": "string", "enum": ["insert", "update", "delete"]},
    "before": _FIELDS, "after": _FIELDS, "losses": listed(members({
        "field": TEXT, "lost": {}, "kept": {},
    })),
}  # fmt: skip
HISTORY = members(
    {
        "entries": listed(members(_ENTRY)),
        "before": {**VERSION, "type": ["integer", "null"], "description": "For the next page."},
    }
)
SCHEMA = members(
    {
        "schema": TEXT,
        "entities": listed(members({
            "name": TEXT, "key": MAYBE, "rights": listed(TEXT),
            "fields": listed({
                "type": "object",
                "properties": {"name": TEXT, "type": TEXT, "required": {"type": "boolean"},
                               "custom": {"type": "boolean"}},
                "required": ["name", "type", "required", "custom"],
            }),
        })),
    }
)  # fmt: skip
BY_KEY = members({"key": {"type": "string", "minLength": 1, "maxLength": 200}},
                 description="A row, by its key.", example={"key": "4711"})  # fmt: skip


def parameter(name: str, shape: Shape, said: str, where: str = "query") -> Shape:
    """One of the address, or of the headers."""
    required = {"required": True} if where == "path" else {}
    return {"name": name, "in": where, "schema": shape, "description": said, **required}


def bounded(name: str, default: int, most: int, said: str) -> Shape:
    """A whole number from 1 on."""
    return parameter(
        name, {"type": "integer", "minimum": 1, "maximum": most, "default": default}, said
    )


LIST_PARAMETERS = [
    parameter("q", {"type": "string", "maxLength": reading.MAX_SEARCH, "pattern": "^[^\\u0000]*$"},
              "Rows with this in one of their short texts."),
    parameter("desc", {"type": "string", "enum": ["true", "false"]}, "From the end."),
    bounded("limit", reading.ROWS, reading.MOST_ROWS, "Rows on a page."),
    parameter("after", CURSOR, "The page behind the one that gave this."),
]  # fmt: skip
CHANGES_PARAMETERS = [
    parameter("since", SINCE, "As the last answer gave it; none: from now on."),
    bounded("limit", reading.CHANGES, reading.MOST_CHANGES, "Changes on a page."),
]
HISTORY_PARAMETERS = [
    bounded("limit", reading.ENTRIES, reading.MOST_ENTRIES, "Entries on a page."),
    parameter("before", VERSION, "The page behind the one that gave this."),
]
IDEMPOTENCY = parameter(
    "Idempotency-Key",
    {"type": "string", "pattern": "^[!-~]{1,100}$", "minLength": 1, "maxLength": 100},
    "The same request with the same key is done once and gets the same answer.",
    "header",
)
PATH_ID = parameter("id", ROW_ID, "The row's.", "path")
OPERATIONS = {"minItems": 1, "maxItems": MAX_OPERATIONS}

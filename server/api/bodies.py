"""Bodies of requests: JSON, read as strictly as can be, its shape, and where it is wrong."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Mapping
from typing import Any

from server.api.refusals import ApiRefused
from server.api.values import quoted

MAX_BODY = 2**20  # bytes
MAX_OPERATIONS = 1_000  # in one changeset
ACTIONS = ("insert", "update", "delete", "upsert")
MEMBERS: Mapping[str, frozenset[str]] = {
    "insert": frozenset({"action", "entity", "id", "values"}),
    "update": frozenset({"action", "entity", "id", "key", "values", "version"}),
    "delete": frozenset({"action", "entity", "id", "key", "version"}),
    "upsert": frozenset({"action", "entity", "key", "values", "version"}),
}
MAX_VERSION = 2**63 - 1


class NoJson(ValueError):
    """Not JSON, or what one reader takes for one thing and another for something else."""


def read_json(body: bytes) -> object:
    """The value; ApiRefused. Names that come twice, NaN and infinities are refused."""
    try:
        return json.loads(
            body.decode("utf-8"), object_pairs_hook=_once, parse_constant=_no_constant
        )
    except UnicodeDecodeError:
        reason = "it is not UTF-8"
    except RecursionError:
        reason = "it is nested too deeply"
    except NoJson as error:
        reason = str(error)
    except ValueError as error:
        reason = str(error).partition(":")[0].lower()
    raise ApiRefused("request.malformed", f"The body is no JSON that can be read: {reason}.")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen = Counter(name for name, _ in pairs)
        twice = next(name for name, times in seen.items() if times > 1)
        raise NoJson(f"the name {quoted(twice)} comes twice")
    return found


def _no_constant(name: str) -> object:
    raise NoJson(f"JSON knows no {name}")


class Faults:
    """What is wrong with a request, collected: all of it is told at once."""

    def __init__(self) -> None:
        self.found: list[dict[str, Any]] = []

    def add(self, operation: int, detail: str, code: str = "request.invalid",
            field: str | None = None) -> None:  # fmt: skip
        """At an operation of the changeset, from 0; at a field of it."""
        told = {"operation": operation, "code": code, "detail": detail}
        self.found.append(told | ({"field": field} if field else {}))

    def check(self) -> None:
        """ApiRefused when there is something."""
        if self.found:
            first = self.found[0]
            raise ApiRefused(first["code"], first["detail"], self.found)


def members(body: object, known: Collection[str], needed: Collection[str]) -> dict[str, Any]:
    """An object with these members and no others; ApiRefused."""
    if not isinstance(body, dict):
        raise ApiRefused("request.invalid", "The body must be a JSON object.")
    for name in body:
        if name not in known:
            raise ApiRefused("request.invalid", f"The body has no member {quoted(name)}.")
    for name in needed:
        if name not in body:
            raise ApiRefused("request.invalid", f"The body needs the member {name}.")
    return body


def operations_of(body: object) -> list[object]:
    """The operations of a changeset, bounded; ApiRefused."""
    found = members(body, ("operations",), ("operations",))["operations"]
    if not isinstance(found, list):
        raise ApiRefused("request.invalid", "The operations must be a list.")
    if not found:
        raise ApiRefused("request.invalid", "A changeset has at least one operation.")
    if len(found) > MAX_OPERATIONS:
        raise ApiRefused(
            "request.too_large", f"A changeset has at most {MAX_OPERATIONS} operations."
        )
    return found


def shape(position: int, given: object, faults: Faults) -> dict[str, Any] | None:
    """One operation with the members of its action, of the right kinds; None, and why."""
    if not isinstance(given, dict) or given.get("action") not in ACTIONS:
        said = "An operation is an object with an action: " + ", ".join(ACTIONS) + "."
        faults.add(position, said)
        return None
    action: str = given["action"]
    before = len(faults.found)
    for name in sorted(given.keys() - MEMBERS[action]):
        faults.add(position, f"{action} has no member {quoted(name)}.")
    for name in ("entity", "key"):
        if name in given and not isinstance(given[name], str):
            faults.add(position, f"{name} must be text.")
    if "entity" not in given:
        faults.add(position, "The member entity is needed.")
    if "values" in MEMBERS[action] and not isinstance(given.get("values"), dict):
        faults.add(position, "The member values is needed, an object.")
    if action in ("update", "delete") and ("id" in given) == ("key" in given):
        faults.add(position, f"{action} needs an id or a key, and not both.")
    if action == "upsert" and "key" not in given:
        faults.add(position, "upsert needs a key.")
    version = given.get("version", 1)
    if type(version) is not int or not 1 <= version <= MAX_VERSION:
        faults.add(position, "version must be a whole number from 1 on.")
    return given if len(faults.found) == before else None

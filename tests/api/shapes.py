"""JSON Schema as far as the API's description uses it; a keyword that is not known here fails.

Written for the tests, which so need no library; schemathesis has its own (`dev.py api-check`).
"""

from __future__ import annotations

import re
from typing import Any

import hypothesis.strategies as st

TYPES: dict[str, type | tuple[type, ...]] = {
    "object": dict, "array": list, "string": str, "boolean": bool, "integer": int,
    "null": type(None),
}  # fmt: skip
SAYING = {"description", "example", "format", "default"}  # nothing about what is right
REF = "#/components/schemas/"


def faults(document: dict[str, Any], shape: dict[str, Any], value: Any, at: str = "") -> list[str]:
    """What of a value does not fit the shape; empty: all does."""
    if "$ref" in shape:
        return faults(document, referred(document, shape), value, at)
    found: list[str] = []
    for keyword, said in shape.items():
        if keyword in SAYING:
            continue
        if keyword in ("oneOf", "anyOf"):
            fitting = sum(not faults(document, one, value, at) for one in said)
            wrong = fitting != 1 if keyword == "oneOf" else fitting == 0
            found += [f"{at}: fits {fitting} of {len(said)}"] if wrong else []
        elif keyword in ("properties", "additionalProperties", "required"):
            if isinstance(value, dict):
                found += _members(document, shape, keyword, value, at)
        elif keyword == "items":
            for place, one in enumerate(value if isinstance(value, list) else ()):
                found += faults(document, said, one, f"{at}/{place}")
        elif not _holds(keyword, said, value):
            found.append(f"{at}: {value!r} against {keyword} {said!r}")
    return found


def _members(
    document: dict[str, Any], shape: dict[str, Any], keyword: str, value: dict[str, Any], at: str
) -> list[str]:
    if keyword == "required":
        return [f"{at}: no {name}" for name in shape["required"] if name not in value]
    known = shape.get("properties", {})
    if keyword == "additionalProperties":
        assert shape[keyword] is False
        return [f"{at}: {name} is too much" for name in value if name not in known]
    inner = [(name, value[name]) for name in known if name in value]
    return [x for name, v in inner for x in faults(document, known[name], v, f"{at}/{name}")]


def _holds(keyword: str, said: Any, value: Any) -> bool:
    number = isinstance(value, int) and not isinstance(value, bool)
    match keyword:
        case "type":
            kinds = said if isinstance(said, list) else [said]
            right = any(isinstance(value, TYPES[kind]) for kind in kinds)
            return right and not (isinstance(value, bool) and "boolean" not in kinds)
        case "enum":
            return value in said
        case "const":
            return bool(value == said)
        case "pattern":
            return not isinstance(value, str) or re.search(said, value) is not None
        case "maxLength":
            return not isinstance(value, str) or len(value) <= said
        case "minLength":
            return not isinstance(value, str) or len(value) >= said
        case "minimum":
            return not number or value >= said
        case "maximum":
            return not number or value <= said
        case "minItems":
            return not isinstance(value, list) or len(value) >= said
        case "maxItems":
            return not isinstance(value, list) or len(value) <= said
    raise AssertionError(f"{keyword} is not known here")


def referred(document: dict[str, Any], shape: dict[str, Any]) -> dict[str, Any]:
    """The component that a shape refers to."""
    found: dict[str, Any] = document["components"]["schemas"][shape["$ref"].removeprefix(REF)]
    return found


JUNK = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), st.just({}),
    st.just([]), st.just({"key": "none"}),
)  # fmt: skip


def values(document: dict[str, Any], shape: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Values that fit the shape."""
    if "$ref" in shape:
        return st.deferred(lambda: values(document, referred(document, shape)))
    for keyword in ("oneOf", "anyOf"):
        if keyword in shape:
            return st.one_of(*(values(document, one) for one in shape[keyword]))
    if "const" in shape:
        return st.just(shape["const"])
    if "enum" in shape:
        return st.sampled_from(shape["enum"])
    kinds = shape.get("type", ["object", "string", "null"])
    kinds = kinds if isinstance(kinds, list) else [kinds]
    return st.one_of(*(_of_type(document, shape, kind) for kind in kinds))


def _of_type(document: dict[str, Any], shape: dict[str, Any], kind: str) -> st.SearchStrategy[Any]:
    match kind:
        case "null":
            return st.none()
        case "boolean":
            return st.booleans()
        case "integer":
            return st.integers(shape.get("minimum"), shape.get("maximum"))
        case "array":
            least, most = shape.get("minItems", 0), min(3, shape.get("maxItems", 3))
            return st.lists(values(document, shape["items"]), min_size=least, max_size=most)
        case "object":
            needed = shape.get("required", [])
            known = {n: values(document, s) for n, s in shape.get("properties", {}).items()}
            return st.fixed_dictionaries(
                {n: s for n, s in known.items() if n in needed},
                optional={n: s for n, s in known.items() if n not in needed},
            )
    most, least = shape.get("maxLength", 20), shape.get("minLength", 0)
    plain = st.characters(codec="utf-8", exclude_characters="\x00")
    if "pattern" in shape and shape["pattern"] not in ("^[^\\u0000]*$", r"\S"):
        return st.from_regex(shape["pattern"], fullmatch=True)
    text = st.text(plain, min_size=least, max_size=min(most, 20))
    return text.filter(str.strip) if shape.get("pattern") == r"\S" else text

"""The API reference, from signatures and docstrings: `python -m tests.docs.reference` writes it.

What is public is what `__all__` of these modules names, and what has no underscore in its classes.
Signatures are the source's own text.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import re
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import device_sdk
from syncengine.model.errors import SyncError

PAGE = Path(__file__).parents[2] / "docs" / "REFERENCE.md"
MODULES = ("device_sdk", "device_sdk.errors", "device_sdk.events", "device_sdk.codegen",
           "device_sdk.attachments", "device_sdk.attachments.aio", "device_sdk.telling",
           "device_sdk.testing")  # fmt: skip
HEAD = """# API reference

Generated from signatures and docstrings by `python3 dev.py reference`: do not edit. How it all goes
together is in [SDK](SDK.md).
"""
Function = ast.FunctionDef | ast.AsyncFunctionDef


def public(module: str) -> dict[str, object]:
    """Names and objects, in the order of `__all__`."""
    loaded = importlib.import_module(module)
    return {name: getattr(loaded, name) for name in loaded.__all__}


NAMES = {name for module in MODULES for name in public(module)}


def page() -> str:
    """The whole text."""
    return "\n".join([HEAD, *(line for module in MODULES for line in _module(module))])


def _module(module: str) -> Iterator[str]:
    yield f"## {module}\n\n{_text(inspect.getdoc(importlib.import_module(module)))}\n"
    told = set(public("device_sdk")) if module != "device_sdk" else set()
    errors, aliases = [], []
    for name, thing in public(module).items():
        if inspect.isclass(thing) and issubclass(thing, SyncError):
            errors.append((name, thing))
        elif name in told:
            continue  # of the first module
        elif inspect.isclass(thing) or inspect.isfunction(thing):
            yield from _described(name, thing)
        else:
            aliases.append(f"- `{name}`: `{thing}`".replace("datetime.", "dt."))
    if aliases:
        yield "### Types\n\n" + "\n".join(aliases) + "\n"
    if len(errors) > 1:  # the root alone is told with all others
        yield "### Errors\n\n| class | code | advice | meaning |\n|---|---|---|---|"
        for name, kind in errors:
            meaning = " ".join((inspect.getdoc(kind) or "").split())
            yield f"| `{name}` | `{kind.code}` | {kind.advice} | {meaning} |"
        yield ""


def _described(name: str, thing: type | object) -> Iterator[str]:
    source = textwrap.dedent(inspect.getsource(thing))  # type: ignore[arg-type]
    (node,) = ast.parse(source).body
    if isinstance(node, Function):
        yield f"### {name}\n"
        yield from _function([node], source)
        return
    assert isinstance(node, ast.ClassDef)
    marks = "".join(f"@{ast.unparse(d)}\n" for d in node.decorator_list)
    yield f"### {name}\n\n```python\n{marks}{_head(node, source)}"
    yield from (f"    {_line(item, source)}" for item in node.body if _is_fact(item))
    made = [n for n in node.body if isinstance(n, Function) and n.name == "__init__"]
    yield from (textwrap.indent(_head(n, source), "    ") for n in made if _is_for_apps(n))
    yield f"```\n\n{_text(ast.get_docstring(node))}\n"
    yield from _methods(name, node, source)
    for base in _hidden_bases(thing):
        above = textwrap.dedent(inspect.getsource(base))
        (behind,) = ast.parse(above).body
        assert isinstance(behind, ast.ClassDef)
        yield from _methods(name, behind, above)


def _methods(name: str, node: ast.ClassDef, source: str) -> Iterator[str]:
    methods: dict[str, list[Function]] = {}
    for item in node.body:
        if isinstance(item, Function) and not item.name.startswith("_"):
            methods.setdefault(item.name, []).append(item)
    for method, versions in methods.items():
        yield f"#### {name}.{method}\n"
        yield from _function(versions, source)


def _hidden_bases(thing: object) -> list[type]:
    """Classes of the SDK that are not public themselves, and whose methods are those of a public
    one.
    """
    bases = thing.__mro__[1:] if isinstance(thing, type) else ()
    return [
        base
        for base in bases
        if base.__module__.startswith("device_sdk.")
        and base.__name__ not in getattr(sys.modules[base.__module__], "__all__", ())
        and not hasattr(device_sdk, base.__name__)
    ]


def _function(versions: list[Function], source: str) -> Iterator[str]:
    """An overloaded function has its overloads' signatures and the docstring of what does it."""
    shown = versions[:-1] or versions
    marks = [
        f"@{ast.unparse(d)}\n"
        for d in versions[-1].decorator_list
        if ast.unparse(d) in ("property", "classmethod", "contextmanager", "asynccontextmanager")
    ]
    yield "```python"
    for version in shown:
        yield "".join(marks) + _head(version, source)
    yield f"```\n\n{_text(ast.get_docstring(versions[-1]))}\n"


def _head(node: Function | ast.ClassDef, source: str) -> str:
    """Its source up to its body, from the margin on."""
    lines, first = source.splitlines(), node.body[0]
    head = [*lines[node.lineno - 1 : first.lineno - 1], lines[first.lineno - 1][: first.col_offset]]
    return textwrap.dedent("\n".join(head)).rstrip().removesuffix(":")


def _is_fact(item: ast.stmt) -> bool:
    """Whether it is a public field or constant of a class."""
    if not isinstance(item, ast.AnnAssign | ast.Assign):
        return False
    target = item.target if isinstance(item, ast.AnnAssign) else item.targets[0]
    return isinstance(target, ast.Name) and not target.id.startswith("_")


def _line(item: ast.stmt, source: str) -> str:
    lines = source.splitlines()[item.lineno - 1 : item.end_lineno]
    return textwrap.dedent("\n".join(lines)).replace("\n", "\n    ")


def _is_for_apps(constructor: Function) -> bool:
    """Whether an app has what it takes."""
    return named(constructor) <= NAMES | STANDARD


# What signatures may name beside what is public: the language's own, modules' parts.
STANDARD = {
    *("None", "bool", "bytes", "cls", "dict", "float", "int", "list", "object", "str", "tuple"),
    *("AbstractContextManager", "AsyncIterator", "Callable", "ClassVar", "Ed25519PrivateKey"),
    *("Iterator", "Mapping", "Path", "Sequence", "type", "dt", "logging", "threading", "uuid"),
    *("BinaryIO", "CustomField", "Module", "Schema", "Store", "R", "T"),
}


def named(node: Function | ast.AnnAssign) -> set[str]:
    """The names in the annotations of a function or a field."""
    if isinstance(node, ast.AnnAssign):
        notes: list[ast.expr | None] = [node.annotation]
    else:
        notes = [n.annotation for n in ast.walk(node.args) if isinstance(n, ast.arg)]
        notes.append(node.returns)
    return {n.id for note in notes if note for n in ast.walk(note) if isinstance(n, ast.Name)}


def _text(doc: str | None) -> str:
    """A docstring as Markdown: facts that begin a line (`name: what it is`) become a list."""
    return re.sub(r"^([a-z_]+): ", r"- `\1`: ", inspect.cleandoc(doc or ""), flags=re.MULTILINE)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")

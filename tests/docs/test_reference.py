"""The API reference is current, and what it promises is whole."""

from __future__ import annotations

import ast
import importlib
import inspect
import textwrap
from collections.abc import Iterator

import pytest

from device_sdk import errors
from syncengine.model.errors import error_classes
from tests.docs.reference import MODULES, NAMES, PAGE, STANDARD, Function, named, page, public


def test_the_page_is_current() -> None:
    current = PAGE.read_text(encoding="utf-8") == page()
    assert current, "run `python3 dev.py reference`"


def definitions() -> Iterator[tuple[str, ast.AST]]:
    """Every public class's fields and methods, and every public function, by name."""
    for module in MODULES:
        for name, thing in public(module).items():
            if not inspect.isclass(thing) and not inspect.isfunction(thing):
                continue
            (node,) = ast.parse(textwrap.dedent(inspect.getsource(thing))).body
            yield name, node
            for item in node.body if isinstance(node, ast.ClassDef) else ():
                if isinstance(item, ast.AnnAssign):
                    yield name, item
                elif isinstance(item, Function) and not item.name.startswith("_"):
                    yield f"{name}.{item.name}", item


def test_everything_public_says_what_it_does() -> None:
    silent = [
        name
        for name, node in definitions()
        if isinstance(node, Function | ast.ClassDef)
        and not ast.get_docstring(node)
        and "overload" not in {ast.unparse(d) for d in node.decorator_list}
    ]
    assert silent == []


def test_what_is_public_names_only_what_is_public() -> None:
    """An app can type everything that it is given, without a name that may change at any time."""
    foreign = {
        (where, name)
        for where, node in definitions()
        if isinstance(node, Function | ast.AnnAssign)
        for name in named(node) - NAMES - STANDARD
    }
    assert foreign == set()


@pytest.mark.parametrize("module", MODULES)
def test_all_is_sorted_and_there(module: str) -> None:
    names = importlib.import_module(module).__all__
    assert names == sorted(names, key=lambda name: (name.islower(), name))


def test_every_error_that_a_device_can_meet_is_public() -> None:
    """Those of the server's own work, which no answer carries, are not of the model."""
    met = {
        kind.__name__
        for kind in error_classes().values()
        if kind.__module__ in ("syncengine.model.errors", errors.__name__)
    }
    assert met <= set(errors.__all__)
    assert set(errors.__all__) - met == {"Advice"}

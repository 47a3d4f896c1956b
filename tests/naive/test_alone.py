"""The naive client knows the document and nothing of the code."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

FILES = [p for p in sorted(Path(__file__).parent.glob("*.py")) if not p.name.startswith("test_")]
ALLOWED = {"msgpack", "cryptography", "backports", "compression", *sys.stdlib_module_names}
INDIRECT = {"importlib", "__import__", "exec", "eval"}


def imported(tree: ast.AST) -> Iterator[str]:
    """The modules that a file names, also those of relative imports."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield "." * node.level + (node.module or "")


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_it_imports_nothing_of_this_project(file: Path) -> None:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    foreign = [
        name
        for name in imported(tree)
        if name.split(".")[0] not in ALLOWED and name.split(".")[:2] != ["tests", "naive"]
    ]
    assert foreign == [], "what it needs to know stands in docs/PROTOCOL.md"
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    assert not names & INDIRECT

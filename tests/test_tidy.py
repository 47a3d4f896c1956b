"""Order in the repository: sizes may only shrink, words have one form, links lead somewhere."""

from __future__ import annotations

import ast
import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
RATCHET = ROOT / "tests" / "tidy_ratchet.json"
FILE_LINES = 300
FUNCTION_LINES = 70
PACKAGES = ("syncengine/", "modules/", "device_sdk/", "server/", "conflict_rules/", "benchmarks/")
MACHINE = re.compile(
    r"/root/|/home/[a-z]+/|/work/|\.\./shared|pypi\.org|pythonhosted|registry\.npmjs"
)
OWN = "tests/test_tidy.py"


def tracked(*endings: str) -> list[str]:
    """The files that git knows or would add, by ending."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [f for f in listed.splitlines() if f.endswith(endings) and (ROOT / f).exists()]


def functions(tree: ast.AST, prefix: str) -> Iterator[tuple[str, int]]:
    """(name, lines) of every function, methods by their class."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield f"{prefix}{node.name}", (node.end_lineno or node.lineno) - node.lineno + 1
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield from functions(node, f"{prefix}{node.name}.")


def oversized() -> dict[str, int]:
    """What is larger than it should be: place -> lines."""
    found: dict[str, int] = {}
    for name in tracked(".py"):
        text = (ROOT / name).read_text(encoding="utf-8")
        lines = text.count("\n")
        if lines > FILE_LINES and "/migrations/" not in name:
            found[name] = lines
        for function, length in functions(ast.parse(text), f"{name}:"):
            if length > FUNCTION_LINES and "/migrations/" not in name:
                found[function] = length
    return found


def test_sizes_only_shrink() -> None:
    """Files have one subject and functions fit a screen; exceptions are listed and may not grow."""
    allowed: dict[str, int] = json.loads(RATCHET.read_text(encoding="utf-8"))
    found = oversized()
    grown = {place: n for place, n in found.items() if n > allowed.get(place, 0)}
    stale = {place: n for place, n in allowed.items() if found.get(place, 0) < n}
    assert not grown, "larger than allowed; split it"
    assert not stale, "smaller than listed; lower the number in tests/tidy_ratchet.json"


def synonyms() -> dict[str, str]:
    """Refused word -> the glossary's word."""
    text = (ROOT / "docs" / "GLOSSARY.md").read_text(encoding="utf-8")
    table = text.split("## Refused synonyms")[1]
    rows = re.findall(r"^\| (\w+) \| (\w+) \|$", table, re.MULTILINE)
    return {refused: word for refused, word in rows if refused != "not"}


def names(path: str) -> Iterator[str]:
    """The names that a file gives to itself, its classes and functions."""
    yield Path(path).stem
    for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8"))):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name


def test_one_word_per_concept() -> None:
    refused = synonyms()
    assert len(refused) > 10
    wrong = [
        f"{path}: {name} (say {word})"
        for path in tracked(".py")
        if path.startswith(PACKAGES)
        for name in names(path)
        for synonym, word in refused.items()
        if synonym.replace("_", "") in name.lower().replace("_", "")
    ]
    assert wrong == []


@pytest.mark.parametrize("path", tracked(".md"))
def test_links_in_documents_lead_somewhere(path: str) -> None:
    text = (ROOT / path).read_text(encoding="utf-8")
    targets = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text)
    dead = [t for t in targets if "://" not in t and not ((ROOT / path).parent / t).exists()]
    assert dead == []


def test_nothing_ties_the_repository_to_a_machine() -> None:
    endings = (".py", ".md", ".toml", ".lock", ".json", ".csv", ".txt", "run")
    wrong = [
        f"{path}: {found.group()}"
        for path in tracked(*endings)
        if path != OWN
        for found in [MACHINE.search((ROOT / path).read_text(encoding="utf-8"))]
        if found
    ]
    assert wrong == []

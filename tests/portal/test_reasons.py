"""Whatever the engine, a module or the server refuses is told in the reader's language."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from server.modules import OWN_MODULES
from server.portal.words import LOCALES, Words, catalogue
from syncengine.model.manifest import Schema
from tests.lifecycles.module import SCHEMA as WITH_LIFECYCLES
from tests.portal.test_words import ALL

ROOT = Path(__file__).resolve().parents[2]
SHOWN = (  # what the portal calls, and whose problems it shows
    *ROOT.glob("server/*.py"), *ROOT.glob("server/accounts/*.py"), *ROOT.glob("server/portal/*.py"),
)  # fmt: skip
STARTING = {  # of starting a server and of commands: no page shows them
    "compose.py", "blobs.py", "jobs.py", "modules.py", "new_module.py", "brought.py", "settings.py",
    "serving.py", "fields.py", "export.py", "tokens.py",
}  # fmt: skip
GERMAN = catalogue("de", ALL)


def documented() -> set[str]:
    """The codes of objections that PROTOCOL lists."""
    text = (ROOT / "docs/PROTOCOL.md").read_text(encoding="utf-8")
    table = text[text.index("| `row.unknown`") :].partition("\n\n")[0]
    return set(re.findall(r"^\| `([a-z_]+\.[a-z_]+)`", table, re.M))


def refused(paths: Iterator[Path] | tuple[Path, ...], kinds: set[str]) -> set[tuple[str, str]]:
    """(code, sentence) of everything that is made there, as far as both stand in the source."""
    found = set()
    for path in paths:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            if node.func.id in kinds and node.args and isinstance(node.args[0], ast.Constant):
                said = node.args[1] if len(node.args) > 1 else None
                text = said.value if isinstance(said, ast.Constant) else ""
                found.add((str(node.args[0].value), str(text)))
    return found


def reasons(schema: Schema) -> set[str]:
    """What modules give as the reasons of guards."""
    guards = [g for x in schema.lifecycles.values() for t in x.transitions for g in t.guards]
    guards += [g for x in schema.protections.values() for p in x for g in p.guards]
    return {guard.because for guard in guards if guard.because}


def test_german_has_every_objection_of_the_engine() -> None:
    """Those that PROTOCOL lists, and all that the source makes."""
    made = {code for code, _ in refused((*ROOT.glob("syncengine/**/*.py"),), {"Refusal"})}
    assert made > {"row.in_use", "substitution.cycle"}
    assert sorted(c for c in documented() | made if ("refusal", c) not in GERMAN) == []


def test_german_has_every_problem_that_a_page_shows() -> None:
    paths = tuple(path for path in SHOWN if path.name not in STARTING)
    made = refused(paths, {"Problem", "AccountRefused", "TooManyErrands"})
    assert ("substitution.nobody", "No substitute is designated: name one.") in made
    missing = [c for c, text in made if text not in GERMAN and ("refusal", c) not in GERMAN]
    assert sorted(missing) == []


def test_german_has_the_reason_of_every_guard() -> None:
    assert "a reason has to be given" in reasons(WITH_LIFECYCLES)  # of tests, in English alone
    assert sorted(reasons(Schema(OWN_MODULES)) - set(GERMAN)) == []


def test_a_reason_is_told_by_its_sentence_then_by_its_code(tmp_path: Path) -> None:
    """A guard's reason is a message of its module's catalogue."""
    (tmp_path / "de.po").write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\n'
        'msgid "nobody has signed"\nmsgstr "niemand hat unterschrieben"\n',
        encoding="utf-8",
    )
    german = Words("de", None, (LOCALES, tmp_path))
    said = "close is not possible: nobody has signed."
    assert german.reason("lifecycle.guard", said) == (
        "Dieser Schritt ist nicht möglich: niemand hat unterschrieben."
    )
    asked = "close is not possible: a mandatory question has no answer: 9 % voll? (+2)."
    assert german.reason("lifecycle.guard", asked) == (
        "Dieser Schritt ist nicht möglich: eine Pflichtfrage ist nicht beantwortet: 9 % voll? (+2)."
    )
    assert german.reason("field.denied", "owner is kept by the office.") == (
        "Dieses Feld führt der Innendienst."
    )
    assert german.reason("of.a_module", "Not today.") == "Not today."
    assert Words("en").reason("lifecycle.guard", said) == said

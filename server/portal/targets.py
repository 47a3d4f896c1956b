"""Whom something is for, as lines of a form: each names a person, a team, a customer, a market, an
audience or a rule.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from modules.masterdata.targets import Target
from server.portal.asked import Asked
from server.portal.numbers import numbers, one_more
from server.portal.pages import Portal
from server.portal.pickers import referred
from server.portal.refusals import TooMuch, Unclear
from server.portal.values import Wrong
from server.portal.words import Words

# What a line names -> as a row of which entity it is picked.
TARGET_KINDS = {
    "employee": "employee", "team": "employee", "customer": "customer", "market": "market",
    "audience": "audience", "rule": "rule",
}  # fmt: skip
MOST_TARGETS = 50


@dataclass
class TargetLine:
    """What is typed, and what it comes to: a target, or what is wrong with it. number: its own, as
    long as the form is open.
    """

    number: int
    kind: str
    text: str
    target: Target | None = None
    error: str = ""


def target_lines(portal: Portal, asked: Asked) -> list[TargetLine]:
    """Those of the form after what its button does: `add.target` or `remove.target.N`. TooMuch,
    Unclear.
    """
    used = numbers(asked.form, "target.", ".kind")
    if len(used) > MOST_TARGETS:
        raise TooMuch
    lines = [
        TargetLine(n, asked.value(f"target.{n}.kind"), asked.value(f"target.{n}.value"))
        for n in used
    ]
    do = asked.value("do")
    if do == "add.target" and len(lines) < MOST_TARGETS:
        lines.append(TargetLine(one_more(used), "employee", ""))
    lines = [line for line in lines if do != f"remove.target.{line.number}"]
    for line in lines:
        if line.kind not in TARGET_KINDS:
            raise Unclear
        try:
            line.target = _target(portal, asked, line)
        except Wrong as wrong:
            line.error = str(wrong)
    return lines


def picked(lines: Sequence[TargetLine]) -> list[Target]:
    """The targets of those that are complete."""
    return [line.target for line in lines if line.target is not None]


def target_called(w: Words, kind: str) -> str:
    """A kind of target."""
    if kind == "team":
        return w("Person and everybody below")
    if kind == "market":
        return w("Market and all below it")
    return w("Customers by rule") if kind == "rule" else w.entity(kind)


def _target(portal: Portal, asked: Asked, line: TargetLine) -> Target:
    text = line.text.strip()
    if not text:
        raise Wrong(asked.words("This is needed."))
    return target_of(line.kind, referred(portal, asked, TARGET_KINDS[line.kind], text))


def target_of(kind: str, row: bytes) -> Target:
    """The target of a kind that names a row."""
    match kind:
        case "employee" | "team":
            return Target(employee=row, below=kind == "team")
        case "customer":
            return Target(customer=row)
        case "market":
            return Target(market=row)
        case "audience":
            return Target(audience=row)
    return Target(rule=row)

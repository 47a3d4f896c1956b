"""What errands of an import bring back, as it is kept."""

from __future__ import annotations

from typing import Any

import msgspec

from server.importer.apply import large_shares
from server.importer.findings import Finding
from server.importer.staging import Difference, Plan
from syncengine.model.fields import Stored
from syncengine.model.rights import Right, Rights

MAX_TEXT = 200  # characters kept of a value


class Shown(msgspec.Struct, frozen=True, array_like=True):
    """A row that becomes another or is made; stored values: (field, now, then)."""

    entity: str
    key: str
    row: int
    fields: tuple[tuple[str, Any, Any], ...]


class Noted(msgspec.Struct, frozen=True, array_like=True):
    """A finding."""

    row: int
    column: str
    code: str
    detail: str
    field: str = ""
    given: str = ""


class Checked(msgspec.Struct, frozen=True, array_like=True):
    """A dry run. counts: by entity, as `Counts`. handed: (entity, from, to, rows). large: (entity,
    what, rows, of how many) that are to be confirmed. lacks: (right, entity) that the user lacks.
    left_out: findings beyond those that are kept.
    """

    counts: dict[str, dict[str, int]]
    changed: tuple[Shown, ...]
    made: tuple[Shown, ...]
    errors: tuple[Noted, ...]
    warnings: tuple[Noted, ...]
    left_out: int
    handed: tuple[tuple[str, bytes | None, bytes | None, int], ...]
    large: tuple[tuple[str, str, int, int], ...]
    lacks: tuple[tuple[str, str], ...]
    operations: int
    fingerprint: bytes

    @property
    def ok(self) -> bool:
        """Whether it may be written."""
        return not self.errors and not self.lacks


class Imported(msgspec.Struct, frozen=True, array_like=True):
    """What was written. refused: of rows that became impossible meanwhile."""

    operations: int
    refused: tuple[Noted, ...]


class Stays(msgspec.Struct, frozen=True, array_like=True):
    """What taking back left as it is; `field` is empty for a whole row."""

    entity: str
    row: bytes
    field: str
    imported: Any
    now: Any


class TakenBack(msgspec.Struct, frozen=True, array_like=True):
    """What taking back came to. left: how many conflicts there were in all."""

    restored: int
    removed: int
    left: int
    conflicts: tuple[Stays, ...]
    refused: tuple[Noted, ...]


def checked(plan: Plan, rights: Rights, errors: list[Finding]) -> Checked:
    """What is kept of a plan; `errors`: what the engine would refuse, beside the plan's own."""
    found = sorted([*plan.errors, *errors], key=lambda finding: finding.row)
    return Checked(
        {name: dict(vars(counts)) for name, counts in plan.counts.items()},
        tuple(_shown(x) for x in plan.differences),
        tuple(_shown(x) for x in plan.made),
        tuple(noted(x) for x in found),
        tuple(noted(x) for x in plan.warnings),
        plan.left_out,
        tuple(
            (entity, _id(now), _id(then), rows)
            for (entity, now, then), rows in plan.handed.most_common()
        ),
        tuple(large_shares(plan)) if not found else (),
        tuple(_lacks(plan, rights)),
        plan.operations,
        plan.fingerprint,
    )


def _lacks(plan: Plan, rights: Rights) -> list[tuple[str, str]]:
    wanted = [(Right.ADD, name) for name, counts in plan.counts.items() if counts.new]
    wanted += [
        (Right.EDIT, name)
        for name, counts in plan.counts.items()
        if counts.changed or counts.deactivated
    ]
    return [(str(right), name) for right, name in wanted if not rights.may(right, name)]


def _shown(difference: Difference) -> Shown:
    return Shown(
        difference.entity,
        "/".join(
            part.hex()[:8] if isinstance(part, bytes) else str(part) for part in difference.key
        ),
        difference.row,
        tuple((name, short(now), short(then)) for name, (now, then) in difference.fields.items()),
    )


def noted(finding: Finding) -> Noted:
    """A finding as it is kept."""
    return Noted(
        finding.row, finding.column[:MAX_TEXT], finding.code, finding.detail[:MAX_TEXT],
        finding.field, finding.given,
    )  # fmt: skip


def short(value: Stored) -> Stored:
    """A value of which not all is kept; only texts can be long."""
    if isinstance(value, str) and len(value) > MAX_TEXT:
        return value[: MAX_TEXT - 1] + "\N{HORIZONTAL ELLIPSIS}"
    return value


def _id(value: Stored) -> bytes | None:
    return value if isinstance(value, bytes) else None

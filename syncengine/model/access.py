"""The one decision point: may this actor do this to this row, in this field? Default: no.

"Not yours" and "not there" are one answer, ROW_UNKNOWN (invariant 9). The caller finds out what the
actor holds; this module decides, for devices, portal, import and jobs alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from syncengine.model.entity import Action, DeviceRight, Entity, Field
from syncengine.model.rights import NEEDED, Rights
from syncengine.model.windows import Window


class Source(StrEnum):
    """Where a write comes from."""

    DEVICE = "device"
    OFFICE = "office"
    IMPORT = "import"
    JOB = "job"


@dataclass(frozen=True)
class Actor:
    """Who writes. `person` is a people row's id; None for the office, an import or a job. rights:
    of the user who signed in, whatever the source; None: the operator, who may do everything.
    """

    source: Source
    person: bytes | None
    rights: Rights | None = None


class Work(StrEnum):
    """Whether a row that somebody holds is theirs to work on: not before or after a
    substitution.
    """

    TO_COME = "to_come"
    NOW = "now"
    OVER = "over"


def work_in(windows: Sequence[Window], at: int) -> Work:
    """What the write windows of the grants that let somebody at a row come to, at an instant."""
    if not windows or any(window.contains(at) for window in windows):
        return Work.NOW
    return Work.OVER if any(window.over(at) for window in windows) else Work.TO_COME


@dataclass(frozen=True)
class RowFacts:
    """What the caller found out of the row: whether it is there, whether the actor holds it, and
    may work on it.

    An insert's row is *held* when the row as it would be lies in a bucket that the actor holds.
    """

    entity: Entity
    held: bool
    work: Work = Work.NOW


@dataclass(frozen=True)
class Refusal:
    """A stable code and a sentence that a person can act on."""

    code: str
    detail: str


ROW_UNKNOWN = Refusal("row.unknown", "There is no such row on this device.")
DENIED = Refusal("access.denied", "Your rights do not allow this.")
ABSENT = Refusal(
    "module.absent",
    "The office cannot take this for now: the program's part for it is missing on its server.",
)
WORK_TO_COME = Refusal("substitution.to_come", "The substitution has not begun: read only.")
WORK_OVER = Refusal("substitution.over", "The substitution has ended: read only.")


def may(actor: Actor, action: Action, row: RowFacts, field: Field | None = None) -> Refusal | None:
    """None when allowed. Without `field`: the action on the row as such; with it: setting that
    field.
    """
    if row.entity.retired and (action is not Action.DELETE or actor.source is Source.DEVICE):
        return Refusal("entity.removed", f"{row.entity.name} is no longer in use.")
    if row.entity.absent:
        return ABSENT
    if actor.source in (Source.OFFICE, Source.IMPORT, Source.JOB):
        return _office_may(actor.rights, action, row)
    if actor.source is not Source.DEVICE:
        return DENIED
    if not row.held:
        return ROW_UNKNOWN
    if row.work is not Work.NOW:
        return WORK_OVER if row.work is Work.OVER else WORK_TO_COME
    if action not in row.entity.device:
        return Refusal(f"{action}.denied", f"A device may not {action} a row of {row.entity.name}.")
    if field is not None and not _may_set(action, field):
        return Refusal("field.denied", f"{field.name} is kept by the office.")
    return None


def _office_may(rights: Rights | None, action: Action, row: RowFacts) -> Refusal | None:
    if rights is not None and not rights.may(NEEDED[action], row.entity.name):
        return DENIED  # whatever row it is: the answer says nothing of it
    limited = rights is not None and rights.limit is not None
    return None if row.held or (action is Action.INSERT and not limited) else ROW_UNKNOWN


def _may_set(action: Action, field: Field) -> bool:
    if field.device is DeviceRight.WRITE:
        return True
    return field.device is DeviceRight.CREATE and action is Action.INSERT

"""Who writes a changeset, as its judge sees them: what they hold and may work on, and for whom."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from syncengine.model.access import Actor, Source, Work, work_in
from syncengine.model.entity import LateWork
from syncengine.model.lifecycle import CAPACITIES, Capacity
from syncengine.model.manifest import Schema
from syncengine.model.steps import Fields
from syncengine.model.terms import BucketName, Grant, Reason
from syncengine.store.author import DecisionJob
from syncengine.store.blob_references import all_named
from syncengine.store.working import Buckets, Key, RowState, Values


class View(Protocol):
    """What a changeset was made on (BaseView)."""

    def values(self, key: Key, now: Values) -> Values:
        """The row as its author saw it, given its values now."""

    def seen(self, key: Key, version: int) -> bool:
        """Whether the author had that version of a row."""

    def unknown(self, key: Key) -> bool:
        """Whether it is no longer on record what happened to the row since."""

    def edited(self, key: Key, number: int) -> int:
        """When the server's value of a field was entered; 0 when that was before the base."""

    def deleted(self, key: Key) -> Values | None:
        """The last values of a row that was deleted after the base."""

    def made(self, key: Key) -> bool:
        """Whether the own work made the row, after the base."""


class Present:
    """What the office, an import or a job sees: what is there."""

    def values(self, key: Key, now: Values) -> Values:
        """As it is."""
        return now

    def seen(self, key: Key, version: int) -> bool:
        """All of it."""
        return True

    def unknown(self, key: Key) -> bool:
        """Nothing has."""
        return False

    def edited(self, key: Key, number: int) -> int:
        """Before."""
        return 0

    def deleted(self, key: Key) -> Values | None:
        """Whoever sees that it is not there deletes and edits nothing."""
        return None

    def made(self, key: Key) -> bool:
        """Not in this changeset."""
        return False


@dataclass(frozen=True)
class Standing:
    """The judge's view of who wrote a changeset.

    grants: what a device's person holds at the instant `at`, for whatever reasons (unused for
    office, import and job). late: what is declared for a row that the seat provably had, None when
    it never had it. view: what the changeset was made on. edited: when, as estimated. origin: the
    store and base after which copies are named. decides: the office has decided that what was
    entered stands. behalf: for whom it writes. said: (position of an edit, its fields, its base) ->
    those of its fields that do not only repeat it. forgotten: whether it is no longer on record
    what it had. uploader: the person or user whose uploads count, None: any that is complete.
    judged: blobs with which the work was judged before.
    """

    actor: Actor
    incarnation: bytes | None
    grants: Mapping[BucketName, Sequence[Grant]]
    at: int
    late: Callable[[Key, LateWork], LateWork | None]
    view: View
    edited: int
    origin: bytes = b""
    decides: bool = False
    behalf: bytes | None = None
    said: Callable[[int, Fields, Fields], Fields] = lambda _position, fields, _base: fields
    forgotten: Callable[[], bool] = lambda: False
    uploader: bytes | None = None
    judged: frozenset[bytes] = frozenset()

    def holds(self, state: RowState) -> bool:
        """Whether the row is there and the author may see it."""
        if state.values is None:
            return False
        if self.actor.source is not Source.DEVICE:
            return True
        return any(name.whole in self.grants for name in state.buckets)

    def had(self, key: Key) -> bool:
        """Whether the author made the row, or provably had it: they may learn what became of it."""
        return self.view.made(key) or self.late(key, LateWork.ACCEPT) is not None

    def work(self, state: RowState) -> Work:
        """Whether the author may work on a row that they hold, now, before or after."""
        if self.actor.source is not Source.DEVICE:
            return Work.NOW
        return work_in([grant.write for grant in self._granting(state.buckets)], self.at)

    def capacities(self, state: RowState) -> frozenset[Capacity]:
        """What the author is to the row, by the grants by which they may work on it; who decides
        stands in for whoever did the work.
        """
        if self.decides:
            return frozenset(Capacity)
        if self.actor.source is not Source.DEVICE:
            return frozenset(
                {Capacity.SYSTEM if self.actor.source is Source.JOB else Capacity.OFFICE}
            )
        granting = self._granting(state.buckets)
        return frozenset(CAPACITIES[g.reason] for g in granting if g.write.contains(self.at))

    def _granting(self, buckets: Buckets) -> list[Grant]:
        return [grant for name in buckets for grant in self.grants.get(name.whole, ())]

    def principal(self, buckets: Buckets) -> bytes | None:
        """For whom: the absent person when only a substitution lets the author at the row."""
        if self.actor.source is not Source.DEVICE:
            return self.behalf
        reasons = self._granting(buckets)
        others = [g for g in reasons if g.reason is Reason.SUBSTITUTION]
        return others[0].via if others and len(others) == len(reasons) else self.actor.person


def office_standing(actor: Actor, at: int, user: bytes | None) -> Standing:
    """Of the office, an import or a job: they hold every row, and their base is what is there."""
    return Standing(actor, None, {}, at, lambda _key, _declared: None, Present(), at, uploader=user)


def deciding_standing(
    actor: Actor,
    job: DecisionJob,
    at: int,
    view: View,
    schema: Schema,
) -> Standing:
    """Of the office when it puts a device's work into effect: what rows it may write, and the view
    and time of whoever did the work, whose blobs were judged when it came.
    """
    return Standing(
        actor, None, {}, at, _accepts, view, job.edited, decides=True, behalf=job.behalf,
        uploader=job.user, judged=all_named(schema, job.entered),
    )  # fmt: skip


def _accepts(key: Key, declared: LateWork) -> LateWork:
    """What was late is not asked again."""
    return LateWork.ACCEPT

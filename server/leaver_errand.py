"""A hand-over as an errand: planned when its turn comes, so what was done is not done twice.

Cut short, it is begun anew, and the plan has what is left.
"""

from __future__ import annotations

import msgspec

from server.errands import Told, Work
from server.handover import hand_over, plan
from server.leaving import Below
from syncengine.store.bulk_steps import resume
from syncengine.store.errands import Errand
from syncengine.store.store import Store

KIND = "handover"


class Wanted(msgspec.Struct, frozen=True, array_like=True):
    """Who follows the errand's subject, who leads their people, whether devices are locked."""

    successor: bytes
    below: Below
    lock: bool


class HandedOver(msgspec.Struct, frozen=True, array_like=True):
    """How many rows were written."""

    operations: int


def _hand_over(store: Store, errand: Errand, told: Told) -> bytes:
    wanted = msgspec.msgpack.decode(errand.parameters, type=Wanted)
    resume(store, told)  # what an earlier try decided, or somebody else's
    made = plan(store, errand.subject, wanted.successor, wanted.below)
    told.expect("writing", len(made.operations))
    hand_over(store, made, wanted.lock, told, errand.user)
    return msgspec.msgpack.encode(HandedOver(len(made.operations)))


WORKS: dict[str, Work] = {KIND: _hand_over}

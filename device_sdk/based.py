"""What the published rows are of, kept in the store: what the next changeset is made on."""

from __future__ import annotations

import json

from device_sdk.database import Database
from device_sdk.errors import Offline
from syncengine.model.changeset import Base, Behind
from syncengine.model.manifest import Schema
from syncengine.protocol.messages import Checkpoint, EarlyCheckpoint

FIRST_PART = 1  # from it on is everything


def base_of(database: Database) -> Base:
    """The last published checkpoint."""
    behind = database.get("behind")
    left = Behind(*json.loads(behind)) if behind else None
    return Base(database.get("epoch"), int(database.get("version")), left)


def keep_base(database: Database, checkpoint: Checkpoint | EarlyCheckpoint) -> None:
    """It is published; inside its transaction. Offline: an early one of an old answer."""
    behind = None
    if isinstance(checkpoint, EarlyCheckpoint):
        if not _goes_on(base_of(database), checkpoint):
            raise Offline("An old answer arrived once more; the next sync asks anew.")
        behind = json.dumps([checkpoint.part, checkpoint.behind])
    database.set(epoch=checkpoint.epoch, version=checkpoint.version, behind=behind)


def _goes_on(base: Base, checkpoint: EarlyCheckpoint) -> bool:
    """Whether it leaves what is here, and brings more than an early one before it."""
    if checkpoint.behind != base.lowest:
        return False
    if base.behind is None or checkpoint.version > base.version:
        return True
    # Of the same version it has to cover more; where that is forgotten, more comes with the next.
    return FIRST_PART < base.behind.part < checkpoint.part


def forget_parts(database: Database) -> None:
    """Another schema may have its entities in other parts: until the next checkpoint everything
    counts as old as what is oldest. Inside a transaction.
    """
    left = base_of(database).behind
    if left is not None:
        database.set(behind=json.dumps([FIRST_PART, left.version]))


def tags_behind(database: Database, schema: Schema) -> list[int]:
    """The entities that are older than the rest."""
    left = base_of(database).behind
    if left is None:
        return []
    return [tag for tag, entity in schema.by_tag.items() if entity.part.number >= left.part]

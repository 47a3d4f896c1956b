"""What the judge says of operations that do not simply take effect."""

from __future__ import annotations

from syncengine.model.access import Refusal
from syncengine.store.permission import LATE
from syncengine.store.transitions import STEP_WAITS

ROW_EXISTS = Refusal("row.exists", "There is such a row already.")
ROW_FOREIGN = Refusal("row.id_foreign", "This row's id was not made by this device.")
DELETED = Refusal("row.deleted", "The row was deleted meanwhile; the office decides.")
FORGOTTEN = Refusal("base.forgotten", "What it was made on is not on record; the office decides.")
COPIED = Refusal("row.copied", "Somebody else changed it, too: this became a copy beside it.")
QUEUED = Refusal("conflict.queued", "Somebody else changed this, too; the office decides.")
EDITED = Refusal("row.edited", "It was not deleted: somebody edited it meanwhile.")
PRIVATE = Refusal(
    "late.private",
    "It had moved on before this arrived, and nobody but you may see it: look at it.",
)
WAITING = (LATE, DELETED, FORGOTTEN, STEP_WAITS)

"""Writing the outbox to a file, for the office: when the server no longer reads this app's work."""

from __future__ import annotations

import os
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from device_sdk.store import DeviceStore
from syncengine.protocol.hand_in import HandIn, write_hand_in
from syncengine.protocol.limits import MAX_HAND_IN_BYTES

ROOM = MAX_HAND_IN_BYTES - 2**20  # beside the changesets


def hand_in(store: DeviceStore, key: Ed25519PrivateKey, file: Path) -> int:
    """Write the unanswered changesets, oldest first, as many as fit; how many. The file is there
    whole, or not at all, and the outbox stays as it is.
    """
    schema = store.schema.data
    changesets = store.outbox.oldest(ROOM - len(schema))
    data = write_hand_in(HandIn(store.seat, store.incarnation, schema, changesets), key)
    draft = file.with_name(file.name + ".part")
    with draft.open("wb") as out:
        out.write(data)
        out.flush()
        os.fsync(out.fileno())
    draft.replace(file)
    return len(changesets)

"""A local commit: a draft's operations encoded and signed, once, into the outbox."""

from __future__ import annotations

from collections.abc import Sequence

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from device_sdk.based import base_of
from device_sdk.clock import lag_of
from device_sdk.store import DeviceStore
from syncengine.model.changeset import Changeset, Operation
from syncengine.model.errors import TooLarge
from syncengine.model.manifest import Schema
from syncengine.protocol.changesets import encode_changeset, sign
from syncengine.protocol.limits import MAX_CHANGESET_BYTES, MAX_NEEDS, MAX_OPERATIONS


def commit(store: DeviceStore, key: Ed25519PrivateKey, operations: Sequence[Operation]) -> int:
    """Make one changeset of the operations, durable when this returns its sequence; TooLarge."""
    if len(operations) > MAX_OPERATIONS:
        detail = f"A changeset has at most {MAX_OPERATIONS} operations."
        raise TooLarge(detail, limit=MAX_OPERATIONS)
    sequence = store.outbox.next_sequence()
    changeset = Changeset(
        id=store.environment.new_id(),
        incarnation=store.incarnation,
        sequence=sequence,
        actor=store.person,
        modules={m.name: m.version for m in store.schema.modules},
        base=base_of(store.database),
        needs=tuple(store.outbox.needs(_concerned(store.schema, operations))[-MAX_NEEDS:]),
        device_time=store.environment.now() + lag_of(store.database),
        operations=tuple(operations),
    )
    body = encode_changeset(changeset)
    if len(body) > MAX_CHANGESET_BYTES:
        detail = f"A changeset has at most {MAX_CHANGESET_BYTES} bytes."
        raise TooLarge(detail, limit=MAX_CHANGESET_BYTES)
    store.commit(sequence, changeset.id, sign(body, key), operations)
    return sequence


def _concerned(schema: Schema, operations: Sequence[Operation]) -> set[tuple[int, bytes]]:
    """The rows that operations touch or refer to."""
    found = {(o.tag, o.row_id) for o in operations}
    for operation in operations:
        entity = schema.by_tag[operation.tag]
        for place, reference in entity.references:
            target = operation.fields.get(entity.fields[place].number)
            if isinstance(target, bytes):
                found.add((schema.tags[reference.entity], target))
    return found

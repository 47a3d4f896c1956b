"""A device's signed changesets, read as far as that needs no database."""

from __future__ import annotations

import hashlib

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from syncengine.model.changeset import Objection, Operation, Outcome
from syncengine.model.errors import (
    BadSignature,
    InvalidValue,
    SchemaUnknown,
    SyncError,
    UpgradeRequired,
)
from syncengine.model.wording import Wording, Wordings
from syncengine.protocol.changesets import (
    WireChangeset,
    check_values,
    decode_envelope,
    read_changeset,
    verify,
)
from syncengine.protocol.messages import Signed
from syncengine.store.author import Submission
from syncengine.store.judgement import Judgement
from syncengine.store.seats import Seat

TOO_OLD = "module.too_old"


def read_submission(
    signed: Signed, key: Ed25519PublicKey, seat: Seat, incarnation: bytes, wordings: Wordings
) -> Submission:
    """A changeset in today's words, or with the fault that reading it met.

    BadSignature, Malformed, TooLarge: it is none of this store.
    """
    verify(signed, key)
    wire = decode_envelope(signed.body)
    if wire.incarnation != incarnation or wire.actor != seat.person:
        raise BadSignature("The changeset was made by another store or person.")
    wording, written, operations, fault = _read(wire, wordings)
    body_hash = hashlib.sha256(signed.body).digest()
    return Submission(wire, signed.body, body_hash, operations, fault, wording, written)


def unread(fault: SyncError, handed_in: bool) -> Judgement:
    """Of a changeset that could not be read. Words that are no longer read: the office decides when
    it was handed in.

    Raises the fault for these otherwise, and for words that are not read yet: nothing is answered.
    """
    if not isinstance(fault, UpgradeRequired):
        name = fault.data.get("field")
        field = name if isinstance(name, str) else None
        return Judgement.refused(Objection(0, fault.code, fault.detail, field))
    if not handed_in or int(str(fault.data["version"])) > int(str(fault.data["speaks"])):
        raise fault
    return Judgement(Outcome.QUARANTINED, [Objection(0, TOO_OLD, fault.detail)])


def _read(
    wire: WireChangeset, wordings: Wordings
) -> tuple[Wording, tuple[Operation, ...], tuple[Operation, ...], SyncError | None]:
    """(the words that it is in, its operations in these, in today's, what is wrong)."""
    wording = wordings.today
    written: tuple[Operation, ...] = ()
    try:
        wording = wordings.of(dict(wire.modules))
        written = read_changeset(wire, wording.schema).operations
        operations = tuple(wording.up(operation) for operation in written)
        if wording is not wordings.today:
            for operation in operations:
                entity = wording.today.by_tag[operation.tag]
                check_values(entity, operation.action, operation.fields)
    except (SchemaUnknown, InvalidValue, UpgradeRequired) as error:
        return wording, written, (), error
    return wording, written, operations, None

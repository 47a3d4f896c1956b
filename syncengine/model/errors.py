"""The error tree. Every error has a stable code and says what helps: retry, resync, fix or stop.

HTTP knows nothing of these and these know nothing of HTTP: server/ maps codes to statuses.
"""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar


class Advice(StrEnum):
    """What the receiver of an error should do."""

    RETRY = "retry"  # the same request may succeed later
    RESYNC = "resync"  # drop the checkpoint, keep the outbox, sync from the start
    FIX = "fix"  # the request is wrong; repeating it unchanged is useless
    STOP = "stop"  # a person has to act (sign in, update the app, call the office)


class SyncError(Exception):
    """Root of the tree. `detail` is a sentence for a person; `data` is small and msgpack-able."""

    code: ClassVar[str] = "internal"
    advice: ClassVar[Advice] = Advice.RETRY

    def __init__(self, detail: str, **data: object) -> None:
        super().__init__(detail)
        self.detail = detail
        self.data = data


class Malformed(SyncError):
    """Bytes that are no message of this protocol."""

    code = "request.malformed"
    advice = Advice.FIX


class TooLarge(SyncError):
    """A message, batch or payload beyond its stated limit; `data` names the limit."""

    code = "request.too_large"
    advice = Advice.FIX


class InvalidValue(SyncError):
    """A field's value does not fit its declared type; `data["field"]` names it."""

    code = "value.invalid"
    advice = Advice.FIX


class InvalidSchema(SyncError):
    """A module manifest contradicts itself or another one."""

    code = "schema.invalid"
    advice = Advice.FIX


class SchemaUnknown(SyncError):
    """A changeset names a module version or field that this side does not know."""

    code = "schema.unknown"
    advice = Advice.STOP


class UpgradeRequired(SyncError):
    """The client's protocol or module version is outside the supported range."""

    code = "protocol.upgrade_required"
    advice = Advice.STOP


class Unauthenticated(SyncError):
    """No token, or one that is expired or not ours: get a new one by signature."""

    code = "auth.required"
    advice = Advice.RETRY


class SeatLocked(SyncError):
    """The seat was revoked by the office. `data["wipe"]` tells whether its store is to be
    erased.
    """

    code = "auth.seat_locked"
    advice = Advice.STOP


class EnrolmentRefused(SyncError):
    """The one-time code is unknown, used or expired: all three answer alike."""

    code = "auth.enrolment_refused"
    advice = Advice.STOP


class Fenced(SyncError):
    """Two stores claim one incarnation (clone, or restored from an old image)."""

    code = "seat.fenced"
    advice = Advice.STOP


class SequenceGap(SyncError):
    """A changeset is missing in between; `data["expected"]` is the next sequence to send."""

    code = "push.sequence_gap"
    advice = Advice.RETRY


class IdReused(SyncError):
    """A changeset id came again with another payload (invariant 4)."""

    code = "push.id_reused"
    advice = Advice.STOP


class BadSignature(SyncError):
    """A changeset's signature does not match the seat's key."""

    code = "push.bad_signature"
    advice = Advice.STOP


class CheckpointRefused(SyncError):
    """The checkpoint token is of the future, of another seat, of a forked history, or tampered
    with.
    """

    code = "checkpoint.refused"
    advice = Advice.RESYNC


class SchemaDiffers(SyncError):
    """The database was migrated for other modules or fields than this process has: another
    version of the server is taking over, or it is yet to be migrated.
    """

    code = "server.schema_differs"
    advice = Advice.RETRY


class Busy(SyncError):
    """A bounded queue is full, or the database does not answer."""

    code = "server.busy"
    advice = Advice.RETRY


def _tree(root: type[SyncError]) -> dict[str, type[SyncError]]:
    found = {root.code: root}
    for child in root.__subclasses__():
        found |= _tree(child)
    return found


def error_classes() -> dict[str, type[SyncError]]:
    """Every code with its class, for the receiving side of an error frame and for the docs'
    table.
    """
    return _tree(SyncError)

"""All errors that an app can meet: those of the device itself, and the server's."""

from __future__ import annotations

from syncengine.model.errors import (
    Advice,
    BadSignature,
    Busy,
    CheckpointRefused,
    EnrolmentRefused,
    Fenced,
    IdReused,
    InvalidSchema,
    InvalidValue,
    Malformed,
    SchemaDiffers,
    SchemaUnknown,
    SeatLocked,
    SequenceGap,
    SyncError,
    TooLarge,
    Unauthenticated,
    UpgradeRequired,
)

__all__ = [
    "Advice",
    "AlreadyEnrolled",
    "BadSignature",
    "Busy",
    "CheckpointRefused",
    "DiskFailed",
    "DiskFull",
    "EnrolmentRefused",
    "Fenced",
    "IdReused",
    "InvalidSchema",
    "InvalidValue",
    "KeysMissing",
    "Malformed",
    "NotConverging",
    "NotEnrolled",
    "Offline",
    "ReadOnly",
    "Refused",
    "SchemaDiffers",
    "SchemaUnknown",
    "SeatLocked",
    "SequenceGap",
    "ServerError",
    "StoreDamaged",
    "StoreInUse",
    "StoreTooNew",
    "StoreUnreadable",
    "SyncError",
    "TooLarge",
    "Unauthenticated",
    "UpgradeRequired",
]


class StoreUnreadable(SyncError):
    """The store's file cannot be read with these keys, or is no store."""

    code = "device.store_unreadable"
    advice = Advice.STOP


class KeysMissing(StoreUnreadable):
    """There is a store, and the keys without which nobody can read it are gone or damaged."""

    code = "device.keys_missing"


class StoreDamaged(StoreUnreadable):
    """Part of the store's file is not what was written, or all of it is gone. It stays as it is
    until `Device.rebuild` makes a new one, with the work that can be read.
    """

    code = "device.store_damaged"


class StoreTooNew(SyncError):
    """The store was written by a newer SDK; nothing was changed."""

    code = "device.store_too_new"
    advice = Advice.STOP


class StoreInUse(SyncError):
    """Another process has the store open."""

    code = "device.store_in_use"
    advice = Advice.RETRY


class DiskFull(SyncError):
    """There is no room for what was to be saved; the store is as it was before."""

    code = "device.disk_full"
    advice = Advice.RETRY


class DiskFailed(SyncError):
    """The system could not read or write the store's file; nothing of it was changed."""

    code = "device.disk_failed"
    advice = Advice.RETRY


class NotEnrolled(SyncError):
    """There is no store here yet."""

    code = "device.not_enrolled"
    advice = Advice.STOP


class AlreadyEnrolled(SyncError):
    """There is a store here already."""

    code = "device.already_enrolled"
    advice = Advice.STOP


class Offline(SyncError):
    """The server was not reached, or the answer was cut off. What arrived is kept."""

    code = "device.offline"
    advice = Advice.RETRY


class Refused(SyncError):
    """A local write that the declared rights refuse; `data` names reason code and entity."""

    code = "device.refused"
    advice = Advice.FIX


class NotConverging(SyncError):
    """Counts or checksums still differ after every repair; nothing was published."""

    code = "device.not_converging"
    advice = Advice.STOP


class ReadOnly(SyncError):
    """A query that is no plain reading of the views."""

    code = "device.read_only"
    advice = Advice.FIX


class ServerError(SyncError):
    """An error with a code that this version of the SDK does not know: `data["code"]`."""

    code = "device.server_error"

"""What may be wrong with an attachment's bytes on their way."""

from __future__ import annotations

from syncengine.model.errors import Advice, SyncError


class BlobUnknown(SyncError):
    """No such upload or blob for whoever asks: it is not there, not complete, or somebody else's,
    which is one answer (invariant 9).
    """

    code = "blob.unknown"
    advice = Advice.FIX


class WrongOffset(SyncError):
    """A piece does not begin where the upload ends; `data["offset"]` says where that is."""

    code = "blob.wrong_offset"
    advice = Advice.RETRY


class BlobDiffers(SyncError):
    """Bytes with another hash than stated. Of a piece: nothing was taken, send it again. Of the
    whole (`data["whole"]`): the upload is gone, begin anew.
    """

    code = "blob.differs"
    advice = Advice.RETRY


class BlobQuota(SyncError):
    """Too many uploads are open, or too many bytes uploaded that nothing refers to yet;
    `data["limit"]` is the bound.
    """

    code = "blob.quota"
    advice = Advice.RETRY

"""Attachments of rows: photos and documents, encrypted here, carried beside the sync.

with device.changeset() as changes:
    changes.update("customer", shop, photo=device.attachments.attach(Path("photo.jpg")))
device.sync()
for piece in device.attachments.read(device.get("customer", shop)["photo"]):
    ...
"""

from __future__ import annotations

from device_sdk.attachments.facade import Attachments, AttachmentsReport, NotHere
from device_sdk.attachments.vault import AttachmentDamaged

__all__ = ["AttachmentDamaged", "Attachments", "AttachmentsReport", "NotHere"]

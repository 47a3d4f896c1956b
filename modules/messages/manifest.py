"""The module's manifest."""

from __future__ import annotations

from modules.messages import infos, receipts
from syncengine.model.module import Module

MESSAGES = Module(
    number=3,
    name="messages",
    version=1,
    entities=(
        infos.INFO,
        infos.INFO_TASK,
        infos.INFO_ATTACHMENT,
        infos.INFO_LINK,
        infos.INFO_TARGET,
        receipts.INFO_RECEIPT,
        receipts.INFO_ANSWER,
        infos.INFO_REMINDER,
    ),
    migrations="modules.messages:migrations",
    lifecycles=(infos.INFOS, receipts.RECEIPTS),
    protections=(*infos.PROTECTIONS, *receipts.PROTECTIONS),
    portal="modules.messages.portal",
    jobs="modules.messages.jobs",
)

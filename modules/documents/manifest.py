"""The module's manifest."""

from __future__ import annotations

from modules.documents import returns, shelf
from syncengine.model.module import Module

DOCUMENTS = Module(
    number=5,
    name="documents",
    version=1,
    entities=(
        shelf.DOCUMENT,
        shelf.DOCUMENT_EDITION,
        shelf.DOCUMENT_TARGET,
        shelf.DOCUMENT_DELIVERY,
        returns.DOCUMENT_RETURN,
    ),
    migrations="modules.documents:migrations",
    lifecycles=(shelf.EDITIONS, shelf.DELIVERIES, returns.RETURNS),
    protections=(*shelf.PROTECTIONS, *returns.PROTECTIONS),
    portal="modules.documents.portal",
    jobs="modules.documents.jobs",
)

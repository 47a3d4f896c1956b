"""Bugs of documents: when an edition ends, to whom it is delivered, which one is valid."""

from __future__ import annotations

from modules.documents.device import Documents
from modules.documents.jobs import _differences, _followed, _kept
from tests.simulation.planted.planting import instead, plant

MIX = "documents"
PLANTS = (
    plant(
        "editions_last",
        "An edition does not end when the next one begins.",
        instead(_kept, "else_=is_.next_from", "else_=is_.valid_until"),
        mix=MIX,
    ),
    plant(
        "deliveries_stay",
        "Who is meant no longer keeps the document.",
        instead(
            _differences,
            '("ended", sa.except_(have.where(delivery.status == "current"), wanted)),',
            "",
        ),
        mix=MIX,
    ),
    plant(
        "delivered_for_ever",
        "A document without an edition that is not over is delivered all the same.",
        instead(_followed, "sa.or_(edition.ends_at.is_(None), edition.ends_at > now),", ""),
        mix=MIX,
    ),
    plant(
        "old_edition_offered",
        "A device offers the edition that began first.",
        instead(Documents.valid, "ORDER BY valid_from, id", "ORDER BY valid_from DESC, id"),
        mix=MIX,
    ),
)

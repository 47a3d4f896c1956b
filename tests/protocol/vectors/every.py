"""All vectors by file name, and their text."""

from __future__ import annotations

import json
from typing import Any

from tests.protocol.vectors import (
    changesets,
    frames,
    ids,
    messages,
    order,
    questionnaires,
    records,
    schemas,
    signatures,
    sums,
    values,
    walks,
)

MAKERS = {
    "changesets.json": changesets,
    "frames.json": frames,
    "ids.json": ids,
    "messages.json": messages,
    "order.json": order,
    "questionnaires.json": questionnaires,
    "records.json": records,
    "schemas.json": schemas,
    "signatures.json": signatures,
    "sums.json": sums,
    "values.json": values,
    "walks.json": walks,
}


def vectors() -> dict[str, Any]:
    """The content of each file."""
    return {
        name: {"about": (maker.__doc__ or "").strip(), "cases": list(maker.make())}
        for name, maker in MAKERS.items()
    }


def text(content: Any) -> str:
    """A file's text."""
    return json.dumps(content, indent=1, ensure_ascii=True) + "\n"

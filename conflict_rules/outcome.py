"""What every conflict rule answers."""

from __future__ import annotations

from dataclasses import dataclass

from syncengine.model.fields import Stored


@dataclass(frozen=True)
class Outcome:
    """value: what the field is afterwards. lost: the value that did not prevail."""

    value: Stored
    lost: Stored

"""What two edits of one field come to, told anew: the tests' own words for the conflict rules."""

from __future__ import annotations

from dataclasses import dataclass

Value = str | None


@dataclass(frozen=True)
class Came:
    """What a field is afterwards; lost: (the value that did not prevail, what stands), if any."""

    value: Value
    lost: tuple[Value, Value] | None = None


def comes_to(base: Value, server: Value, said: Value, device_wins: bool) -> Came:
    """`said` was entered where `base` stood, and meets `server`."""
    if said == base:
        return Came(server)
    if server in (base, said):
        return Came(said)
    if device_wins:
        return Came(said, (server, said))
    return Came(server, (said, server))

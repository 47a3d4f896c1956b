"""Countries and the time zones in them, as Babel knows them."""

from __future__ import annotations

import unicodedata

from babel.core import get_global

from device_sdk.screen.public import Words
from modules.expenses.screen import said

ZONES = {
    country: zones
    for country, zones in get_global("territory_zones").items()
    if len(country) == len("DE") and "Etc/Unknown" not in zones
}
# The zone that most of a country has, where the others are of islands and enclaves (CLDR).
PRIMARY = {
    "CL": "America/Santiago", "CN": "Asia/Shanghai", "DE": "Europe/Berlin",
    "EC": "America/Guayaquil", "ES": "Europe/Madrid", "NZ": "Pacific/Auckland",
    "PT": "Europe/Lisbon", "UA": "Europe/Kyiv",
}  # fmt: skip


def countries(w: Words) -> tuple[tuple[str, str], ...]:
    """(code, name), by name."""
    found = ((code, said.country(w, code)) for code in ZONES)
    return tuple(sorted(found, key=_by_name))


def zones(w: Words, country: str) -> tuple[tuple[str, str], ...]:
    """(name, city) of a country's zones; of most countries one."""
    found = ((one, said.zone(w, one)) for one in ZONES.get(country, ()))
    return tuple(sorted(found, key=_by_name))


def _by_name(one: tuple[str, str]) -> str:
    """A letter with an accent beside the one without: Österreich is not behind Zypern."""
    return unicodedata.normalize("NFD", one[1]).casefold()


def zone_in(country: str, chosen: str) -> str:
    """The chosen zone if it is one of the country, else the country's; empty where there are
    several and the person has to say which.
    """
    found = ZONES.get(country, ())
    if chosen in found:
        return chosen
    return PRIMARY.get(country) or (found[0] if len(found) == 1 else "")

"""The customers of this device, with a search that answers while one types."""

from __future__ import annotations

from starlette.responses import Response

from device_sdk import telling
from device_sdk.screen.public import Asked, Screen

PAGE = 50
MOST = 1_000  # rows that one page shows
MAX_WORDS = 6
FIELDS = ("name", "number", "city", "postcode", "street")


def customers(screen: Screen, asked: Asked) -> Response:
    """Every word has to be somewhere in a customer's name, number or address."""
    text = asked.value("q").strip()[:100]
    most = asked.number("most", PAGE, MOST)
    where, parameters = _condition(text.split()[:MAX_WORDS])
    device = asked.device
    found = device.rows("customer", f"{where} ORDER BY name, id LIMIT ?", [*parameters, most + 1])
    ((count,),) = device.query(f"SELECT count(*) FROM customer WHERE {where}", parameters)
    lent = telling.lent_by(device, "customer", [row.id for row in found[:most]])
    people = {person: screen.person(asked, person) for person in set(lent.values())}
    return screen.page(
        asked, "masterdata/customers.html", open_="/masterdata/customers", found=found[:most],
        count=count, text=text, more=min(most + PAGE, MOST) if len(found) > most else 0,
        lent={row: people[person] for row, person in lent.items()},
    )  # fmt: skip


def _condition(words: list[str]) -> tuple[str, list[object]]:
    """SQLite's LIKE knows capitals of plain letters only, so any other letter matches each one:
    better "Moser" beside "Möser" than no "MÖSER".
    """
    each = " OR ".join(f"{field} LIKE ? ESCAPE '!'" for field in FIELDS)
    patterns = [f"%{''.join(map(_pattern, word))}%" for word in words]
    condition = " AND ".join(f"({each})" for _ in words)
    parameters: list[object] = [pattern for pattern in patterns for _ in FIELDS]
    return condition or "1", parameters


def _pattern(letter: str) -> str:
    if not letter.isascii():
        return "_"
    return f"!{letter}" if letter in "%_!" else letter

"""A request as the API's calls see it, read and bounded before any of them runs."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

from server.accounts.api_tokens import Carried
from server.api.refusals import unclear
from syncengine.model.rights import Rights

MAX_PARAMETERS = 100


@dataclass(frozen=True)
class Asked:
    """One request. path: what the route's pattern caught. body: of JSON; None: there is none.

    key: the header Idempotency-Key. place: method and address, with which a key is used once.
    """

    path: Mapping[str, str]
    query: Mapping[str, str]
    bearer: Carried
    place: str = ""
    body: object = None
    key: str | None = None

    @property
    def rights(self) -> Rights:
        """Those that the token carries."""
        return self.bearer.rights

    def only(self, *names: str, beginning: str = "") -> None:
        """ApiRefused where the address has other parameters."""
        for name in self.query:
            if name not in names and not (beginning and name.startswith(beginning)):
                raise unclear(name, "there is no such parameter.")

    def number(self, name: str, default: int, low: int, high: int) -> int:
        """A whole number; ApiRefused."""
        text = self.query.get(name, str(default))
        fits = text.isascii() and text.isdecimal() and len(text) <= len(str(high))
        if not fits or not low <= int(text) <= high:
            raise unclear(name, f"a whole number from {low} to {high} is expected.")
        return int(text)

    def choice(self, name: str, known: Collection[str]) -> str | None:
        """One of these, or nothing; ApiRefused."""
        text = self.query.get(name)
        if text is not None and text not in known:
            raise unclear(name, "this is none of those that there are.")
        return text


def read_query(text: str) -> dict[str, str]:
    """The parameters of an address, each once; ApiRefused."""
    try:
        pairs = parse_qsl(
            text, keep_blank_values=True, max_num_fields=MAX_PARAMETERS, errors="strict"
        )
    except UnicodeDecodeError:
        raise unclear("query", "this is not UTF-8.") from None
    except ValueError:
        raise unclear("query", f"there are at most {MAX_PARAMETERS} parameters.") from None
    found: dict[str, str] = {}
    for name, value in pairs:
        if "\x00" in name or "\x00" in value:
            raise unclear("query", "no parameter holds a NUL character.")
        if name in found:
            raise unclear(name, "it comes twice.")
        found[name] = value
    return found

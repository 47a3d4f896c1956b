"""A request as pages see it, read and bounded before any page runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

from device_sdk.device import Device
from device_sdk.screen.refusals import TooMuch, Unclear
from device_sdk.screen.signed_in import SignedIn
from device_sdk.screen.words import Words

MAX_FORM = 256 * 1024  # bytes
MAX_FIELDS = 500  # of a form, or of a query


def read_pairs(text: str) -> dict[str, list[str]]:
    """Names and values of a query or a form; TooMuch, Unclear."""
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=MAX_FIELDS, errors="strict")
    except UnicodeDecodeError:
        raise Unclear from None
    except ValueError:
        raise TooMuch from None
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        if "\x00" in name or "\x00" in value:
            raise Unclear
        found.setdefault(name, []).append(value)
    return found


@dataclass(frozen=True)
class Asked:
    """One request. path: what the route's pattern caught. file: the body, where a page takes one.
    user: who is signed in; None on the pages before that.
    """

    method: str
    url: str
    path: Mapping[str, str]
    query: Mapping[str, list[str]]
    form: Mapping[str, list[str]]
    words: Words
    file: bytes = b""
    user: SignedIn | None = None

    @property
    def signed_in(self) -> SignedIn:
        """Whoever asks, on pages that only they reach."""
        assert self.user is not None
        return self.user

    @property
    def device(self) -> Device:
        """Theirs."""
        return self.signed_in.device

    @property
    def is_post(self) -> bool:
        """Whether a form was sent."""
        return self.method == "POST"

    def value(self, name: str, default: str = "") -> str:
        """A value of the form, or else of the query: the last one of that name."""
        found = self.form.get(name) or self.query.get(name)
        return found[-1] if found else default

    def number(self, name: str, default: int, most: int) -> int:
        """A whole number of the query, at most so large."""
        text = self.value(name)
        return min(int(text), most) if text.isascii() and text.isdigit() else default

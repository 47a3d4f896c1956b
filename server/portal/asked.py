"""A request as pages see it, read and bounded before any page runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from server.accounts.sign_in import SignedIn
from server.portal.refusals import TooMuch, Unclear
from server.portal.upload import Uploaded
from server.portal.words import Words

MAX_BODY = 256 * 1024  # bytes of a form
MAX_FIELDS = 1_000  # of a form, or of a query


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
    """One request. user: who is signed in; pages that need nobody get None.

    path: what the route's pattern caught. address: of whoever asks. partial: htmx asks, for a part
    of the page. from_here: no other site's page asks. last_event: what a browser says that it had
    last of a stream. marks: what the panels of pages looked like, read before anything is shown.
    file: what came with the form, there until the page has answered.
    """

    method: str
    url: str
    path: Mapping[str, str]
    query: Mapping[str, list[str]]
    form: Mapping[str, list[str]]
    cookies: Mapping[str, str]
    address: str
    words: Words
    partial: bool = False
    secure: bool = False
    user: SignedIn | None = field(default=None)
    from_here: bool = True
    last_event: str = ""
    marks: Mapping[str, str] = field(default_factory=dict)
    file: Uploaded | None = field(default=None)

    @property
    def signed_in(self) -> SignedIn:
        """Whoever asks, on pages that only they reach."""
        assert self.user is not None
        return self.user

    def value(self, name: str, default: str = "") -> str:
        """A value of the form, or else of the query."""
        found = self.form.get(name) or self.query.get(name)
        return found[-1] if found else default

"""A form that stands for several rows at once: a role with its matrix, a user with roles and
exceptions. What it holds is one text a name, whichever row that comes from.

Two people at one form: it carries its texts as they were when it was opened. What either of them
changed is kept of both; the second one is shown what the first one did before it is saved.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from server.portal.asked import Asked
from server.portal.refusals import Unclear

NAMES = 1_000  # of a form, as many as are read (asked.MAX_FIELDS)


@dataclass
class Sheet:
    """What is in the inputs; an absent name is an empty text. was: when it was opened. theirs:
    what somebody else has made of it since, by name. errors: by name; general: above the form.
    """

    texts: dict[str, str]
    was: dict[str, str]
    theirs: dict[str, str] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    general: list[str] = field(default_factory=list)

    def text(self, name: str) -> str:
        """What is in that input."""
        return self.texts.get(name, "")

    @property
    def changed(self) -> set[str]:
        """The names whose text was changed."""
        return differing(self.texts, self.was)

    @property
    def fits(self) -> bool:
        """Whether nothing is wrong with it."""
        return not self.errors and not self.general

    @property
    def seal(self) -> str:
        """Tells what was previewed: only that is saved."""
        told = json.dumps([_plain(self.texts), _plain(self.was)], sort_keys=True)
        return hashlib.sha256(told.encode()).hexdigest()[:16]

    @property
    def as_was(self) -> str:
        """For the input `was`."""
        return json.dumps(_plain(self.was), sort_keys=True)


def differing(one: Mapping[str, str], other: Mapping[str, str]) -> set[str]:
    """The names with different texts."""
    return {n for n in one.keys() | other.keys() if one.get(n, "") != other.get(n, "")}


def opened(now: Mapping[str, str]) -> Sheet:
    """A form that is opened."""
    return Sheet(dict(now), dict(now))


def sent(asked: Asked, texts: Mapping[str, str], now: Mapping[str, str]) -> Sheet:
    """A form that comes back, on top of how things are now. Unclear: none of ours."""
    was = _read(asked.value("was"))
    theirs = {name: now.get(name, "") for name in differing(now, was)}
    mine = {name: texts.get(name, "") for name in differing(texts, was)}
    return Sheet({**now, **mine}, dict(now), theirs)


def kept(asked: Asked, texts: Mapping[str, str]) -> Sheet:
    """A form that comes back to get another input, and is not compared yet. Unclear."""
    return Sheet(dict(texts), _read(asked.value("was")))


def _read(text: str) -> dict[str, str]:
    try:
        was = json.loads(text or "{}")
        json.dumps(was, ensure_ascii=False).encode()  # half a character is none
    except (ValueError, RecursionError):
        raise Unclear from None
    if not isinstance(was, dict) or len(was) > NAMES:
        raise Unclear
    if not all(isinstance(value, str) for value in was.values()):
        raise Unclear
    return was


def _plain(texts: Mapping[str, str]) -> dict[str, str]:
    return {name: text for name, text in texts.items() if text}

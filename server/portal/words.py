"""Languages: messages from the catalogues; dates, numbers and names as the reader writes them,
times as the reader's clock shows them.
"""

from __future__ import annotations

import datetime as dt
import decimal
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

from babel import Locale, dates, numbers
from babel.messages.pofile import read_po

from syncengine.model.fields import EPOCH, MICROSECOND
from syncengine.model.sentences import ENGLISH, told_before

LANGUAGES = {"de": "Deutsch", "en": "English"}
LOCALES = Path(__file__).parent / "locale"
Key = str | tuple[str, str]  # the message, with the context where it has one
Said = str | tuple[str, ...]  # in that language; the forms of one that counts


@cache
def catalogue(language: str, folders: tuple[Path, ...] = (LOCALES,)) -> dict[Key, Said]:
    """The catalogues of these folders as one; where several say something, the first counts."""
    found: dict[Key, Said] = {}
    for folder in reversed(folders):
        found |= _read(folder / f"{language}.po", language)
    return found


def _read(path: Path, language: str) -> dict[Key, Said]:
    """The catalogue's text file is read as it is: no compiled copy can be older than it."""
    found: dict[Key, Said] = {}
    if not path.exists():
        return found  # a module may speak fewer languages than the portal
    with path.open("rb") as file:
        read = read_po(file, locale=language)
    for message in read:
        said = message.string
        if not message.id or not said:
            continue
        name = message.id if isinstance(message.id, str) else message.id[0]
        key = (message.context, name) if message.context else name
        found[key] = said if isinstance(said, str) else tuple(str(form) for form in said)
    return found


def negotiated(wanted: str) -> str:
    """The language for an Accept-Language header: German or English, English where unclear."""
    for part in wanted[:200].split(","):
        language = part.split(";")[0].strip().lower()[:2]
        if language in LANGUAGES:
            return language
    return "en"


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def zone_of(name: str) -> dt.tzinfo | None:
    """The time zone of that name; None where there is none."""
    return ZoneInfo(name) if name in _zones() else None


@dataclass(frozen=True)
class Words:
    """One language, from the catalogues of these folders. zone: of the reader's clock; None: this
    machine's.
    """

    language: str
    zone: dt.tzinfo | None = None
    folders: tuple[Path, ...] = (LOCALES,)

    @property
    def _said(self) -> dict[Key, Said]:
        return catalogue(self.language, self.folders)

    @property
    def locale(self) -> Locale:
        """Of Babel; English is written as in Europe: day before month, 24 hours."""
        return Locale("en", "GB") if self.language == "en" else Locale("de", "DE")

    def __call__(self, message: str, **values: object) -> str:
        """The message in this language, its %(name)s replaced."""
        said = self._said.get(message, message)
        text = said if isinstance(said, str) else said[0]
        return text % values if values else text

    def many(self, one: str, several: str, number: int, **values: object) -> str:
        """The form for so many; `num` is the number as it is written here."""
        said = self._said.get(one, (one, several))
        forms = said if isinstance(said, tuple) else (said, said)
        return (forms[0] if number == 1 else forms[-1]) % {"num": self.number(number), **values}

    def _named(self, context: str, name: str) -> str:
        said = self._said.get((context, name))
        plain = name.replace("_", " ")
        return said if isinstance(said, str) else plain[:1].upper() + plain[1:]

    def entity(self, name: str) -> str:
        """One row of that kind."""
        return self._named("entity", name)

    def entities(self, name: str) -> str:
        """The kind of row, as a list is called."""
        return self._named("entities", name)

    def field(self, name: str) -> str:
        """A field's name."""
        return self._named("field", name)

    def module(self, name: str) -> str:
        """A module's name."""
        return self._named("module", name)

    def job(self, name: str) -> str:
        """What the server does by the clock for a module."""
        return self._named("job", name)

    def choice(self, value: str) -> str:
        """A word of a fixed list."""
        return self._named("choice", value)

    def sentence(self, code: str) -> str:
        """The text of one of the engine's sentences, with places for its parts."""
        said = self._said.get(("sentence", code), ENGLISH[code])
        return said if isinstance(said, str) else said[0]

    def reason(self, code: str, detail: str) -> str:
        """Why something is refused: the sentence itself, where a catalogue has it; else what a
        catalogue says to the code (context "refusal"); else the sentence as it is. %(why)s is what
        follows a colon in it, also in this language where a catalogue has it: what a module gives
        as a guard's reason, or what a questionnaire lacks.
        """
        said = self._said.get(("refusal", code))
        if detail in self._said or not isinstance(said, str):
            return self(detail)
        why = detail.partition(": ")[2].removesuffix(".")
        known = told_before(why)
        return said % {"why": self.sentence(known.code) % known.parts if known else self(why)}

    def number(self, value: int | decimal.Decimal) -> str:
        """With the reader's separators and every digit that it has."""
        kept = -int(value.as_tuple().exponent) if isinstance(value, decimal.Decimal) else 0
        pattern = "#,##0" + ("." + "0" * kept if kept > 0 else "")
        return str(numbers.format_decimal(value, pattern, locale=self.locale))

    def percent(self, share: Fraction) -> str:
        """A share, in whole percent."""
        hundredth = decimal.Decimal(round(share * 100)) / 100
        return str(numbers.format_percent(hundredth, locale=self.locale))

    def read_decimal(self, text: str) -> decimal.Decimal:
        """A number as the reader writes it; ValueError."""
        try:
            return numbers.parse_decimal(text.strip(), locale=self.locale, strict=True)
        except numbers.NumberFormatError as error:
            raise ValueError(text) from error

    def day(self, value: dt.date) -> str:
        """A calendar day."""
        return str(dates.format_date(value, "medium", locale=self.locale))

    def month(self, value: dt.date) -> str:
        """The month that a day is in."""
        return str(dates.format_skeleton("yMMM", value, locale=self.locale))

    def local(self, microseconds: int) -> dt.datetime:
        """An instant as the reader's clock shows it; OverflowError, ValueError, OSError."""
        return (EPOCH + microseconds * MICROSECOND).astimezone(self.zone)

    def instant(self, shown: dt.datetime) -> dt.datetime:
        """When the reader's clock shows that: the first time, where it does so twice; an hour
        later, where it leaves it out. OverflowError, ValueError, OSError.
        """
        if shown.tzinfo is None and self.zone is not None:
            return shown.replace(tzinfo=self.zone)
        return shown.astimezone(self.zone)

    def moment(self, microseconds: int) -> str:
        """An instant, to the minute; a device's clock may say anything."""
        try:
            local = self.local(microseconds).replace(tzinfo=None)
        except (OverflowError, ValueError, OSError):
            return "?"
        return str(dates.format_datetime(local, "medium", locale=self.locale)).rpartition(":")[0]

    def clock(self, microseconds: int) -> str:
        """An instant of today, to the second."""
        local = self.local(microseconds).replace(tzinfo=None)
        return str(dates.format_time(local, "medium", locale=self.locale))

    def ago(self, microseconds: int, now: int) -> str:
        """How long ago, in one unit; what is of this moment was a second ago."""
        delta = dt.timedelta(microseconds=min(microseconds - now, -1_000_000))
        return str(dates.format_timedelta(delta, add_direction=True, locale=self.locale))

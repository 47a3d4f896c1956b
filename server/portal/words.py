"""Languages: messages from the catalogues; dates, numbers and names as the reader writes them."""

from __future__ import annotations

import datetime as dt
import decimal
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from babel import Locale, dates, numbers
from babel.messages.pofile import read_po

from syncengine.model.fields import EPOCH, MICROSECOND
from syncengine.model.sentences import ENGLISH

LANGUAGES = {"de": "Deutsch", "en": "English"}
LOCALES = Path(__file__).parent / "locale"
Key = str | tuple[str, str]  # the message, with the context where it has one


@cache
def _catalogue(language: str) -> dict[Key, str | tuple[str, ...]]:
    """The catalogue's text file is read as it is: no compiled copy can be older than it."""
    with (LOCALES / f"{language}.po").open("rb") as file:
        read = read_po(file, locale=language)
    found: dict[Key, str | tuple[str, ...]] = {}
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


@dataclass(frozen=True)
class Words:
    """One language. Instants are shown in the time zone of this machine."""

    language: str

    @property
    def locale(self) -> Locale:
        """Of Babel; English is written as in Europe: day before month, 24 hours."""
        return Locale("en", "GB") if self.language == "en" else Locale("de", "DE")

    def __call__(self, message: str, **values: object) -> str:
        """The message in this language, its %(name)s replaced."""
        said = _catalogue(self.language).get(message, message)
        text = said if isinstance(said, str) else said[0]
        return text % values if values else text

    def many(self, one: str, several: str, number: int, **values: object) -> str:
        """The form for so many; `num` is the number as it is written here."""
        said = _catalogue(self.language).get(one, (one, several))
        forms = said if isinstance(said, tuple) else (said, said)
        return (forms[0] if number == 1 else forms[-1]) % {"num": self.number(number), **values}

    def _named(self, context: str, name: str) -> str:
        said = _catalogue(self.language).get((context, name))
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

    def choice(self, value: str) -> str:
        """A word of a fixed list."""
        return self._named("choice", value)

    def sentence(self, code: str) -> str:
        """The text of one of the engine's sentences, with places for its parts."""
        said = _catalogue(self.language).get(("sentence", code), ENGLISH[code])
        return said if isinstance(said, str) else said[0]

    def number(self, value: int | decimal.Decimal) -> str:
        """With the reader's separators and every digit that it has."""
        kept = -int(value.as_tuple().exponent) if isinstance(value, decimal.Decimal) else 0
        pattern = "#,##0" + ("." + "0" * kept if kept > 0 else "")
        return str(numbers.format_decimal(value, pattern, locale=self.locale))

    def read_decimal(self, text: str) -> decimal.Decimal:
        """A number as the reader writes it; ValueError."""
        try:
            return numbers.parse_decimal(text.strip(), locale=self.locale, strict=True)
        except numbers.NumberFormatError as error:
            raise ValueError(text) from error

    def day(self, value: dt.date) -> str:
        """A calendar day."""
        return str(dates.format_date(value, "medium", locale=self.locale))

    def moment(self, microseconds: int) -> str:
        """An instant, to the minute; a device's clock may say anything."""
        try:
            local = (EPOCH + microseconds * MICROSECOND).astimezone().replace(tzinfo=None)
        except (OverflowError, ValueError, OSError):
            return "?"
        return str(dates.format_datetime(local, "medium", locale=self.locale)).rpartition(":")[0]

    def clock(self, microseconds: int) -> str:
        """An instant of today, to the second."""
        local = (EPOCH + microseconds * MICROSECOND).astimezone().replace(tzinfo=None)
        return str(dates.format_time(local, "medium", locale=self.locale))

    def ago(self, microseconds: int, now: int) -> str:
        """How long ago, in one unit; what is of this moment was a second ago."""
        delta = dt.timedelta(microseconds=min(microseconds - now, -1_000_000))
        return str(dates.format_timedelta(delta, add_direction=True, locale=self.locale))

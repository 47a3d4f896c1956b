"""Languages: messages from the catalogues; days, times and numbers as the reader writes them, by
this machine's clock and zone.
"""

from __future__ import annotations

import datetime as dt
import decimal
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from babel import Locale, dates, numbers
from babel.messages.pofile import read_po

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
    if not path.exists():
        return {}  # a module may speak fewer languages
    with path.open("rb") as file:
        read = read_po(file, locale=language)
    found: dict[Key, Said] = {}
    for message in read:
        said = message.string
        if message.id and said:
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
    """One language, from the catalogues of these folders."""

    language: str
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

    def many(self, one: str, several: str, number: int) -> str:
        """The form for so many; %(num)s is the number as it is written here."""
        said = self._said.get(one, (one, several))
        forms = said if isinstance(said, tuple) else (said, said)
        return (forms[0] if number == 1 else forms[-1]) % {"num": self.number(number)}

    def told(self, context: str, name: str, otherwise: str) -> str:
        """What a stable name stands for, in the context."""
        said = self._said.get((context, name), otherwise)
        return said if isinstance(said, str) else said[0]

    def _named(self, context: str, name: str) -> str:
        plain = name.replace("_", " ")
        return self.told(context, name, plain[:1].upper() + plain[1:])

    def entity(self, name: str) -> str:
        """One row of that kind."""
        return self._named("entity", name)

    def entities(self, name: str) -> str:
        """The kind of row, as a list is called."""
        return self._named("entities", name)

    def inside(self, name: str) -> str:
        """One row of that kind, within a sentence: German nouns stay as they are."""
        said = self.entity(name)
        return said if self.language == "de" else said[:1].lower() + said[1:]

    def field(self, name: str) -> str:
        """A field's name."""
        return self._named("field", name)

    def choice(self, value: str) -> str:
        """A word of a fixed list."""
        return self._named("choice", value)

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

    def weekday(self, value: dt.date) -> str:
        """A day of this year, as one speaks of it."""
        pattern = "EEEE, d. MMMM" if self.language == "de" else "EEEE, d MMMM"
        return str(dates.format_date(value, pattern, locale=self.locale))

    def month(self, value: dt.date) -> str:
        """The month that a day is in."""
        return str(dates.format_skeleton("yMMM", value, locale=self.locale))

    def clock(self, value: dt.datetime) -> str:
        """The time of day, to the minute."""
        return value.astimezone().strftime("%H:%M")

    def moment(self, value: dt.datetime) -> str:
        """A day and a time, to the minute."""
        local = value.astimezone()
        return f"{self.day(local.date())}, {local:%H:%M}"

    def ago(self, age: dt.timedelta) -> str:
        """How long ago, in one unit."""
        if age < dt.timedelta(minutes=1):
            return self("just now")
        return str(dates.format_timedelta(-age, add_direction=True, locale=self.locale))

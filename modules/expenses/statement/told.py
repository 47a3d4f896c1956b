"""A statement in its language: every value as the text that is printed, in the order of the page.

Pure. Amounts are those that the server reckoned and kept with the trip; nothing is reckoned anew
but their sums. Instants without a place are in UTC.
"""

from __future__ import annotations

import datetime as dt
import tomllib
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from functools import cache
from importlib import resources
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale, dates, numbers

from modules.expenses.reckoned import Row, Written
from modules.expenses.statement.facts import Facts
from modules.expenses.statement.printable import printable
from modules.expenses.trip_entities import MEALS

LOCALES = {"de": Locale("de", "DE"), "en": Locale("en", "GB")}
MINUS = "\N{MINUS SIGN}"
NONE = "\N{EN DASH}"
NOTHING = Decimal("0.00")


@dataclass(frozen=True)
class Picture:
    """A photo or a page. name: of its file. width, height: millimetres that it has room in.
    framed: it is a page, whose edges are shown.
    """

    name: str
    width: float
    height: float
    framed: bool = False


@dataclass(frozen=True)
class Receipt:
    """One in the appendix. pages: how many it has, of which the pictures are the first ones. note:
    why not all of them are there, a word.
    """

    item: uuid.UUID
    digest: bytes
    pictures: Sequence[Picture] = ()
    pages: int = 1
    note: str = ""


@cache
def words(language: str) -> Mapping[str, Any]:
    """The words of statements."""
    text = resources.files("modules.expenses.statement").joinpath("words.toml").read_text("utf-8")
    found: Mapping[str, Any] = tomllib.loads(text)[language]
    return found


def ordered(rows: Sequence[Row], by: str = "day") -> list[Row]:
    """As they are printed, and numbered."""
    return sorted(rows, key=lambda row: (row[by], row["id"]))


def told(facts: Facts, number: str, receipts: Sequence[Receipt]) -> dict[str, Any]:
    """What the template sets."""
    return _Telling(facts, number, receipts).all()


def amount(value: Decimal, language: str, pattern: str = "#,##0.00") -> str:
    """As it is written there, with a true minus."""
    shown = str(numbers.format_decimal(abs(value), pattern, locale=LOCALES[language]))
    return f"{MINUS}{shown}" if value < 0 else shown


class _Telling:
    def __init__(self, facts: Facts, number: str, receipts: Sequence[Receipt]) -> None:
        self._facts = facts
        self._number = number
        self._receipts = receipts
        self._w = words(facts.language)
        self._kept: Mapping[str, Any] = facts.written.trip["reckoned"]
        self._currency: str = self._kept["currency"]
        self._numbered = {row["id"]: n for n, row in enumerate(ordered(facts.written.items), 1)}

    def all(self) -> dict[str, Any]:
        w, facts = self._w, self._facts
        return {
            "lang": facts.language,
            "words": {name: text for name, text in w.items() if isinstance(text, str)},
            "title": w["correction_title" if facts.before else "title"],
            "number": self._number,
            "currency": self._currency,
            "corrects": self._corrects(),
            "facts": list(self._head()),
            "stages": [self._stage(row) for row in ordered(facts.written.stages, "starts_at")],
            "days": [self._one_day(one) for one in self._kept["days"]],
            "drives": [self._drive(row) for row in ordered(facts.written.drives)],
            "items": [self._item(row) for row in ordered(facts.written.items)],
            "vat": [self._vat(*map(Decimal, one)) for one in self._kept["vat"]],
            "corrections": [self._correction(row) for row in facts.corrections],
            "totals": list(self._totals()),
            "total": self._money(total_of(facts)),
            "steps": list(self._steps()),
            "proof": w["proof_says" if facts.chain else "proof_gone"].format(
                version=self._money(Decimal(facts.as_of), "#,##0")
            ),
            "hash": facts.chain.hex() if facts.chain else "",
            "receipts": list(self._appendix()),
        }

    # -- the page

    def _corrects(self) -> str:
        before, w = self._facts.before, self._w
        if before is None:
            return ""
        day = self._day(before["stated_at"].date())
        said: str = w["corrects_says"].format(number=before["number"], day=day)
        return said

    def _head(self) -> Iterator[list[str]]:
        w, facts, trip = self._w, self._facts, self._facts.written.trip
        who = facts.traveller
        called = ", ".join(x for x in (who["number"], who["login"]) if x)
        yield [w["number"], self._number]
        yield [w["day"], self._day(facts.stated_at.date())]
        yield [w["traveller"], printable(called)]
        yield [w["department"], printable(who["department"]) or NONE]
        yield [w["purpose"], printable(trip["purpose"])]
        yield [w["cost_centre"], printable(trip["cost_centre"]) or NONE]
        yield [w["period"], self._period()]

    def _period(self) -> str:
        first, last = period_of(self._facts.written)
        return f"{self._day(first)} {NONE} {self._day(last)}" if first and last else NONE

    def _stage(self, row: Row) -> list[str]:
        zone = ZoneInfo(row["zone"])
        remarks = [printable(row["remark"]), self._w["awake"] if row["awake"] else ""]
        return [
            self._country(row["country"]), printable(row["place"]) or NONE,
            self._moment(row["starts_at"].astimezone(zone)),
            self._moment(row["ends_at"].astimezone(zone)),
            "; ".join(filter(None, remarks)) or NONE,
        ]  # fmt: skip

    def _one_day(self, one: Mapping[str, Any]) -> list[str]:
        w = self._w
        hours, minutes = divmod(one["minutes"], 60)
        off = [
            f"{w['meals'][meal]} {MINUS}{self._money(Decimal(one['meals'][meal]))}"
            for meal in MEALS
            if meal in one["meals"]
        ]
        if Decimal(one["already"]):
            off.append(f"{w['given_before']} {MINUS}{self._money(Decimal(one['already']))}")
        return [
            self._day(dt.date.fromisoformat(one["day"])), self._country(one["country"]),
            w["rules"][one["rule"]], f"{hours}:{minutes:02}", self._money(Decimal(one["base"])),
            ", ".join(off) or NONE, self._money(Decimal(one["amount"])),
        ]  # fmt: skip

    def _drive(self, row: Row) -> list[str]:
        per_km, paid = self._kept["drives"][str(row["id"])]
        vehicle = self._w["vehicles"].get(row["vehicle"]) or printable(row["vehicle"])
        return [
            self._day(row["day"]), vehicle, printable(row["route"]) or NONE,
            self._money(row["kilometres"], "#,##0.0"),
            self._money(Decimal(per_km), "#,##0.00##") if per_km else NONE,
            self._money(Decimal(paid)),
        ]  # fmt: skip

    def _item(self, row: Row) -> list[str]:
        rate, percent, about = row["exchange_rate"], row["vat_percent"], printable(row["remark"])
        own = row["cost_centre"]
        if own:
            about = "; ".join(filter(None, (about, f"{self._w['cost_centre']} {printable(own)}")))
        receipts = [one for one in self._receipts if one.item == row["id"]]
        return [
            str(self._numbered[row["id"]]), self._day(row["day"]),
            printable(self._facts.kinds.get(row["expense_type"], "")), about,
            f"{self._money(row['gross'])} {printable(row['currency'])}",
            NONE if rate is None else self._money(rate, "#,##0.00####"),
            NONE if percent is None else f"{self._money(percent, '#,##0.##')} %",
            str(len(receipts)) if receipts else NONE,
            self._money(Decimal(self._kept["items"][str(row["id"])])),
        ]  # fmt: skip

    def _vat(self, percent: Decimal, gross: Decimal, net: Decimal, tax: Decimal) -> list[str]:
        return [f"{self._money(percent, '#,##0.##')} %", *map(self._money, (gross, net, tax))]

    def _correction(self, row: Row) -> list[str]:
        item = self._numbered.get(row["item"]) if row["item"] else None
        concerns = NONE if item is None else f"{self._w['item']} {item}"
        return [printable(row["reason"]), concerns, self._money(row["difference"])]

    def _totals(self) -> Iterator[list[str]]:
        for name, value in sums_of(self._facts).items():
            yield [self._w[name], self._money(value)]

    def _steps(self) -> Iterator[list[str]]:
        w = self._w
        for one in self._facts.steps:
            by = printable(one.by) if one.by else w.get(f"{one.source}_did", w["office_did"])
            yield [w["statuses"][one.status], f"{self._moment(one.at)} UTC", by]

    def _appendix(self) -> Iterator[dict[str, Any]]:
        """A line for each picture, and one for a receipt that has none."""
        w, of_item = self._w, dict.fromkeys(self._numbered, 0)
        items = {row["id"]: row for row in self._facts.written.items}
        for one in self._receipts:
            of_item[one.item] += 1
            row = items[one.item]
            said = {
                "label": f"{w['receipt']} {self._numbered[one.item]}.{of_item[one.item]}",
                "kind": printable(self._facts.kinds.get(row["expense_type"], "")),
                "about": f"{self._day(row['day'])}, {self._money(row['gross'])}"
                f" {printable(row['currency'])}",
                "hash": one.digest.hex(),
            }
            note = w[one.note].format(shown=len(one.pictures)) if one.note else ""
            for page, picture in enumerate(one.pictures or (None,), 1):
                yield said | {
                    "page": w["page_of"].format(page=page, pages=one.pages)
                    if picture and one.pages > 1
                    else "",
                    "note": note if page == 1 else "",
                    "picture": asdict(picture) if picture else None,
                }

    # -- values

    def _money(self, value: Decimal, pattern: str = "#,##0.00") -> str:
        return amount(value, self._facts.language, pattern)

    def _day(self, day: dt.date) -> str:
        return str(dates.format_date(day, "medium", locale=LOCALES[self._facts.language]))

    def _moment(self, at: dt.datetime) -> str:
        return f"{self._day(at.date())} {at:%H:%M}"

    def _country(self, code: str) -> str:
        return str(LOCALES[self._facts.language].territories.get(code) or printable(code))


def sums_of(facts: Facts) -> dict[str, Decimal]:
    """What the total is made of: per diems, drives, items, corrections."""
    kept = facts.written.trip["reckoned"]
    return {
        "per_diems": sum((Decimal(one["amount"]) for one in kept["days"]), NOTHING),
        "drives": sum((Decimal(paid) for _, paid in kept["drives"].values()), NOTHING),
        "items": sum(map(Decimal, kept["items"].values()), NOTHING),
        "corrections": sum((one["difference"] for one in facts.corrections), NOTHING),
    }


def total_of(facts: Facts) -> Decimal:
    """With corrections."""
    return sum(sums_of(facts).values(), NOTHING)


def period_of(written: Written) -> tuple[dt.date | None, dt.date | None]:
    """The first and the last day that the trip has anything of."""
    days = [row["day"] for row in (*written.drives, *written.items)]
    for row in written.stages:
        zone = ZoneInfo(row["zone"])
        days += [row[name].astimezone(zone).date() for name in ("starts_at", "ends_at")]
    return (min(days), max(days)) if days else (None, None)

"""A trip as its page tells it: each line with what it comes to, why, and what was objected to."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from modules.expenses.portal.reading import Loaded, Whole
from modules.expenses.sentences import FAULTS, RULES
from modules.expenses.words import country, fault_words, hours, money, rule_words, short, vehicle
from server.portal.public import Portal, Words, media_type

Line = dict[str, Any]
ABOUT = ("stage", "drive", "item")  # what an objection may be about, beside a day


@dataclass(frozen=True)
class Sheet:
    """Lines as texts in the reader's language. sums: (what, amount). notes: objections to the trip
    as a whole. place: by line, what its objections are written under (`key`).
    """

    stages: list[Line]
    days: list[Line]
    drives: list[Line]
    items: list[Line]
    vat: list[tuple[str, str, str, str]]
    sums: list[tuple[str, str]]
    total: str
    notes: list[str]


def sheet_of(portal: Portal, w: Words, of: Whole) -> Sheet:
    """Of a trip, as the server reckoned it; before that, as it was written."""
    kept = of.trip["reckoned"]
    tell = _Telling(portal, w, of, kept or {}, _objections(w, of.objections))
    days, sums = tell.days(), tell.sums() if kept else []
    known = {line["key"] for line in days}
    days += [_bare_day(w, day, tell.notes) for day in tell.notes.days if f"day.{day}" not in known]
    return Sheet(
        [tell.stage(row) for row in of.written.stages],
        days,
        [tell.drive(row) for row in of.written.drives],
        [tell.item(row) for row in of.written.items],
        tell.vat(),
        sums,
        tell.money(of.total) if of.total is not None else "",
        tell.notes.by["trip"],
    )


@dataclass(frozen=True)
class _Notes:
    by: defaultdict[str, list[str]]

    @property
    def days(self) -> list[str]:
        return sorted(key[4:] for key in self.by if key.startswith("day."))


def _objections(w: Words, found: Iterable[Loaded]) -> _Notes:
    """What is said, by the key of the line that it is about."""
    by: defaultdict[str, list[str]] = defaultdict(list)
    for one in found:
        key = next((f"{name}.{one[name]}" for name in ABOUT if one[name]), "trip")
        if one["day"] is not None:
            key = f"day.{one['day']}"
        known = one["code"] in FAULTS and isinstance(one["values"], dict)
        by[key].append(fault_words(w, one["code"], one["values"]) if known else one["reason"])
    return _Notes(by)


def _bare_day(w: Words, day: str, notes: _Notes) -> Line:
    said = w.day(dt.date.fromisoformat(day))
    return {"key": f"day.{day}", "day": said, "country": "", "why": "", "parts": [], "amount": "",
            "notes": notes.by[f"day.{day}"]}  # fmt: skip


@dataclass(frozen=True)
class _Telling:
    portal: Portal
    w: Words
    of: Whole
    kept: Mapping[str, Any]
    notes: _Notes

    def money(self, amount: Decimal | str) -> str:
        return money(self.w, amount, self.of.trip["currency"] or "EUR")

    def _line(self, about: str, row: Mapping[str, Any], **told: object) -> Line:
        key = f"{about}.{row['id']}"
        return {"key": key, "notes": self.notes.by.get(key, []), **told}

    def stage(self, row: Mapping[str, Any]) -> Line:
        w = self.w
        return self._line(
            "stage", row, where=country(w, row["country"]), place=row["place"] or "",
            starts=_at(w, row["starts_at"], row["zone"]), ends=_at(w, row["ends_at"], row["zone"]),
            zone=row["zone"], awake=bool(row["awake"]), remark=row["remark"] or "",
        )  # fmt: skip

    def days(self) -> list[Line]:
        return [self._day(one) for one in self.kept.get("days", [])]

    def _day(self, one: Mapping[str, Any]) -> Line:
        w, key = self.w, f"day.{one['day']}"
        absent = dt.timedelta(minutes=one["minutes"])
        parts = []
        if Decimal(one["base"]):
            parts.append((w("Rate"), self.money(one["base"])))
        for meal, off in one["meals"].items():
            parts.append((w("%(meal)s provided", meal=w.choice(meal)), self.money(-Decimal(off))))
        if Decimal(one["already"]):
            parts.append((w("given with another trip"), self.money(-Decimal(one["already"]))))
        why = rule_words(w, one["rule"], absent, one["country"]) if one["rule"] in RULES else ""
        return {
            "key": key, "day": w.day(dt.date.fromisoformat(one["day"])),
            "country": country(w, one["country"]), "why": why, "hours": hours(one["minutes"]),
            "parts": parts, "amount": self.money(one["amount"]),
            "notes": self.notes.by.get(key, []),
        }  # fmt: skip

    def drive(self, row: Mapping[str, Any]) -> Line:
        rate, amount = self.kept.get("drives", {}).get(str(row["id"]), (None, None))
        return self._line(
            "drive", row, day=self.w.day(row["day"]), vehicle=vehicle(self.w, row["vehicle"]),
            kilometres=self.w.number(short(row["kilometres"])), route=row["route"] or "",
            rate=self.money(rate) if rate else "", amount=self.money(amount) if amount else "",
        )  # fmt: skip

    def item(self, row: Mapping[str, Any]) -> Line:
        w, amount = self.w, self.kept.get("items", {}).get(str(row["id"]))
        rate, percent = row["exchange_rate"], row["vat_percent"]
        return self._line(
            "item", row, day=w.day(row["day"]), kind=self.of.named.get(row["expense_type"], ""),
            gross=money(w, row["gross"], row["currency"]),
            rate=w.number(short(rate)) if rate is not None else "",
            percent=w.number(short(percent)) if percent is not None else "",
            cost_centre=row["cost_centre"] or "", remark=row["remark"] or "",
            amount=self.money(amount) if amount else "", receipts=self._receipts(row),
        )  # fmt: skip

    def _receipts(self, item: Mapping[str, Any]) -> list[Line]:
        return [
            {
                "place": f"/portal/data/trip_receipt/{one['id']}/attachment/file",
                "picture": media_type(self.portal, one["file"])[0].startswith("image/"),
            }
            for one in self.of.written.receipts
            if one["item"] == item["id"]
        ]

    def vat(self) -> list[tuple[str, str, str, str]]:
        kept: list[list[str]] = self.kept.get("vat", [])
        return [
            (
                self.w.number(short(Decimal(rate))),
                self.money(gross),
                self.money(net),
                self.money(tax),
            )
            for rate, gross, net, tax in kept
        ]

    def sums(self) -> list[tuple[str, str]]:
        w, kept = self.w, self.kept
        days = sum((Decimal(one["amount"]) for one in kept["days"]), Decimal("0.00"))
        drives = sum((Decimal(a) for _, a in kept["drives"].values()), Decimal("0.00"))
        items = sum((Decimal(a) for a in kept["items"].values()), Decimal("0.00"))
        corrected = sum((one["difference"] for one in self.of.corrections), Decimal("0.00"))
        found = [
            (w("Per diems"), days), (w("Drives"), drives), (w("Expenses"), items),
            (w("Corrections"), corrected),
        ]  # fmt: skip
        return [(said, self.money(amount)) for said, amount in found if amount]


def _at(w: Words, instant: dt.datetime, zone: str) -> str:
    """By the clocks of the place; by UTC where there is no such zone."""
    try:
        local = instant.astimezone(ZoneInfo(zone))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        local = instant.astimezone(dt.UTC)
    return f"{w.day(local.date())}, {local:%H:%M}"

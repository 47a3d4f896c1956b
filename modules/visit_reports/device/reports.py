"""The steps that a rep takes at a visit."""

from __future__ import annotations

import datetime as dt
import decimal
import uuid
from dataclasses import dataclass
from typing import cast

from device_sdk import Device, Row, RowId
from modules.visit_reports.device.applying import Applying, Conditions, applying
from modules.visit_reports.device.filling import FIELD_OF, VALUES, Filling, NotHere, filling_of
from modules.visit_reports.reports import MOST_PHOTOS, OPEN
from syncengine.model.fields import Timestamp
from syncengine.model.questionnaire import Kind

Location = tuple[decimal.Decimal, decimal.Decimal]  # latitude, longitude


@dataclass(frozen=True)
class Visit:
    """One visit, from its check-in on."""

    id: uuid.UUID
    customer: uuid.UUID
    checked_in_at: dt.datetime
    status: str


class Reports:
    """Those of one device."""

    def __init__(self, device: Device) -> None:
        self._device = device
        self._conditions = Conditions()

    # -- the visit

    def notes_places(self) -> bool:
        """Whether the office wants noted where a check-in happens; if not, the rep is not asked."""
        if "visit_setting" not in self._device.schema.entities:  # an updated app's first sync
            return True
        return not self._device.rows("visit_setting", "NOT places LIMIT 1")

    def check_in(
        self,
        customer: RowId,
        appointment: RowId | None = None,
        location: Location | None = None,
    ) -> Visit:
        """Begin a visit, or go on with the one that this person has begun there and not ended.
        appointment: whose it is. location: where, if the rep lets it be noted; it is left out where
        `notes_places` says no.
        """
        begun = self._device.rows(
            "visit",
            "customer=? AND employee=? AND status='checked_in' ORDER BY id DESC",
            [_bytes(customer), self._device.person.bytes],
        )
        if begun:
            return _visit(begun[0])
        planned = self._device.get("appointment", appointment) if appointment else None
        if appointment and planned is None:
            raise NotHere(str(appointment))
        latitude, longitude = (location if self.notes_places() else None) or (None, None)
        with self._device.changeset() as changes:
            made = changes.insert(
                "visit",
                customer=_uuid(customer),
                employee=self._device.person,
                appointment=planned.id if planned else None,
                planned_at=planned["starts_at"] if planned else None,
                checked_in_at=Timestamp().load(self._now()),
                latitude=latitude,
                longitude=longitude,
                status="checked_in",
            )
        return self.visit(made)

    def check_out(self, visit: RowId) -> None:
        """End a visit; its reports can be worked on for as long as they are open."""
        if self.visit(visit).status == "checked_in":
            self._step("visit", _uuid(visit), "checked_out")

    def visit(self, visit: RowId) -> Visit:
        """One that is on this device; NotHere."""
        return _visit(self._row("visit", visit))

    # -- the reports of a visit

    def applying(self, customer: RowId) -> list[Applying]:
        """The templates to be answered at a customer now: the standard ones of this person, and the
        dynamic ones whose targets mean the customer.
        """
        return applying(self._device, _bytes(customer), self._now(), self._conditions)

    def start(self, visit: RowId, template: RowId) -> Filling:
        """Begin a report at a visit, or go on with the one that was begun there. NotHere, unless
        the template applies.
        """
        at = self.visit(visit)
        begun = self._device.rows(
            "report", "visit=? AND template=? ORDER BY id", [at.id.bytes, _bytes(template)]
        )
        if begun:
            return filling_of(self._device, begun[0])
        if _uuid(template) not in [one.template for one in self.applying(at.customer)]:
            raise NotHere(str(template))
        with self._device.changeset() as changes:
            made = changes.insert(
                "report",
                template=_uuid(template),
                visit=at.id,
                customer=at.customer,
                status="open",
            )
        return self.filling(made)

    def open_reports(self, customer: RowId | None = None) -> list[Filling]:
        """Those that were begun and are not confirmed, the oldest first: at a customer all of them,
        else without those of people whom this person leads.
        """
        words = ",".join(f"'{word}'" for word in OPEN)
        where = f"status IN ({words}) AND template IN (SELECT id FROM report_template)"
        if customer is not None:
            where, named = f"{where} AND customer=?", [_bytes(customer)]
            found = self._device.rows("report", f"{where} ORDER BY id", named)
        else:
            found = self._mine(self._device.rows("report", f"{where} ORDER BY id"))
        return [filling_of(self._device, row) for row in found]

    # -- one report

    def filling(self, report: RowId) -> Filling:
        """A report as it stands; NotHere."""
        return filling_of(self._device, self._row("report", report))

    def resume(self, report: RowId) -> Filling:
        """Take a complete report up again; one that is not complete stays as it is."""
        filling = self.filling(report)
        if filling.status == "complete":
            self._step("report", filling.report, "in_progress")
        return self.filling(report)

    def answer(
        self, report: RowId, question: str, value: object, article: uuid.UUID | None = None
    ) -> Filling:
        """Answer a question, or change the answer; None takes it away. True or False, a text, a
        number, a date, the key of a choice or a list of keys, the SHA-256 of a signature. NotHere;
        InvalidValue for what does not fit. A wrong answer is kept, and said in the standing.
        """
        filling = self.filling(report)
        kind = filling.question(question, article).kind
        if kind is Kind.PHOTO:
            raise ValueError("photos are added and removed one by one")
        values = dict.fromkeys(VALUES) | {FIELD_OF[kind]: value}
        return self._answered(filling, question, article, filling.row(question, article), values)

    def add_photo(
        self, report: RowId, question: str, photo: bytes, article: uuid.UUID | None = None
    ) -> Filling:
        """Add a photo that was attached (`device.attachments`), by its SHA-256. NotHere; ValueError
        where there are too many.
        """
        filling = self.filling(report)
        if filling.question(question, article).kind is not Kind.PHOTO:
            raise ValueError(f"{question} asks for no photo")
        taken = {one.position for one in filling.photos(question, article)}
        free = next((n for n in range(MOST_PHOTOS) if n not in taken), None)
        if free is None:
            raise ValueError(f"at most {MOST_PHOTOS} photos")
        return self._answered(filling, question, article, None, {"file": photo}, free)

    def remove_photo(self, report: RowId, answer: RowId) -> Filling:
        """Take a photo away, by the row of its answer; NotHere."""
        filling = self.filling(report)
        row = self._row("report_answer", answer)
        if row["report"] != filling.report or row["file"] is None:
            raise NotHere(str(answer))
        with self._device.changeset() as changes:
            if filling.status != "in_progress":
                changes.update("report", filling.report, status="in_progress")
            changes.delete("report_answer", row.id)
        return self.filling(report)

    def complete(self, report: RowId) -> Filling:
        """Say that it is complete; Refused, with the first question that is missing or wrong."""
        filling = self.filling(report)
        if filling.status != "complete":
            self._step("report", filling.report, "complete")
        return self.filling(report)

    def confirm(self, report: RowId) -> None:
        """Done with it: the next sync tells the office and takes it away. Refused as `complete`."""
        self._step("report", self.complete(report).report, "confirmed")

    # -- inside

    def _answered(
        self,
        filling: Filling,
        question: str,
        article: uuid.UUID | None,
        row: uuid.UUID | None,
        values: dict[str, object],
        position: int = 0,
    ) -> Filling:
        with self._device.changeset() as changes:
            if filling.status != "in_progress":
                changes.update("report", filling.report, status="in_progress")
            if row is not None:
                changes.update("report_answer", row, **values)
            else:
                changes.insert(
                    "report_answer",
                    report=filling.report,
                    question=question,
                    article=article,
                    position=position,
                    **values,
                )
        return self.filling(filling.report)

    def _mine(self, reports: list[Row]) -> list[Row]:
        """Of customers that this person has or stands in for, or from their own visits: whoever
        leads others holds all of theirs.
        """
        grants = self._device.grants()
        by = {whose.bytes: reason for kind, whose, reason in grants if kind == "business"}
        lent = any(kind == "lent" for kind, _, _ in grants)
        owners = {row[0]: row[1] for row in self._device.query("SELECT id, owner FROM customer")}
        sql = "SELECT id FROM visit WHERE employee=?"
        own = {visit for (visit,) in self._device.query(sql, [self._device.person])}

        def is_mine(row: Row) -> bool:
            owner = owners.get(_field(row, "customer").bytes)
            reason = by.get(owner) if isinstance(owner, bytes) else None
            has = reason in ("own", "substitution") or (reason is None and lent)
            return has or _field(row, "visit").bytes in own

        return [row for row in reports if is_mine(row)]

    def _row(self, entity: str, row: RowId) -> Row:
        found = self._device.get(entity, row)
        if found is None:
            raise NotHere(str(row))
        return found

    def _step(self, entity: str, row: uuid.UUID, status: str) -> None:
        with self._device.changeset() as changes:
            changes.update(entity, row, status=status)

    def _now(self) -> int:
        """By the device's clock."""
        ((now,),) = self._device.query("SELECT device_time()")
        return int(cast(int, now))


def _visit(row: Row) -> Visit:
    at = cast(dt.datetime, row["checked_in_at"])
    return Visit(row.id, _field(row, "customer"), at, str(row["status"]))


def _field(row: Row, name: str) -> uuid.UUID:
    return cast(uuid.UUID, row[name])


def _uuid(row: RowId) -> uuid.UUID:
    return uuid.UUID(bytes=_bytes(row))


def _bytes(row: RowId) -> bytes:
    if isinstance(row, bytes):
        return row
    return (row if isinstance(row, uuid.UUID) else uuid.UUID(row)).bytes

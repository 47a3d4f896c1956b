"""Device, server and a naive judge agree on what a report lacks, whatever its template asks and
whatever was answered (D11, D12).
"""

from __future__ import annotations

import datetime as dt
import json
import uuid
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from hypothesis import given, settings

from device_sdk import Device
from device_sdk.errors import Refused
from modules.visit_reports.device import Filling, Reports
from syncengine.model.changeset import Operation
from syncengine.model.entity import Action
from syncengine.model.filling import Answer
from syncengine.store.doctor import doctor
from tests.questionnaires.forms import ARTICLES, Data
from tests.questionnaires.naive import Naive
from tests.questionnaires.test_filling import filled
from tests.visit_reports.scene import Office


@dataclass
class Rep:
    """A rep at one customer, whose device can also be made to say what its SDK refuses."""

    office: Office
    device: Device
    reports: Reports
    customer: bytes

    def filling(self, data: Data, answers: list[Answer]) -> Filling:
        """A report of a template of its own, with these rows; synced."""
        template = self.office.publish("dynamic", {"customer": self.customer}, form=data)
        self.device.sync()
        visit = self.reports.check_in(self.customer)
        report = self.reports.start(visit.id, template).report
        with self.device.changeset() as changes:
            for answer in answers:
                changes.insert("report_answer", report=report, **_values(answer))
        self.device.sync()
        assert self.device.inbox() == []
        return self.reports.filling(report)

    def forge(self, report: uuid.UUID, status: str) -> list[str]:
        """A step that nothing on the device looked at; the codes of what the server says."""
        schema = self.device.schema
        number = schema.entities["report"].by_name["status"].number
        step = Operation(Action.UPDATE, schema.tags["report"], report.bytes, {number: status})
        with self.device.changeset() as changes:
            changes.operations.append(step)
        self.device.sync()
        codes = []
        for item in self.device.inbox():
            codes += [reason.code for reason in item.reasons]
            self.device.dismiss(item.sequence)
        return codes

    def confirmed(self, report: uuid.UUID) -> bool:
        """Whether it can be."""
        try:
            self.reports.confirm(report)
        except Refused:
            return False
        self.device.sync()
        return True


def _values(answer: Answer) -> dict[str, Any]:
    """As an app gives them; no attachments here."""
    return {
        "question": answer.question,
        "article": uuid.UUID(bytes=answer.article) if answer.article else None,
        "position": answer.position,
        "yes": answer.yes,
        "text": answer.text or None,
        "choices": None if answer.choices is None else json.loads(answer.choices),
        "amount": None if answer.amount is None else Decimal(answer.amount).scaleb(-4),
        "day": None if answer.day is None else dt.date.fromisoformat(answer.day),
    }


def test_device_and_server_agree_on_what_is_lacking(tmp_path: Path) -> None:
    office = Office(f"sqlite:///{tmp_path / 'server.db'}", tmp_path)
    for number, article in enumerate(ARTICLES):
        office.insert("article", article, number=str(number), name="x", active=True)
    device, reports = office.device("a")
    rep = Rep(office, device, reports, office.customer("a", "1"))

    @settings(max_examples=40, deadline=None)
    @given(filled)
    def play(example: tuple[Data, list[Answer]]) -> None:
        data, answers = example
        filling = rep.filling(data, answers)
        naive = Naive(data, list(filling.answers))
        skipped = {place for place in naive.places if naive.skipped(place)}
        items = filling.standing.by_place
        assert {place for place, item in items.items() if not item.asked} == skipped
        complete = all(naive.fine(place) for place in naive.places)
        assert filling.standing.complete is complete
        forged = rep.forge(filling.report, "complete")
        assert forged == ([] if complete else ["lifecycle.guard"])
        assert rep.confirmed(filling.report) is complete
        status = "confirmed" if complete else "open"
        assert office.status("report", filling.report) == status

    play()
    assert doctor(office.store).findings == []
    device.close()
    office.close()

"""Report templates of the office and what reps answered, for pictures and tests in a browser."""

from __future__ import annotations

import datetime as dt
import decimal
import io
import json
import struct
import uuid
import zlib
from collections.abc import Mapping
from typing import Any

from playwright.sync_api import Page, expect

from device_sdk import Device
from modules.visit_reports.device import Reports
from modules.visit_reports.jobs import assign, close
from syncengine.model.access import Source
from syncengine.model.changeset import Operation
from syncengine.model.entity import Action
from syncengine.model.ids import to_text
from syncengine.model.rights import Rights
from syncengine.model.windows import DAY
from syncengine.store import listing
from syncengine.store.author import Author
from syncengine.store.listing import Listed, Wanted
from syncengine.store.store import Store

ALL = Rights(administers=True)
EVALUATION = "/portal/visit_reports/evaluation"
TEMPLATES, REPORTS = "/portal/visit_reports/templates", "/portal/visit_reports/reports"


def _question(key: str, kind: str, de: str, en: str, **more: Any) -> dict[str, Any]:
    return {"key": key, "kind": kind, "text": {"de": de, "en": en}, **more}


def _choice(key: str, de: str, en: str) -> dict[str, Any]:
    return {"key": key, "text": {"de": de, "en": en}}


UNFILLED = {"field": "filled", "op": "equal", "value": False}
SHELF = [
    _question("filled", "yes_no", "Ist das Regal voll?", "Is the shelf filled?", mandatory=True),
    _question("why", "one", "Warum nicht?", "Why not?", mandatory=True, shown_when=UNFILLED,
              choices=[_choice("sold", "Ausverkauft", "Sold out"),
                       _choice("late", "Lieferung verspätet", "Delivery is late")]),
    _question("metres", "number", "Wie lang ist es?", "How long is it?", unit="m",
              minimum="0.5000", maximum="40.0000", help={"de": "Auf einen halben Meter genau",
                                                         "en": "To half a metre"}),
    _question("beside", "many", "Was steht daneben?", "What stands beside it?", maximum=2,
              choices=[_choice("helmets", "Helme", "Helmets"),
                       _choice("locks", "Schlösser", "Locks"),
                       _choice("lights", "Lichter", "Lights")]),
    _question("view", "photo", "Ein Foto vom Regal", "A photo of the shelf", maximum=3),
]  # fmt: skip
TALK = [
    _question("mood", "rating", "Wie war das Gespräch?", "How was the talk?"),
    _question("next", "date", "Nächste Bestellung am", "Next order on"),
    _question("note", "text", "Noch etwas?", "Anything else?", maximum=400),
    _question("signed", "signature", "Unterschrift des Kunden", "Signature of the customer"),
]


def _form(articles: list[bytes]) -> dict[str, Any]:
    there = [_question("there", "yes_no", "Ist es da?", "Is it there?", mandatory=True)]
    return {"sections": [
        {"key": "shelf", "title": {"de": "Regal", "en": "Shelf"}, "questions": SHELF},
        {"key": "range", "title": {"de": "Sortiment", "en": "Range"}, "questions": there,
         "articles": [to_text(one) for one in articles]},
        {"key": "talk", "title": {"de": "Gespräch", "en": "Talk"}, "questions": TALK},
    ]}  # fmt: skip


def write_reports(store: Store, known: Mapping[str, bytes]) -> None:
    """A dynamic one that runs, with a draft of its next version; a standard one; one that ended."""
    now = store.environment.now()
    articles, _ = listing.page(store, ALL, Wanted("article", order="number"), 2, None)
    form = _form([one.id for one in articles])
    period = {"starts_at": now - DAY, "ends_at": now + 20 * DAY}
    aims = [{"employee": known["275"], "below": True}]
    family = _write(store, "Shelf check in spring", "dynamic", form, aims, period)
    _write(store, "Every visit", "standard", form, aims, {})
    ended = _write(store, "Winter range", "dynamic", form, aims, period)
    _step(store, ended, "ended")
    _write(store, "Shelf check in spring", "dynamic", form, aims, {}, before=family)
    assign(store, 100)


def _row(store: Store, entity: str, row_id: bytes, action: Action, **values: Any) -> Operation:
    by_name = store.schema.entities[entity].by_name
    stored = {by_name[name].number: value for name, value in values.items()}
    return Operation(action, store.schema.tags[entity], row_id, stored)


def _step(store: Store, row: bytes, status: str) -> None:
    author = Author(Source.OFFICE, None, "reports", None)
    verdict = store.write(author, [
        _row(store, "report_template", row, Action.UPDATE, status=status)])  # fmt: skip
    assert verdict.version is not None, verdict


def _write(
    store: Store, title: str, kind: str, form: object, aims: list[dict[str, Any]],
    period: Mapping[str, int], before: bytes | None = None,
) -> bytes:  # fmt: skip
    """A template, published unless it comes after another one."""
    new_id = store.environment.new_id
    row = new_id()
    text = json.dumps(form, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    write = [
        _row(store, "report_template", row, Action.INSERT, title=title, kind=kind, form=text,
             family=to_text(before or row), edition=2 if before else 1, status="draft", **period),
        *(_row(store, "report_target", new_id(), Action.INSERT, template=row, **aim, **period)
          for aim in aims),
    ]  # fmt: skip
    verdict = store.write(Author(Source.OFFICE, None, "reports", None), write)
    assert verdict.version is not None, verdict
    if before is None:
        _step(store, row, "published")
    return row


def answer_reports(store: Store, device: Device) -> None:
    """At the first shop everything is answered and confirmed, at the second it is under way; at
    some more, each answers a little else.
    """
    reports = Reports(device)
    shops = device.rows("customer", "1 ORDER BY number LIMIT 2")
    photo = device.attachments.attach(io.BytesIO(_picture()))
    for shop in shops:
        visit = reports.check_in(shop.id)
        one = next(x for x in reports.applying(shop.id) if x.title == "Shelf check in spring")
        filling = reports.start(visit.id, one.template)
        filling = reports.answer(filling.report, "filled", False)
        filling = reports.answer(filling.report, "why", "late")
        if shop is shops[0]:
            reports.answer(filling.report, "metres", decimal.Decimal("2.5"))
            reports.answer(filling.report, "beside", ["helmets", "locks"])
            reports.add_photo(filling.report, "view", photo)
            reports.answer(filling.report, "mood", 4)
            reports.answer(filling.report, "signed", photo)
            for item in (x for x in filling.standing.lacking if x.article):
                reports.answer(filling.report, "there", True, uuid.UUID(bytes=item.article))
            reports.confirm(filling.report)
        reports.check_out(visit.id)
    _answer_more(device, reports, photo)
    device.sync()
    close(store, 100)


def _answer_more(device: Device, reports: Reports, photo: bytes) -> None:
    """Twelve confirmed ones, for figures."""
    for number, shop in enumerate(device.rows("customer", "1 ORDER BY number LIMIT 12 OFFSET 2")):
        visit = reports.check_in(shop.id)
        one = next(x for x in reports.applying(shop.id) if x.title == "Shelf check in spring")
        report = reports.start(visit.id, one.template).report
        filling = reports.answer(report, "filled", number % 3 > 0)
        if number % 3 == 0:
            filling = reports.answer(report, "why", "sold" if number else "late")
        reports.answer(report, "metres", decimal.Decimal(number * number + 3) / 4)
        reports.answer(report, "beside", ["locks", "lights"] if number % 2 else ["helmets"])
        if number % 4 == 0:
            reports.add_photo(report, "view", photo)
        reports.answer(report, "mood", number % 5 + 1)
        reports.answer(report, "next", dt.date(2026, number % 3 + 1, number + 1))
        reports.answer(report, "note", f"Ask again about rack {number + 1}")
        for item in (x for x in filling.standing.lacking if x.article):
            there = bool(number % 2) or item.article == filling.standing.lacking[0].article
            reports.answer(report, "there", there, uuid.UUID(bytes=item.article))
        reports.confirm(report)
        reports.check_out(visit.id)


def _picture() -> bytes:
    """A PNG of stripes, 96 by 64."""
    row = bytes([0]) + b"".join(bytes([40 + n, 110, 170]) for n in range(96))

    def part(kind: bytes, data: bytes) -> bytes:
        whole = kind + data
        return struct.pack(">I", len(data)) + whole + struct.pack(">I", zlib.crc32(whole))

    head = struct.pack(">IIBBBBB", 96, 64, 8, 2, 0, 0, 0)
    pixels = zlib.compress(row * 64)
    parts = part(b"IHDR", head) + part(b"IDAT", pixels) + part(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


def reports_paths(store: Store) -> dict[str, str]:
    """Page -> its address."""
    rows, _ = listing.page(store, ALL, Wanted("report_template"), 10, None)
    draft = next(to_text(row.id) for row in rows if row.values["status"] == "draft")
    running = next(
        to_text(row.id) for row in rows
        if row.values["status"] == "published" and row.values["kind"] == "dynamic"
    )  # fmt: skip
    back, _ = listing.page(store, ALL, Wanted("report", filters=(("status", "returned"),)), 1, None)
    visit = back[0].values["visit"]
    assert isinstance(visit, bytes)
    family = listing.one(store, ALL, "report_template", _template_of(back[0]))
    assert family is not None
    answers = f"{EVALUATION}/answers?template={family.values['family']!s}"
    evaluation = f"{EVALUATION}?template={family.values['family']!s}"
    report, design = f"{REPORTS}/{to_text(back[0].id)}", f"{TEMPLATES}/{draft}/design"
    return {
        "templates": TEMPLATES, "template-new": f"{TEMPLATES}/new",
        "template": f"{TEMPLATES}/{running}", "template-end": f"{TEMPLATES}/{running}/end",
        "designer": design, "designer-question": f"{design}/question?key=beside",
        "designer-new": f"{design}/question?section=talk&kind=number",
        "designer-section": f"{design}/section?key=range",
        "designer-condition": f"{design}/condition?key=why&of=shown_when",
        "publish": f"{TEMPLATES}/{draft}/publish", "reports": REPORTS, "report": report,
        "report-reopen": f"{report}/reopen",
        "visit": f"/portal/visit_reports/visits/{to_text(visit)}",
        "places": "/portal/visit_reports/places",
        "evaluation": EVALUATION,
        "evaluation-figures": evaluation, "evaluation-markets": f"{evaluation}&by=market",
        "evaluation-months": f"{evaluation}&by=month&confirmed=1",
        "evaluation-answers": f"{answers}&question=note&kind=text",
        "evaluation-pictures": f"{answers}&question=view&kind=photo",
    }  # fmt: skip


def _template_of(report: Listed) -> bytes:
    template = report.values["template"]
    assert isinstance(template, bytes)
    return template


def try_phone(page: Page) -> None:
    """On the phone: an answer that asks for another one, and a look at what is missing."""
    page.locator("[name='a.filled'][value=false]").check()
    expect(page.locator("#try-why")).to_be_visible()
    page.locator("#phone .rep-confirm").click()
    expect(page.locator("#phone [aria-live] .wrong")).to_be_visible()

"""One report: answered step by step, each answer kept at once; then complete, and confirmed."""

from __future__ import annotations

import decimal
import uuid
from itertools import groupby

from starlette.responses import HTMLResponse, Response

from device_sdk.errors import InvalidValue
from device_sdk.screen.public import Asked, NotThere, Screen, Unclear, reason, title_of, to
from modules.visit_reports.device import Filling, NotHere, Reports
from modules.visit_reports.screen.answering import (
    WRONG,
    Typed,
    article_title,
    id_of,
    read,
    shown,
    wrong_with,
)
from modules.visit_reports.screen.blocks import DONE
from modules.visit_reports.screen.steps import Step, step_of, steps_of, where_one_was
from syncengine.model.errors import SyncError
from syncengine.model.filling import Item
from syncengine.model.questionnaire import Kind

END = "end"  # of the steps: what is missing, and handing it in
MOST_MISSING = 50  # that are named


def report(screen: Screen, asked: Asked) -> Response:
    """A step of it, or its end. With POST: an answer, or one of the report's own steps. What
    cannot be kept is told beside its question, and what was typed stays.
    """
    reports = Reports(asked.device)
    try:
        filling = reports.filling(_id(asked, "r"))
    except NotHere:
        return _gone(screen, asked)
    if filling.status in ("confirmed", "returned"):
        return _gone(screen, asked)
    match asked.value("do") if asked.is_post else "":
        case "":
            return _page(screen, asked, filling, {})
        case "complete" | "confirm" | "resume" as step:
            return _stepped(screen, asked, reports, filling, step)
        case _:
            return _answered(screen, asked, reports, filling)


def _id(asked: Asked, name: str) -> uuid.UUID:
    try:
        return uuid.UUID(asked.value(name))
    except ValueError:
        raise NotThere from None


def _gone(screen: Screen, asked: Asked) -> Response:
    """It has left the device, or was confirmed on another page: what was typed there is shown."""
    typed = "\n".join(asked.form.get("value", ())).strip() if asked.is_post else ""
    if not typed:
        raise NotThere
    return screen.page(asked, "visit_reports/gone.html", 404, typed=typed)


def _stepped(
    screen: Screen, asked: Asked, reports: Reports, filling: Filling, step: str
) -> Response:
    """Complete it, confirm it, or take it up again; refused, it says what is missing."""
    if step != "resume" and filling.standing.lacking:
        said = asked.words("Not yet: something is still missing.")
        return _end(screen, asked, filling, said)
    ways = {"complete": reports.complete, "confirm": reports.confirm, "resume": reports.resume}
    try:
        ways[step](filling.report)
    except SyncError as error:
        return _end(screen, asked, filling, reason(asked, error))
    asked.signed_in.sync_now()
    if step == "confirm":  # it leaves the device, and its template applies there still
        asked.signed_in.remembered.add((DONE, filling.visit, filling.template))
        return to(f"/rows/customer/{filling.customer}")
    return to(_address(filling) + (f"&s={END}" if step == "complete" else ""))


def _answered(screen: Screen, asked: Asked, reports: Reports, filling: Filling) -> Response:
    """Keep an answer, or take it away. part: the script asks for what changes of the page."""
    item = _item(asked, filling)
    typed: dict[str, tuple[str, str]] = {}
    try:
        filling = _kept(asked, reports, filling, item)
    except NotHere:
        raise NotThere from None
    except (ValueError, decimal.InvalidOperation, InvalidValue):
        said = WRONG.get(item.question.kind, "This does not fit.")
        typed = {id_of(item): (asked.value("value"), asked.words(said))}
    except SyncError as error:
        typed = {id_of(item): (asked.value("value"), reason(asked, error))}
    if asked.value("part"):
        values = _step_values(asked, filling, typed)
        found = screen.render(asked, "visit_reports/step.html", **values)
        return HTMLResponse(found, 422 if typed else 200)
    if typed:
        return _page(screen, asked, filling, typed)
    return to(f"{_address(filling)}&s={asked.value('s')}#{id_of(item)}")


def _item(asked: Asked, filling: Filling) -> Item:
    try:
        article = bytes.fromhex(asked.value("a")) or None
    except ValueError:
        raise Unclear from None
    item = filling.standing.by_place.get((asked.value("q"), article))
    if item is None:
        raise NotThere
    return item


def _kept(asked: Asked, reports: Reports, filling: Filling, item: Item) -> Filling:
    """As it stands then. What was kept already is not written again."""
    key, kind = item.question.key, item.question.kind
    article = uuid.UUID(bytes=item.article) if item.article else None
    if asked.value("remove"):
        return reports.remove_photo(filling.report, _id(asked, "remove"))
    value = read(asked, kind) if asked.value("do") == "answer" else None
    if kind is Kind.PHOTO:
        if not isinstance(value, bytes):
            return filling
        return reports.add_photo(filling.report, key, value, article)
    if value == filling.value(key, article):
        return filling
    return reports.answer(filling.report, key, value, article)


def _page(screen: Screen, asked: Asked, filling: Filling, typed: Typed) -> Response:
    if asked.value("s") == END or not steps_of(filling):
        return _end(screen, asked, filling)
    values = _step_values(asked, filling, typed)
    return screen.page(
        asked,
        "visit_reports/report.html",
        422 if typed else 200,
        "",
        **_head(asked, filling),
        **values,
    )


def _step_values(asked: Asked, filling: Filling, typed: Typed) -> dict[str, object]:
    """What the template of a step shows."""
    steps = steps_of(filling)
    at = _step(asked, filling, steps)
    number = steps.index(at) if at in steps else 0
    groups = [
        (article_title(asked, article), [shown(asked.words, filling, one, typed) for one in group])
        for article, group in groupby(at.items, lambda item: item.article)
    ]
    return {
        "steps": steps, "at": at, "number": number + 1, "groups": groups,
        "address": _address(filling), "before": steps[number - 1] if number else None,
        "after": steps[number + 1] if number + 1 < len(steps) else None,
        "here": asked.device.attachments.is_here,
    }  # fmt: skip


def _step(asked: Asked, filling: Filling, steps: list[Step]) -> Step:
    """The one of the address, else where one was."""
    found = next((one for one in steps if one.name == asked.value("s")), None)
    found = found or where_one_was(filling, steps)
    if found is None:
        raise NotThere
    return found


def _head(asked: Asked, filling: Filling) -> dict[str, object]:
    customer = title_of(asked.device, "customer", filling.customer)
    return {"filling": filling, "customer": customer}


def _end(screen: Screen, asked: Asked, filling: Filling, wrong: str = "") -> Response:
    """What is missing, by name, and the way on."""
    steps, lacking = steps_of(filling), filling.standing.lacking
    missing = [
        {
            "text": item.question.text.said(asked.words.language),
            "article": article_title(asked, item.article),
            "said": wrong_with(asked.words, item, missing=True),
            "step": step_of(steps, item),
            "id": id_of(item),
        }
        for item in lacking[:MOST_MISSING]
    ]
    return screen.page(
        asked, "visit_reports/end.html", 422 if wrong else 200, "", **_head(asked, filling),
        steps=steps, missing=missing, count=len(lacking), wrong=wrong, address=_address(filling),
    )  # fmt: skip


def _address(filling: Filling) -> str:
    return f"/visit_reports/report?r={filling.report}"

"""One message: shown, its tasks, and that it is done with."""

from __future__ import annotations

import decimal
import uuid

from starlette.responses import Response

from device_sdk.errors import InvalidValue
from device_sdk.screen.public import (
    Asked,
    NotThere,
    Screen,
    Unclear,
    own_path,
    reason,
    title_of,
    to,
)
from modules.messages.device import Message, Messages, NoMessage, Task
from modules.messages.markdown import as_html
from syncengine.model.errors import SyncError


def message(screen: Screen, asked: Asked) -> Response:
    """Shown, which the office learns; with POST: a task is answered, or it is confirmed. What does
    not fit is told beside the task, and what was typed stays.
    """
    messages = Messages(asked.device)
    receipt, back = _id(asked, "r"), own_path(asked.value("back", "/"))
    wrong: dict[uuid.UUID | None, str] = {}
    try:
        shown = messages.show(receipt)
        if asked.is_post and asked.value("do") == "confirm":
            wrong = _confirmed(asked, messages, shown)
            if not wrong:
                return to(back)
        elif asked.is_post:
            wrong = _answered(asked, messages, shown)
            if not wrong:
                return to(own_path(asked.url))
        shown = messages.show(receipt)
    except NoMessage:
        raise NotThere from None
    customer = title_of(asked.device, "customer", shown.customer) if shown.customer else ""
    return screen.page(
        asked, "messages/message.html", 422 if wrong else 200, message=shown, back=back,
        wrong=wrong, typed=asked.value("value"), text=as_html(shown.text), customer=customer,
        overdue=shown.is_overdue(screen.now()), here=asked.device.attachments.is_here,
        linked=[(link, title_of(asked.device, link.entity, link.row)) for link in shown.links],
    )  # fmt: skip


def _id(asked: Asked, name: str) -> uuid.UUID:
    try:
        return uuid.UUID(asked.value(name))
    except ValueError:
        raise NotThere from None


def _confirmed(asked: Asked, messages: Messages, shown: Message) -> dict[uuid.UUID | None, str]:
    if shown.missing:
        titles = ", ".join(task.title for task in shown.missing)
        return {None: asked.words("Still to be done: %(titles)s.", titles=titles)}
    try:
        messages.confirm(shown.receipt)
    except SyncError as error:
        return {None: reason(asked, error)}
    return {}


def _answered(asked: Asked, messages: Messages, shown: Message) -> dict[uuid.UUID | None, str]:
    wanted = _id(asked, "answer")
    task = next((task for task in shown.tasks if task.answer == wanted), None)
    if task is None:
        raise NoMessage(str(wanted))
    try:
        messages.complete_task(task.answer, _value(asked, task))
    except (ValueError, InvalidValue, decimal.InvalidOperation):
        said = "Enter a number." if task.kind == "number" else "Enter something."
        return {task.answer: asked.words(said)}
    except SyncError as error:
        return {task.answer: reason(asked, error)}
    return {}


def _value(asked: Asked, task: Task) -> object:
    """ValueError, InvalidOperation: it is none of that kind."""
    text = asked.value("value").strip()
    match task.kind:
        case "check" | "yes_no":
            if text not in ("true", "false"):
                raise Unclear
            return text == "true"
        case "number":
            return asked.words.read_decimal(text)
        case "photo":
            return bytes.fromhex(text)
    return text

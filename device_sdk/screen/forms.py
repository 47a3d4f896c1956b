"""Inputs of forms: made from what the device says of an entity, and read from what was sent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from device_sdk.device import Device
from device_sdk.forms import FormField
from device_sdk.inbox import Item
from device_sdk.rows import Row
from device_sdk.screen.asked import Asked
from device_sdk.screen.titles import title
from device_sdk.screen.values import Wrong, read, shown, typed
from device_sdk.screen.words import Words
from syncengine.model.errors import SyncError
from syncengine.model.fields import Value

MAX_CHOICES = 300  # rows that a list offers; a reference with more to choose from stays as it is
AREA = 300  # characters from which on a text gets a larger input
KINDS = {
    "integer": "number", "decimal": "number", "date": "date", "timestamp": "moment",
    "enum": "choice", "reference": "choice", "blobreference": "photo", "json": "fixed",
    "questionnaire": "fixed",
}  # fmt: skip


@dataclass
class Input:
    """One field of a form. kind: which input. text: what is in it; was: as the row was when the
    form was shown; theirs: what somebody else made of it meanwhile. told: for one that is fixed.
    """

    field: FormField
    kind: str
    text: str = ""
    was: str = ""
    theirs: str | None = None
    choices: tuple[tuple[str, str], ...] = ()
    told: str = ""

    @property
    def name(self) -> str:
        """Of the field."""
        return self.field.name

    @property
    def changed(self) -> bool:
        """Whether the person typed something else than there was."""
        return _plain(self.text) != _plain(self.was)


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").strip()


def input_of(w: Words, device: Device, field: FormField, value: Value) -> Input:
    """For a field that has this value."""
    text = typed(w, value)
    made = Input(field, _kind(field), text, text)
    if field.kind == "enum":
        words = field.limits["values"]
        assert isinstance(words, tuple | list)
        made.choices = tuple((str(word), w.choice(str(word))) for word in words)
    elif field.kind == "reference":
        found = device.rows(str(field.limits["entity"]), f"1 LIMIT {MAX_CHOICES + 1}")
        if len(found) > MAX_CHOICES:
            made.kind = "fixed"
        made.choices = tuple(sorted(((str(r.id), title(r)) for r in found), key=lambda c: c[1]))
    if made.kind == "fixed":
        made.told = shown(w, device, field, value)
    return made


def _kind(field: FormField) -> str:
    if field.kind == "bool":
        return "switch" if field.required else "yesno"
    if field.kind != "text":
        return KINDS[field.kind]
    limit = field.limits.get("limit")
    if isinstance(limit, int) and limit >= AREA:
        return "area"
    return next((n for word, n in (("phone", "tel"), ("email", "email")) if word in field.name),
                "text")  # fmt: skip


def edit_inputs(asked: Asked, entity: str, row: Row | None) -> list[Input]:
    """Of the fields that a device may change; empty ones for a row that has left meanwhile."""
    return [
        input_of(asked.words, asked.device, field, row[field.name] if row else None)
        for field in asked.device.form(entity).fields
        if field.editable == "always"
    ]


def new_inputs(asked: Asked, entity: str) -> list[Input]:
    """Of the fields of a new row. What the address names of them is fixed."""
    made = []
    for field in asked.device.form(entity).fields:
        if field.editable == "never":
            continue
        given = asked.query.get(field.name, [""])[-1]
        value = _given(asked, field, given) if given else None
        one = input_of(asked.words, asked.device, field, value)
        one.was = ""
        if given:
            one.kind, one.told = "fixed", shown(asked.words, asked.device, field, value)
        elif one.kind == "switch":
            one.text = "true"  # what a new row usually is: active
        made.append(one)
    return made


def _given(asked: Asked, field: FormField, text: str) -> Value:
    try:
        return read(asked.words, field, text)
    except Wrong:
        return None


def unique_inputs(asked: Asked, item: Item) -> list[Input]:
    """Of refused work: a correction sets a field in each operation that has it, so the inputs are
    for those that only one has.
    """
    w, device = asked.words, asked.device
    open_ = [one for one in item.entered if one.action != "delete"]
    names = [field.name for one in open_ for field in device.form(one.entity).fields]
    made = []
    for one in open_:
        for field in device.form(one.entity).fields:
            editable = ("always", "new") if one.action == "insert" else ("always",)
            mine = field.name in one.values and field.editable in editable
            if mine and names.count(field.name) == 1 and field.kind != "blobreference":
                made.append(input_of(w, device, field, one.values[field.name]))
    return [one for one in made if one.kind != "fixed"]


def take_sent(asked: Asked, inputs: Iterable[Input], merging: bool = False) -> None:
    """Put what was sent into the inputs. merging: they have the row as it is now; what somebody
    else changed as well comes into `theirs`, and is asked about, and what only they changed stays.
    """
    for one in inputs:
        now = one.text
        if f"v.{one.name}" not in asked.form:
            continue
        sent, was = asked.value(f"v.{one.name}"), asked.value(f"was.{one.name}")
        if asked.value(f"take.{one.name}") == "theirs":
            sent = was
        if not merging:
            one.text = sent
        elif _plain(sent) != _plain(was):
            one.text = sent
            if _plain(now) not in (_plain(was), _plain(sent)):
                one.theirs = now


def read_inputs(asked: Asked, inputs: Iterable[Input]) -> tuple[dict[str, Value], dict[str, str]]:
    """(values, what is wrong) by field, of what was sent and differs."""
    made = list(inputs)
    take_sent(asked, made)
    return values_of(asked, made)


def values_of(
    asked: Asked, inputs: Iterable[Input], all_of_them: bool = False
) -> tuple[dict[str, Value], dict[str, str]]:
    """The same, of inputs as they are. all_of_them: also what was not changed."""
    values: dict[str, Value] = {}
    errors: dict[str, str] = {}
    for one in inputs:
        if not (one.changed or all_of_them):
            continue
        try:
            values[one.name] = read(asked.words, one.field, one.text)
        except Wrong as wrong:
            errors[one.name] = str(wrong)
    return values, errors


def code_of(error: SyncError) -> str:
    """The reason's code, where a local refusal has one."""
    return str(error.data.get("reason", error.code))


def objection_to(asked: Asked, error: SyncError, names: Mapping[str, object]) -> dict[str, str]:
    """What the device does not take, or cannot keep: at its field, or above the form."""
    field = str(error.data.get("field", ""))
    return {field if field in names else "": reason(asked, error)}


def reason(asked: Asked, error: SyncError) -> str:
    """Why, in the reader's language."""
    w = asked.words
    return w.told("reason", code_of(error), w.told("problem", error.code, error.detail))

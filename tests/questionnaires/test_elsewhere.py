"""What is made of a field with a form elsewhere: it is read, written and shown like other JSON."""

from __future__ import annotations

import pytest

from device_sdk.codegen import generate
from device_sdk.forms import form_of
from device_sdk.screen.forms import KINDS
from server.api.kinds import example, filter_shape, value_shape
from server.api.values import read, read_text, told
from server.portal.lists import usual_columns
from server.portal.values import Wrong, hint
from server.portal.values import read as typed
from server.portal.words import Words
from syncengine.model.errors import InvalidValue
from tests.questionnaires.forms import stored
from tests.questionnaires.module import SCHEMA, SURVEY
from tests.questionnaires.test_guard import PRICE, form

FORM = SURVEY.by_name["form"]
DATA = form(PRICE)


def test_the_api_takes_and_tells_it_as_json() -> None:
    assert told(FORM, read(FORM, DATA)) == DATA
    assert value_shape(FORM.type)["type"] == "object"
    assert filter_shape(FORM) is None
    FORM.type.check(read(FORM, example(FORM)))
    with pytest.raises(InvalidValue) as refused:
        read(FORM, {"sections": [7]})
    assert refused.value.data == {"fault": "questionnaire.malformed", "at": "sections.0"}
    with pytest.raises(InvalidValue, match="rows are not found"):
        read_text(FORM, stored(DATA))


def test_the_portal_has_it_as_json() -> None:
    assert hint(FORM) == "json"
    assert usual_columns(SURVEY) == ("title",)
    assert typed(Words("en"), FORM, stored(DATA)) == stored(DATA)
    with pytest.raises(Wrong):
        typed(Words("en"), FORM, '{"sections":[7]}')


def test_the_screen_leaves_it_as_it_is_and_apps_get_it_as_data() -> None:
    (field,) = (f for f in form_of(SCHEMA, "survey").fields if f.name == "form")
    assert (field.kind, KINDS[field.kind]) == ("questionnaire", "fixed")
    assert "form: Any" in generate(SCHEMA)

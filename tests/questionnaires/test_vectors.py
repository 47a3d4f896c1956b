"""The vectors of forms and answers, by the engine and by the naive judge."""

from __future__ import annotations

import json

import pytest

from syncengine.model.errors import InvalidValue
from syncengine.model.filling import Answer, judge
from syncengine.model.questionnaire_data import read_form
from tests.protocol.test_vectors import Case, cases, read
from tests.questionnaires.naive import Naive


@cases("questionnaires.json")
def test_questionnaires(case: Case) -> None:
    if "error" in case:
        with pytest.raises(InvalidValue) as refused:
            read_form(case["form"])
        assert refused.value.data == {"fault": case["fault"], "at": case["at"]}
        return
    given = [Answer(**row) for row in read(case["answers"])]
    expected = read(case["items"])
    items = judge(read_form(case["form"]), given).items
    assert expected == [
        [i.question.key, i.article, i.asked, i.mandatory, i.answered, i.lack] for i in items
    ]
    naive = Naive(json.loads(json.dumps(case["form"])), given)
    assert [[*place] for place in naive.places] == [item[:2] for item in expected]
    for key, article, asked, mandatory, answered, lack in expected:
        place = (key, article)
        assert asked is not naive.skipped(place)
        assert mandatory is naive.mandatory(place)
        assert answered is (asked and not naive.empty(place))
        assert (lack is None) is naive.fine(place)

"""The history of users, roles and rights (domain D2) reads as sentences."""

from __future__ import annotations

import re

import pytest

from syncengine.model.ids import to_text
from tests.portal.conftest import Desk, Visitor
from tests.portal.test_roles import form_of, save
from tests.portal.test_users import place, plain


@pytest.mark.parametrize(
    ("language", "sentences"),
    [
        ("en", ("Bert got the role “Planning”.", "The role “Planning”, Customers: may now edit",
                "Bert, Customers: may not edit, by exception.", "Bert lost the role “Planning”.",
                "The role “Planning” was deleted.", "Bert is limited to a and everybody below.",
                "Bert may sign in no longer.", "no exception any more for: edit")),
        ("de", ("Bert hat die Rolle „Planning“ bekommen.", "Bert darf sich nicht mehr anmelden.",
                "Bert, Kunden: darf ausnahmsweise nicht ändern.")),
    ],
)  # fmt: skip
def test_the_history_says_who_gave_what_to_whom(
    desk: Desk, language: str, sentences: tuple[str, ...]
) -> None:
    anna, office = desk.administrator(), desk.office
    bert, eva = office.user("bert"), office.user("eva")
    role = office.role(eva, customer="view")
    _rename(anna, f"/portal/roles/{to_text(role)}")
    form = form_of(anna.get(place(bert)).text, anna.csrf)
    form |= {"role": [to_text(role)], "v.limited_to": "a", "x.customer.edit": "deny"}
    save(anna, place(bert), form)
    form = form_of(anna.get(place(bert)).text, anna.csrf)
    save(anna, place(bert), {**form, "v.active": "", "x.customer.edit": ""})
    anna.http.cookies.set("language", language, path="/portal")
    own = plain(anna.get(f"{place(bert)}/history").text)
    assert "anna" in own
    assert "Eva" not in own
    of_role = plain(anna.get(f"/portal/roles/{to_text(role)}/history").text)
    assert "Eva" in of_role
    deleted = anna.post(f"/portal/roles/{to_text(role)}/delete", do="preview").text
    seen = re.search(r'name="seen" value="(\w+)"', deleted)
    assert seen is not None
    anna.post(f"/portal/roles/{to_text(role)}/delete", do="delete", seen=seen[1])
    told = plain(anna.get("/portal/users/history").text)
    for sentence in sentences:
        assert sentence in told, sentence


def _rename(visitor: Visitor, path: str) -> None:
    form = form_of(visitor.get(path).text, visitor.csrf)
    save(visitor, path, {**form, "v.name": "Planning", "r.customer": ["view", "edit"]})

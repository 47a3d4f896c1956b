"""Roles (domain D2): the matrix is saved as it was previewed, by whoever administers."""

from __future__ import annotations

import html
import re

import httpx2
import pytest

from syncengine.model.fields import Stored
from syncengine.model.ids import to_text
from syncengine.model.rights import Right
from syncengine.store.database import reading
from syncengine.store.entitled import roles_of
from tests.portal.conftest import Desk, Visitor

Form = dict[str, str | list[str]]


def form_of(page: str, csrf: str) -> Form:
    """What a browser would send of the form with the matrix: boxes only where they are checked."""
    (text,) = re.findall(r'<form id="[a-z]*"[^>]*method="post".*?</form>', page, re.S)
    found: Form = {"csrf": csrf}
    for tag in re.findall(r"<input[^>]*>", text):
        name, value = (re.search(f'{x}="([^"]*)"', tag) for x in ("name", "value"))
        box = 'type="checkbox"' in tag
        if name is None or value is None or (box and " checked" not in tag):
            continue
        said = html.unescape(value[1])
        if box:
            boxes = found.setdefault(name[1], [])
            assert isinstance(boxes, list)
            boxes.append(said)
        else:
            found[name[1]] = said
    for name_, inner in re.findall(r'<select[^>]*name="([^"]*)"[^>]*>(.*?)</select>', text, re.S):
        chosen = re.search(r'value="([^"]*)" selected', inner)
        found[name_] = html.unescape(chosen[1]) if chosen else ""
    return found


def send(visitor: Visitor, path: str, form: Form, do: str = "preview") -> httpx2.Response:
    """Press a button of it."""
    return visitor.http.post(path, data={**form, "do": do})


def save(visitor: Visitor, path: str, form: Form) -> httpx2.Response:
    """Preview it, then save what was previewed."""
    shown = send(visitor, path, form)
    seen = re.search(r'name="seen" value="([0-9a-f]{16})"', shown.text)
    assert seen is not None, shown.text
    return send(visitor, path, {**form, "seen": seen[1]}, "save")


def given(desk: Desk) -> dict[str, dict[str, str]]:
    """Role -> entity -> its rights."""
    store = desk.store
    with reading(store.engine) as connection:
        found = roles_of(connection, store.schema, store.tables)
    return {
        role.name: {
            line.entity: " ".join(str(right) for right in Right if line.said[right])
            for line in role.lines
        }
        for role in found
        if not role.administers
    }


def place(role: bytes) -> str:
    return f"/portal/roles/{to_text(role)}"


def test_a_role_is_made_shown_and_changed(desk: Desk) -> None:
    anna, office = desk.administrator(), desk.office
    path = "/portal/roles/new"
    form = form_of(anna.get(path).text, anna.csrf)
    form |= {"v.name": "Planning", "r.customer": ["view", "edit"], "r.note": ["view"]}
    before = desk.store.status().version
    shown = send(anna, path, form)
    assert "Nobody&#39;s rights change" in shown.text
    assert desk.store.status().version == before
    made = save(anna, path, form)
    assert made.status_code == 303
    own = made.headers["location"].split("?")[0]
    assert given(desk)["Planning"] == {"customer": "view edit", "note": "view"}
    assert desk.store.status().version == before + 1  # one changeset
    bert = office.user("bert")
    role = bytes.fromhex(own.rpartition("/")[2].replace("-", ""))
    office.world.insert("office_user_role", user=bert, role=role)
    form = form_of(anna.get(own).text, anna.csrf)
    assert (form["r.customer"], form["v.name"]) == (["view", "edit"], "Planning")
    form |= {"r.customer": ["view", "delete"], "r.market": ["view"]}
    del form["r.note"]
    shown = send(anna, own, form)
    told = re.sub(r"<[^>]*>", " ", shown.text.split('id="preview"')[1])
    assert "Bert · bert" in told
    gained, _, lost = told.partition("Loses:")
    assert ("Customers: delete" in gained, "Markets: view" in gained) == (True, True)
    assert ("Customers: edit" in lost, "Notes: view" in lost) == (True, True)
    assert save(anna, own, form).status_code == 303
    assert given(desk)["Planning"] == {"customer": "view delete", "market": "view"}
    page = anna.get("/portal/roles").text
    assert all(text in page for text in ("Planning", "All rights"))


def test_nothing_is_saved_that_was_not_previewed(desk: Desk) -> None:
    anna = desk.administrator()
    own = place(desk.office.role(customer="view"))
    form = form_of(anna.get(own).text, anna.csrf)
    seen = re.search(
        r'name="seen" value="(\w+)"', send(anna, own, form | {"r.note": ["view"]}).text
    )
    assert seen is not None
    other = {**form, "r.customer": ["view", "edit"], "seen": seen[1]}
    assert "What would happen" in send(anna, own, other, "save").text
    assert send(anna, own, other | {"seen": "x"}, "save").status_code == 200
    assert given(desk)["role"] == {"customer": "view"}
    assert "Nothing was changed" in send(anna, own, form).text


def test_the_second_of_two_administrators_sees_both(desk: Desk) -> None:
    """Bad input: 409 with both versions; what only one of them changed is kept of both."""
    anna = desk.administrator()
    desk.office.role(desk.office.user("otto"), administers=True)
    otto = desk.signed_in("otto")
    own = place(desk.office.role(customer="view edit", note="view"))
    mine = form_of(anna.get(own).text, anna.csrf)
    theirs = form_of(otto.get(own).text, otto.csrf)
    theirs |= {"r.customer": ["view"], "v.name": "Reading"}
    assert save(otto, own, theirs).status_code == 303
    mine |= {"r.note": ["view", "add"], "v.name": "Notes"}
    clash = send(anna, own, mine)
    assert clash.status_code == 409
    assert "Somebody else has changed this" in clash.text
    assert "Now saved: <strong>Reading</strong>" in clash.text
    assert clash.text.count("mark theirs") == 1
    again = form_of(clash.text, anna.csrf)
    assert (again["r.customer"], again["r.note"]) == (["view"], ["view", "add"])
    assert given(desk)["Reading"] == {"customer": "view", "note": "view"}  # nothing was written
    assert save(anna, own, again).status_code == 303
    assert given(desk)["Notes"] == {"customer": "view", "note": "view add"}


def test_who_was_faster_in_the_very_moment_is_not_overwritten(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the page's look at the role and the lock: the versions are compared under it."""
    anna = desk.administrator()
    role = desk.office.role(customer="view edit")
    own = place(role)
    form = form_of(anna.get(own).text, anna.csrf) | {"r.customer": ["view"]}
    seen = re.search(r'name="seen" value="(\w+)"', send(anna, own, form).text)
    assert seen is not None
    write = desk.store.write

    def meanwhile(*args: object, **options: object) -> object:
        monkeypatch.undo()
        desk.world.update("office_role", role, name="Faster")
        return write(*args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(desk.store, "write", meanwhile)
    clash = send(anna, own, {**form, "seen": seen[1]}, "save")
    assert clash.status_code == 409
    assert "Faster" in clash.text
    assert given(desk)["Faster"] == {"customer": "view edit"}


def test_several_lines_for_one_kind_become_one(desk: Desk) -> None:
    """They can be made as data; the matrix shows what they come to, and saves that."""
    anna = desk.administrator()
    role = desk.office.role(customer="view")
    line: dict[str, Stored] = {
        "role": role,
        "entity": "customer",
        "view": False,
        "add": False,
        "edit": True,
    }
    desk.world.write([desk.office.right("office_role_right", {**line, "delete": False})])
    form = form_of(anna.get(place(role)).text, anna.csrf)
    assert form["r.customer"] == ["view", "edit"]
    assert save(anna, place(role), form | {"r.customer": ["view"]}).status_code == 303
    assert given(desk)["role"] == {"customer": "view"}


def test_a_role_is_copied_and_deleted(desk: Desk) -> None:
    anna, office = desk.administrator(), desk.office
    bert = office.user("bert")
    role = office.role(bert, customer="view edit")
    path = f"/portal/roles/new?copy={to_text(role)}"
    form = form_of(anna.get(path).text, anna.csrf)
    assert form["v.name"] == "Copy of role"
    assert save(anna, "/portal/roles/new", form).status_code == 303
    assert given(desk)["Copy of role"] == {"customer": "view edit"}
    shown = anna.post(f"{place(role)}/delete", do="preview")
    assert "Bert · bert" in shown.text
    seen = re.search(r'name="seen" value="(\w+)"', shown.text)
    assert seen is not None
    eva = office.user("eva")
    office.world.insert("office_user_role", user=eva, role=role)  # that was not previewed
    again = anna.post(f"{place(role)}/delete", do="delete", seen=seen[1])
    assert "Eva · eva" in again.text
    seen = re.search(r'name="seen" value="(\w+)"', again.text)
    assert seen is not None
    gone = anna.post(f"{place(role)}/delete", do="delete", seen=seen[1])
    assert gone.headers["location"] == "/portal/roles?deleted=1"
    assert "role" not in given(desk)
    assert anna.get(place(role)).status_code == 404


def test_the_last_administrator_keeps_their_role(desk: Desk) -> None:
    """Bad input: refused already in the preview, by demotion and by deletion."""
    anna = desk.administrator()
    page = anna.get("/portal/roles").text
    (own,) = re.findall(r'href="(/portal/roles/[0-9a-f-]{36})"', page)
    form = form_of(anna.get(own).text, anna.csrf)
    assert form.pop("v.administers") == ["true"]
    for answer in (
        send(anna, own, form),
        send(anna, own, form, "save"),
        anna.post(f"{own}/delete", do="preview"),
        anna.post(f"{own}/delete", do="delete"),
    ):
        assert answer.status_code == 422
        assert "Nobody would be left who administers the users." in answer.text
        assert 'value="save"' not in answer.text
    assert anna.get(own).status_code == 200


def test_what_no_form_of_ours_sends_is_refused(desk: Desk) -> None:
    anna = desk.administrator()
    role = desk.office.role(customer="view")
    form = form_of(anna.get(place(role)).text, anna.csrf)
    for wrong in (
        {"r.customer": ["view", "fly"]}, {"v.administers": "yes"}, {"was": "["}, {"was": "[]"},
        {"was": '{"name": 1}'}, {"was": "[" * 10_000},
    ):  # fmt: skip
        assert send(anna, place(role), {**form, **wrong}).status_code == 400, wrong
    for name, said in (("", "needed"), ("x" * 81, "At most 80"), ("role", "already")):
        answer = send(anna, "/portal/roles/new", {**form, "v.name": name, "was": "{}"})
        assert (answer.status_code, said in answer.text) == (422, True)
    for path in ("new?copy=x", f"new?copy={to_text(b'0' * 16)}", to_text(b"0" * 16), "x"):
        assert anna.get(f"/portal/roles/{path}").status_code == 404


def test_only_who_administers_sees_roles(desk: Desk) -> None:
    role = desk.office.role(desk.office.user("bert"), customer="view add edit delete")
    bert = desk.signed_in("bert")
    paths = ("/portal/roles", "/portal/roles/new", place(role))
    for path in paths:
        assert bert.get(path).status_code == 404
    assert bert.post(f"{place(role)}/delete", do="delete").status_code == 404
    assert bert.post(place(role), do="save").status_code == 404
    assert "/portal/roles" not in bert.get("/portal/").text

"""Users (domain D2): added, given roles and exceptions, limited, kept out; and what each may do."""

from __future__ import annotations

import html
import re

from server.accounts.attempts import NAME_FAILURES
from syncengine.model.fields import Stored
from syncengine.model.ids import from_text, to_text
from syncengine.model.rights import Right
from syncengine.store.accounts import rights_of
from syncengine.store.database import reading
from tests.accounts.office import PASSWORD
from tests.portal.conftest import Desk
from tests.portal.test_roles import form_of, save, send

FACTS = {"v.name": "bert", "v.full_name": "Bert Beier", "v.language": "de", "v.active": "true"}


def place(user: bytes) -> str:
    return f"/portal/users/{to_text(user)}"


def plain(page: str) -> str:
    """What a person reads."""
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]*>", " ", page)))


def may(desk: Desk, user: bytes, right: Right, entity: str) -> bool:
    store = desk.store
    with reading(store.engine) as connection:
        return rights_of(connection, store.schema, store.tables, user).may(right, entity)


def one_time(page: str) -> str:
    found = re.search(r'class="code"><code>([^<]*)<', page)
    assert found is not None, page
    return found[1]


def test_a_user_is_added_and_signs_in_with_what_was_shown(desk: Desk) -> None:
    anna, office = desk.administrator(), desk.office
    role = office.role(customer="view edit")
    path, before = "/portal/users/new", desk.store.status().version
    form = {**form_of(anna.get(path).text, anna.csrf), **FACTS, "v.limited_to": "a"}
    form |= {"role": [to_text(role)], "xe": ["note"], "x.note.view": "allow"}
    shown = send(anna, path, form)
    assert "Bert Beier · bert" in plain(shown.text.split('id="preview"')[1])
    made = save(anna, path, form)
    assert made.status_code == 200
    assert desk.store.status().version == before + 1  # user, role and exception in one changeset
    once = one_time(made.text)
    user = from_text(re.findall(r'href="/portal/users/([0-9a-f-]{36})"', made.text)[0])
    assert once not in anna.get(place(user)).text
    assert (may(desk, user, Right.VIEW, "note"), may(desk, user, Right.EDIT, "customer")) == (
        True, True,
    )  # fmt: skip
    bert = desk.visitor()
    entered = bert.post("/portal/sign-in", name="Bert", password=once)
    assert entered.headers["location"] == "/portal/password"
    page = plain(anna.get("/portal/users").text)
    assert all(text in page for text in ("Bert Beier", "bert", "role", "one-time password"))
    assert "Bert Beier" not in anna.get("/portal/users?q=anna").text
    assert save(anna, path, {**form, "v.name": "eva"}).status_code == 200
    twice = send(anna, path, form)
    assert (twice.status_code, "Another user signs in with this name" in twice.text) == (422, True)


def test_roles_exceptions_and_a_limit_are_changed_as_previewed(desk: Desk) -> None:
    anna, office = desk.administrator(), desk.office
    bert = office.user("bert")
    one, two = office.role(bert, customer="view edit"), office.role(note="view add")
    form = form_of(anna.get(place(bert)).text, anna.csrf)
    assert form["role"] == [to_text(one)]
    more = send(anna, place(bert), {**form, "add": "customer"}, "add")
    form = form_of(more.text, anna.csrf)
    assert {f"x.customer.{right}" for right in Right} <= set(form)
    form |= {"role": [to_text(one), to_text(two)], "x.customer.edit": "deny", "v.limited_to": "a"}
    shown = send(anna, place(bert), form)
    told = plain(shown.text.split('id="preview"')[1])
    assert "Gains: Notes: view, add" in told
    assert "Loses: Customers: edit" in told
    assert "sees only rows of a and everybody below" in told
    assert may(desk, bert, Right.EDIT, "customer")
    assert save(anna, place(bert), form).status_code == 303
    assert not may(desk, bert, Right.EDIT, "customer")
    assert may(desk, bert, Right.ADD, "note")
    form = form_of(anna.get(place(bert)).text, anna.csrf)
    assert (form["x.customer.edit"], form["v.limited_to"]) == ("deny", "a")
    form |= {"role": [to_text(two)], "x.customer.edit": "", "v.limited_to": ""}
    assert save(anna, place(bert), form).status_code == 303
    assert not may(desk, bert, Right.VIEW, "customer")
    again = anna.get(place(bert)).text
    assert "x.customer.edit" not in again  # the exception is gone, not an empty line


def test_the_matrix_says_what_may_says_and_why(desk: Desk) -> None:
    """By the page itself: each cell has a tick where `may` says yes."""
    anna, office = desk.administrator(), desk.office
    bert = office.user("bert", limit="a")
    role = office.role(bert, customer="view edit", note="add")
    office.world.update("office_role", role, name="Planning")
    line: dict[str, Stored] = {
        "user": bert, "entity": "customer", "edit": False, "delete": True,
    }  # fmt: skip
    office.world.write([office.right("office_user_right", line)])
    page = anna.get(f"{place(bert)}/rights").text
    assert "Only rows of a and everybody below" in page
    rows = re.findall(r'<tr><th scope="row">([^<]*)</th>(.*?)</tr>', page, re.S)
    names = {"Customers": "customer", "Notes": "note", "Articles": "article"}
    seen = 0
    for title, cells in rows:
        for right, cell in zip(Right, re.findall(r"<td.*?</td>", cells, re.S), strict=True):
            if title in names:
                seen += 1
                assert ("mark given" in cell) == may(desk, bert, right, names[title])
    assert seen == len(names) * len(Right)
    told = plain(page)
    assert all(text in told for text in ("Planning", "exception: denied", "exception: allowed"))
    assert "without viewing it counts for nothing" in told
    own = plain(anna.get(f"{place(office.users['anna'])}/rights").text)
    assert "All rights on everything" in own


def test_the_second_of_two_administrators_sees_both(desk: Desk) -> None:
    """Bad input: 409, whatever of the user each of them changed."""
    anna, office = desk.administrator(), desk.office
    office.role(office.user("otto"), administers=True)
    otto, bert = desk.signed_in("otto"), office.user("bert")
    role = office.role(customer="view")
    mine = form_of(anna.get(place(bert)).text, anna.csrf)
    theirs = form_of(otto.get(place(bert)).text, otto.csrf)
    theirs |= {"role": [to_text(role)], "v.full_name": "Bertram"}
    assert save(otto, place(bert), theirs).status_code == 303
    mine |= {"v.full_name": "Berthold", "v.limited_to": "b"}
    clash = send(anna, place(bert), mine)
    assert (clash.status_code, "Now saved: <strong>Bertram<" in clash.text) == (409, True)
    again = form_of(clash.text, anna.csrf)
    assert (again["role"], again["v.limited_to"]) == ([to_text(role)], "b")
    assert save(anna, place(bert), again).status_code == 303
    after = form_of(anna.get(place(bert)).text, anna.csrf)
    assert (after["v.full_name"], after["role"]) == ("Berthold", [to_text(role)])


def test_ones_own_rights_change_with_the_next_request(desk: Desk) -> None:
    anna, office = desk.administrator(), desk.office
    office.role(office.user("otto"), administers=True)
    own = place(office.users["anna"])
    form = form_of(anna.get(own).text, anna.csrf)
    form["role"] = [to_text(office.role(customer="view"))]
    told = plain(send(anna, own, form).text.split('id="preview"')[1])
    assert all(text in told for text in ("that is you", "all rights on everything", "Keeps"))
    save(anna, own, form)
    assert anna.get("/portal/users").status_code == 404
    assert anna.get("/portal/data/customer").status_code == 200
    assert anna.post(f"{own}/account", do="end").status_code == 404


def test_the_last_administrator_stays_whatever_is_tried(desk: Desk) -> None:
    """Deactivated, without the role: refused in the preview and when it is saved."""
    anna = desk.administrator()
    own = place(desk.office.users["anna"])
    form = form_of(anna.get(own).text, anna.csrf)
    without = {name: value for name, value in form.items() if name != "role"}
    for wrong in ({**form, "v.active": ""}, without):
        for do in ("preview", "save"):
            answer = send(anna, own, wrong, do)
            assert answer.status_code == 422
            assert "Nobody would be left who administers the users." in answer.text
    assert anna.get("/portal/users").status_code == 200


def test_who_may_sign_in_no_longer_is_out_for_good(desk: Desk) -> None:
    """Also when they may again: a session of before does not come back."""
    anna, office = desk.administrator(), desk.office
    office.role(office.user("bert"), customer="view")
    bert, user = desk.signed_in("bert"), office.users["bert"]
    form = form_of(anna.get(place(user)).text, anna.csrf)
    assert save(anna, place(user), {**form, "v.active": ""}).status_code == 303
    assert "not active" in plain(anna.get("/portal/users").text)
    form = form_of(anna.get(place(user)).text, anna.csrf)
    assert save(anna, place(user), {**form, "v.active": "true"}).status_code == 303
    assert bert.get("/portal/").status_code == 303


def test_sign_in_is_looked_after(desk: Desk) -> None:
    """A lock-out is seen and ended, sessions are ended, a password is reset."""
    anna, office = desk.administrator(), desk.office
    office.role(office.user("bert"), customer="view")
    bert, user = desk.signed_in("bert"), office.users["bert"]
    for _ in range(NAME_FAILURES):
        desk.visitor().post("/portal/sign-in", name="bert", password="wrong")
    assert "locked out" in plain(anna.get("/portal/users").text)
    assert "locked out" in plain(anna.get(place(user)).text)
    done = anna.post(f"{place(user)}/account", do="unlock")
    assert done.headers["location"] == f"{place(user)}?done=unlock"
    assert "locked out" not in plain(anna.get(place(user)).text)
    assert "in 2 places" in plain(anna.get(place(user)).text)
    assert anna.post(f"{place(user)}/account", do="end").status_code == 303
    assert bert.get("/portal/").status_code == 303
    assert (
        desk.visitor().post("/portal/sign-in", name="bert", password=PASSWORD).headers["location"]
        == "/portal/"
    )
    once = one_time(anna.post(f"{place(user)}/account", do="reset").text)
    assert desk.visitor().post("/portal/sign-in", name="bert", password=PASSWORD).status_code == 403
    entered = desk.visitor().post("/portal/sign-in", name="bert", password=once)
    assert entered.headers["location"] == "/portal/password"
    assert anna.post(f"{place(user)}/account", do="fly").status_code == 400


def test_what_does_not_fit_is_told_and_what_is_none_of_ours_refused(desk: Desk) -> None:
    anna = desk.administrator()
    path = "/portal/users/new"
    form = {**form_of(anna.get(path).text, anna.csrf), **FACTS}
    wrong = {"v.name": "", "v.full_name": "x" * 121, "v.limited_to": "nobody", "v.language": "xx"}
    answer = send(anna, path, {**form, **wrong})
    assert answer.status_code == 422
    for text in ("This is needed", "At most 120", "no such row"):
        assert text in answer.text
    for bad in (
        {"role": ["x"]}, {"x.note.view": "maybe"}, {"v.active": "x"}, {"was": "nonsense"},
    ):  # fmt: skip
        assert send(anna, path, {**form, **bad}).status_code == 400, bad
    half = {**form, "was": '{"full_name": "\\ud800"}'}
    for do in ("add", "preview"):
        assert send(anna, path, half, do).status_code == 400
    junk = send(anna, path, {**form, "was": '{"role.x": "true", "x.y": "z", "r": "q"}'})
    assert junk.status_code == 409  # it was changed since, as far as that can be told
    unknown = send(anna, path, {**form, "role": [to_text(b"0" * 6 + b"p00\x80" + b"0" * 6)]})
    assert unknown.status_code == 422
    for path in ("x", to_text(b"0" * 16)):
        assert anna.get(f"/portal/users/{path}").status_code == 404


def test_script_in_a_name_stays_inert(desk: Desk) -> None:
    anna, office = desk.administrator(), desk.office
    user = office.user("bert")
    canary = "<script>alert(1)</script>\"'>"
    office.world.update("office_user", user, full_name=canary)
    office.world.update("office_role", office.role(user, customer="view"), name=canary)
    for path in ("/portal/users", "/portal/roles", place(user), f"{place(user)}/rights",
                 f"{place(user)}/history"):  # fmt: skip
        assert "<script>alert" not in anna.get(path).text
    form = form_of(anna.get(place(user)).text, anna.csrf)
    assert form["v.full_name"] == canary
    assert "<script>alert" not in send(anna, place(user), {**form, "role": []}).text


def test_only_who_administers_sees_users(desk: Desk) -> None:
    """One 404 for all, whether there is such a user or not; whatever other rights somebody has."""
    office = desk.office
    office.role(office.user("bert"), customer="view add edit delete", employee="view")
    bert, user = desk.signed_in("bert"), office.users["bert"]
    nowhere = bert.get(place(b"0" * 16)).text
    for path in ("/portal/users", "/portal/users/new", place(user), f"{place(user)}/rights",
                 f"{place(user)}/history", "/portal/users/history"):  # fmt: skip
        answer = bert.get(path)
        assert (answer.status_code, answer.text) == (404, nowhere)
    before = desk.store.status().version
    for do in ("reset", "unlock", "end"):
        assert bert.post(f"{place(user)}/account", do=do).status_code == 404
    assert bert.post(place(user), do="save").status_code == 404
    assert desk.store.status().version == before
    anna = desk.administrator()
    assert anna.post(f"{place(user)}/account", csrf="x", do="reset").status_code == 403

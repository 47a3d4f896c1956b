"""The composer: one changeset, the job's own answer to whom it reaches, nothing typed is lost."""

from __future__ import annotations

import html
import re
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from modules.messages.jobs import follow
from modules.messages.markdown import as_html
from syncengine.model.entity import Action
from syncengine.store import clock as clocks
from syncengine.store.database import reading
from tests.accounts.office import NOON
from tests.messages.office import NEW, Messenger, shown
from tests.portal.conftest import inputs
from tests.portal.test_attachments import PNG, choose
from tests.support.world import DAY

SAME = settings(
    deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20
)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Messenger]:
    made = Messenger.made(tmp_path)
    yield made
    made.desk.world.close()


def version(office: Messenger) -> int:
    with reading(office.desk.store.engine) as connection:
        return clocks.read(connection).version


def test_all_of_an_info_is_published_in_one_changeset(office: Messenger) -> None:
    world, before = office.desk.world, version(office)
    office.send(
        title="  Summer  ", text="# New\r\nrange", priority="low", kind="action",
        starts_at=shown(NOON + DAY), ends_at=shown(NOON + 2 * DAY),
        target__1__kind="customer", target__1__value="3",
        task__0__title="Shelf?", task__0__kind="yes_no", task__0__mandatory="1",
        task__1__title="Photo", task__1__kind="photo",
        link__0__kind="customer", link__0__value="1",
    )  # fmt: skip
    assert version(office) == before + 1
    (info,) = office.rows("info")
    minute = 60_000_000
    assert info["due_at"] - info["starts_at"] == DAY
    assert abs(info["starts_at"] - NOON - DAY) < minute
    told = {name: info[name] for name in ("kind", "title", "text", "priority", "status")}
    assert told == {"kind": "action", "title": "Summer", "text": "# New\nrange", "priority": "low",
                    "status": "published"}  # fmt: skip
    assert info["expires_at"] is None
    tasks = [
        (t["position"], t["title"], t["kind"], t["mandatory"]) for t in office.rows("info_task")
    ]
    assert sorted(tasks) == [(1, "Shelf?", "yes_no", True), (2, "Photo", "photo", False)]
    targets = {(t["employee"], t["below"], t["customer"]) for t in office.rows("info_target")}
    shops = {row["number"]: row["id"] for row in office.rows("customer")}
    assert targets == {(world.people["a"], True, None), (None, None, shops["3"])}
    (link,) = office.rows("info_link")
    assert bytes.fromhex(link["row"].replace("-", "")) == shops["1"]


def test_from_the_composer_to_the_device_and_back(office: Messenger) -> None:
    """D7: at once, where no beginning is typed."""
    office.published(task__0__title="Read", task__0__kind="check", task__0__mandatory="1")
    device, messages = office.device("a")
    (one,) = messages.at_day_login()
    assert (one.title, one.text, one.priority) == ("News", "**Read** this", "high")
    assert [(t.title, t.mandatory) for t in one.tasks] == [("Read", True)]
    device.close()


def test_an_attachment_goes_with_it(office: Messenger) -> None:
    """Uploaded when it is chosen; nothing is published with one that is not there."""
    assert "ready" not in office.part(do="add.file")
    part = choose(office.anna, PNG, "info_attachment", "file", called="file.0.file")
    digest = inputs(part.text)["file.0.file"]
    page = office.part(do="look", file__0__title="Price list", file__0__file=digest)
    assert "Price list" in page
    answer = office.send(file__0__title="Price list", file__0__file="")
    assert (answer.status_code, 'id="file.0.file-wrong"' in answer.text) == (422, True)
    answer = office.send(file__0__title="Price list", file__0__file="00" * 32)
    assert (answer.status_code, "has not arrived whole" in answer.text) == (422, True)
    place = office.published(file__0__title="Price list", file__0__file=digest)
    (at,) = re.findall(r'href="([^"]*/attachment/file)">Price list', office.anna.get(place).text)
    assert office.anna.get(at).content == PNG


def test_what_does_not_fit_is_told_where_it_stands_and_changes_nothing(office: Messenger) -> None:
    """Each with its sentence beside the field, and marked for who does not see it."""
    before = version(office)
    for said, changed in {
        ("title", "This is needed."): {"title": " "},
        ("title", "At most 120 characters."): {"title": "x" * 121},
        ("starts_at", "A day and a time are needed."): {"starts_at": "soon"},
        ("ends_at", "This is needed."): {"ends_at": ""},
        ("ends_at", "That is over already."): {
            "starts_at": shown(NOON - 2 * DAY), "ends_at": shown(NOON - DAY)},
        ("ends_at", "It has to end after it begins."): {"starts_at": shown(NOON + 2 * DAY)},
        ("target.0.value", "There is no such row (Employee) with this number."): {
            "target.0.value": "nobody"},
        ("target.1.value", "This is needed."): {
            "target.1.kind": "market", "target.1.value": ""},
        ("task.0.title", "This is needed."): {"task.0.kind": "check", "task.0.title": ""},
        ("link.0.value", "There is no such row (Customer) with this number."): {
            "link.0.kind": "customer", "link.0.value": "99"},
        ("file.0.title", "This is needed."): {"file.0.title": ""},
    }.items():  # fmt: skip
        field, sentence = said
        answer = office.send(**changed)
        assert answer.status_code == 422, said
        page = answer.text
        assert f'<div class="wrong" id="{field}-wrong">{sentence}</div>' in page
        assert re.search(
            rf'id="{re.escape(field)}"[^>]*aria-invalid="true"[^>]*{field}-wrong', page
        )
        for name, value in office.form(**changed).items():
            if name not in ("do", "kind") and value:
                assert inputs(page)[name] == value.strip("\n"), (said, name)
    assert version(office) == before


def test_it_has_to_be_for_somebody(office: Messenger) -> None:
    form = {k: v for k, v in office.form().items() if not k.startswith("target.")}
    answer = office.anna.http.post(NEW, data={"csrf": office.anna.csrf, **form})
    assert answer.status_code == 422
    assert "Say whom it is for." in answer.text


TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0\r"),
               max_size=30)  # fmt: skip


@SAME
@given(title=TEXT, text=TEXT, value=TEXT, task=TEXT, do=st.sampled_from(
    ["publish", "look", "add.task", "add.target", "remove.link", "refresh"]))  # fmt: skip
def test_nothing_that_was_typed_is_lost(
    office: Messenger, title: str, text: str, value: str, task: str, do: str
) -> None:
    """Whatever the button does, short of publishing."""
    sent = office.form(
        title=title, text=text, ends_at="", target__0__value=value, task__0__title=task,
        task__0__kind="text", do=do,
    )  # fmt: skip
    answer = office.anna.http.post(NEW, data={"csrf": office.anna.csrf, **sent})
    assert answer.status_code == (422 if do == "publish" else 200)
    found = inputs(answer.text)
    assert found["title"] == title
    assert found["target.0.value"] == value
    assert found["task.0.title"] == task
    assert found["text"].removeprefix("\n") == text.removeprefix("\n")
    assert office.rows("info") == []


def test_rows_are_added_and_taken_away(office: Messenger) -> None:
    """The others stay, with their numbers; a taken one is the one that is gone."""
    three = {f"task__{n}__{name}": value for n, title in enumerate("abc")
             for name, value in (("title", title), ("kind", "text"))}  # fmt: skip
    page = office.part(do="remove.task.1", **three)
    assert [inputs(page).get(f"task.{n}.title") for n in range(3)] == ["a", None, "c"]
    one = {"task__999__title": "z", "task__999__kind": "text"}  # there is no number behind it
    assert inputs(office.part(do="add.task", **one))["task.0.title"] == ""
    page = office.part(do="add.task", **three)
    assert inputs(page)["task.3.title"] == ""
    assert re.search(r'id="task.3.title"[^>]*autofocus', page)
    assert inputs(office.part(do="remove.task.9", **three))["task.2.title"] == "c"
    twenty = {f"task__{n}__kind": "text" for n in range(20)}
    assert "add.task" not in office.part(do="add.task", **twenty)
    assert office.send(**twenty, task__20__kind="text").status_code == 413
    for do in ("add.nothing", "remove.nothing.1"):
        assert office.send(do=do).status_code == 400


KINDS = ("employee", "team", "customer", "market", "audience", "rule")
NUMBERS = {"employee": "abc", "team": "abc", "customer": "123", "market": "mn", "audience": "k",
           "rule": "rs"}  # fmt: skip
PICKED = st.sampled_from(KINDS).flatmap(
    lambda kind: st.tuples(st.just(kind), st.sampled_from(NUMBERS[kind]))
)


@pytest.fixture
def markets(office: Messenger) -> Messenger:
    """With m above n, customer 1 at n; an audience of b and all below; rules r (1 and 3), s."""
    world = office.desk.world
    m = world.insert("market", number="m", name="M")
    n = world.insert("market", number="n", name="N", parent=m)
    shops = {row["number"]: row["id"] for row in office.rows("customer")}
    world.write([world.operation(Action.UPDATE, "customer", shops["1"], market=n)])
    audience = world.insert("audience", number="k", name="K")
    world.insert("audience_member", audience=audience, employee=world.people["a"], below=True)
    condition = office.desk.store.schema.entities["rule"].by_name["condition"].type
    for number, names, active in (("r", ["1", "3"], False), ("s", ["2"], True)):
        data = {"field": "number", "op": "one_of", "value": names}
        world.insert(
            "rule", number=number, name=number, target="customer", audience=audience,
            condition=condition.store(data), active=active,
        )  # fmt: skip
    return office


@SAME
@given(kind=st.sampled_from(["daily", "action"]), picked=st.lists(PICKED, min_size=1, max_size=3))
def test_who_is_counted_is_who_gets_it(
    markets: Messenger, kind: str, picked: list[tuple[str, str]]
) -> None:
    """D7, D8: what the page says before is what the job makes after."""
    office = markets
    form = {"kind": kind}
    for place, (what, number) in enumerate(picked):
        form |= {f"target.{place}.kind": what, f"target.{place}.value": number}
    page = office.part(do="look", **form)
    (figure,) = re.findall(r'class="figure">(\d+)<', page)
    known = {row["id"] for row in office.rows("info")}
    assert office.send(**form).status_code == 303
    (info,) = [row["id"] for row in office.rows("info") if row["id"] not in known]
    follow(office.desk.store, 100)
    receipts = [row for row in office.rows("info_receipt") if row["info"] == info]
    assert len(receipts) == int(figure)
    names = re.search(r'class="examples">([^<]*)<', page)
    entity = "employee" if kind == "daily" else "customer"
    numbers = {row["id"]: row["number"] for row in office.rows(entity)}
    named = names[1].split(", ") if names else []
    assert [one.split(" ")[0] for one in named] == sorted(numbers[r[entity]] for r in receipts)


def test_the_preview_is_what_the_phone_shows_and_does_no_harm(office: Messenger) -> None:
    text = (
        "# Head\n<script>alert(1)</script> [x](javascript:alert(1)) ![p](http://a.example/p.png)"
        " [good](https://a.example/)"
    )
    page = office.part(
        do="look", text=text, title="<b>T</b>", task__0__title="<i>", task__0__kind="text"
    )
    assert as_html(text) in page
    assert "<script" not in page
    assert "<img" not in page
    assert 'href="javascript' not in page
    assert "<b>T" not in page
    assert "<i>" not in page
    assert html.escape("<b>T</b>") in page
    assert 'href="https://a.example/"' in page


def test_attachments_are_several_and_each_keeps_its_file(office: Messenger) -> None:
    """Each shows its own bytes; and what a form calls a field is no more than a name."""
    files = {"file.0.file": PNG, "file.1.file": PNG + b"2"}
    typed: dict[str, str] = {}
    for number, (called, content) in enumerate(files.items()):
        part = choose(office.anna, content, "info_attachment", "file", called=called)
        typed |= {called: inputs(part.text)[called], f"file.{number}.title": f"Picture {number}"}
    place = office.published(**{name.replace(".", "__"): value for name, value in typed.items()})
    page = office.anna.get(place).text
    found = re.findall(r'href="([^"]*/attachment/file)">Picture (\d)', page)
    assert {int(number): office.anna.get(at).content for at, number in found} == dict(
        enumerate(files.values())
    )
    odd = choose(office.anna, PNG, "info_attachment", "file", called='"><script>')
    assert (odd.status_code, "<script>" in odd.text) == (400, False)


def test_it_leads_to_any_row_that_devices_have(office: Messenger) -> None:
    """And the user may view; not to what belongs to infos themselves."""
    page = office.part(do="add.link")
    kinds = re.search(r'<select[^>]*name="link.0.kind".*?</select>', page, re.S)
    assert kinds is not None
    offered = re.findall(r'value="(\w+)"', kinds[0])
    assert {"customer", "employee", "market", "article"} <= set(offered)
    assert not {"info", "info_receipt", "rule"} & set(offered)
    odd = office.send(link__0__kind="info_receipt", link__0__value="1")
    assert odd.status_code == 400
    office.published(link__0__kind="employee", link__0__value="b")
    (link,) = office.rows("info_link")
    (ben,) = [row["id"] for row in office.rows("employee") if row["number"] == "b"]
    assert (link["kind"], uuid.UUID(link["row"]).bytes) == ("employee", ben)

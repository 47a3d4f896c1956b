"""Figures are what a naive recomputation from the reports comes to, whatever was asked and answered
(D12, D15); and so are both tables.
"""

from __future__ import annotations

import statistics
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from modules.visit_reports.evaluation import long, wide
from modules.visit_reports.evaluation.chosen import By, Chosen, Grouping
from modules.visit_reports.evaluation.counted import OTHERS, Figures, Subject, figures
from modules.visit_reports.evaluation.tally import PICTURE, Tally, bars, days, measures, months
from syncengine.model.filling import Answer
from syncengine.model.ids import uuid7
from syncengine.model.questionnaire import UNIT, Kind
from syncengine.model.questionnaire_data import read_form
from syncengine.model.rights import Rights
from syncengine.store.database import reading
from tests.questionnaires.forms import ARTICLES, Data, answers, forms
from tests.questionnaires.naive import Naive
from tests.visit_reports.returned import Archive, Paper
from tests.visit_reports.scene import Office

ALL = Rights(administers=True)
STATUSES = (*["returned"] * 4, "confirmed", "in_progress")
TIMES = tuple(range(0, 60, 10))
MARKETS: dict[str, str | None] = {"n": None, "n1": "n", "n2": "n", "n11": "n1", "s": None}
SHOPS = ("n", "n1", "n11", "n2", "s", None)  # the market of each customer
LEADS = {"a": "boss", "b": "boss", "boss": None}
PEOPLE = ("boss", "a", "b")
Key = tuple[Subject, bytes | None, Any]


asking = forms().filter(lambda form: any(one["questions"] for one in form["sections"]))


@st.composite
def archives(draw: st.DrawFn) -> tuple[list[Data], list[Paper]]:
    """One or two editions, the second most often of the same questions; some reports of each."""
    papers_of = draw(st.lists(asking, min_size=1, max_size=2))
    if len(papers_of) == 1 and draw(st.booleans()):
        papers_of *= 2
    papers = [
        Paper(
            edition, draw(answers(papers_of[edition], 12)),
            draw(st.sampled_from(range(len(SHOPS)))), draw(st.sampled_from(range(len(PEOPLE)))),
            draw(st.sampled_from(TIMES)), draw(st.sampled_from(STATUSES)),
        )
        for edition in draw(
            st.lists(st.sampled_from(range(len(papers_of))), min_size=1, max_size=5)
        )
    ]  # fmt: skip
    return papers_of, papers


class Scene:
    """Markets, customers and people, and what was chosen of them in their words."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.markets: dict[str | None, bytes | None] = {None: None}
        for name, parent in MARKETS.items():
            self.markets[name] = office.insert(
                "market", number=name, name=name, parent=self.markets[parent]
            )
        for number, article in enumerate(ARTICLES):
            office.insert("article", article, number=str(number), name="x", active=True)
        shops = [
            office.insert("customer", number=str(n), name=str(n), active=True,
                          market=self.markets[market])
            for n, market in enumerate(SHOPS)
        ]  # fmt: skip
        self.archive = Archive(office, shops, [office.people[name] for name in PEOPLE])

    def chosen(self, family: str, editions: Sequence[bytes], asked: Mapping[str, Any]) -> Chosen:
        """What is asked for, as the engine has it."""
        edition = asked["edition"]
        return Chosen(
            family, editions[edition % len(editions)] if edition is not None else None,
            asked["confirmed"], self.markets[asked["market"]],
            self.office.people[asked["person"]] if asked["person"] else None,
            asked["since"], asked["until"],
        )  # fmt: skip

    def group(self, by: By, paper: Paper, asked: Mapping[str, Any]) -> Any:
        """The group of a report."""
        match by:
            case By.MONTH:
                return sum(begin <= paper.at for begin in (20, 40))
            case By.MARKET:
                return self.markets[right_below(MARKETS, SHOPS[paper.customer], asked["market"])]
            case By.EMPLOYEE:
                name = right_below(LEADS, PEOPLE[paper.person], asked["person"])
                return self.office.people[str(name)]
        return None


def above(tree: Mapping[str, str | None], node: str | None) -> Iterator[str]:
    """A node and those above it."""
    while node is not None:
        yield node
        node = tree[node]


def right_below(tree: Mapping[str, str | None], node: str | None, top: str | None) -> str | None:
    """The last one on the way up to the top, or the node."""
    path = list(above(tree, node))
    return next((name for name in path if tree[name] == top), node)


ANY: dict[str, Any] = dict.fromkeys(("edition", "market", "person", "since", "until"))
narrowings: dict[str, list[Any]] = {
    "edition": [0, 1], "market": [*MARKETS], "person": [*PEOPLE], "since": [*TIMES],
    "until": [*TIMES],
}  # fmt: skip
asked_for = st.builds(
    lambda some, confirmed: {**ANY, **dict(some), "confirmed": confirmed},
    st.lists(st.sampled_from([(k, v) for k, vs in narrowings.items() for v in vs]), max_size=2),
    st.booleans(),
)


def fits(paper: Paper, asked: Mapping[str, Any], editions: int) -> bool:
    """Whether a report is one of those."""
    states = ("returned", "confirmed") if asked["confirmed"] else ("returned",)
    return (
        paper.status in states
        and (asked["edition"] is None or paper.edition == asked["edition"] % editions)
        and (asked["market"] is None or asked["market"] in above(MARKETS, SHOPS[paper.customer]))
        and (asked["person"] is None or asked["person"] in above(LEADS, PEOPLE[paper.person]))
        and (asked["since"] is None or paper.at >= asked["since"])
        and (asked["until"] is None or paper.at < asked["until"])
    )


def given_in(form: Data, paper: Paper) -> Iterator[tuple[Subject, bytes | None, list[Any]]]:
    """(question, article, what was said) of a report, where something was."""
    naive = Naive(form, list(paper.answers))
    for key, article in naive.places:
        if naive.skipped((key, article)) or naive.empty((key, article)):
            continue
        question = naive._questions[key][1]
        raw, kind = naive._raw((key, article)), Kind(question["kind"])
        if kind is Kind.MANY:
            known = isinstance(raw, list) and all(isinstance(one, str) for one in raw)
            raw = sorted(set(raw)) if known else [""]
        yield Subject(key, kind, question.get("unit", "")), article, (
            raw if isinstance(raw, list) else [raw]
        )  # fmt: skip


def agrees(kind: Kind, tally: Tally, said: list[list[Any]]) -> None:
    """One question's figures with all that was said."""
    assert tally.answered == len(said)
    values = Counter(value for some in said for value in some)
    match kind:
        case Kind.YES_NO | Kind.ONE | Kind.MANY:
            assert tally.values == values
            for value, times in values.items():
                assert tally.share(value) == Fraction(times, len(said))
        case Kind.NUMBER | Kind.RATING:
            numbers, found = list(values.elements()), measures(tally)
            assert found is not None
            assert (found.least, found.most) == (min(numbers), max(numbers))
            exact = [Fraction(number) for number in numbers]
            assert abs(Fraction(found.mean) - statistics.mean(exact)) <= Fraction(1, 2 * UNIT)
            assert abs(Fraction(found.median) - statistics.median(exact)) <= Fraction(1, 2 * UNIT)
            for bar in bars(tally):
                inside = [n for n in exact if bar.low <= n * UNIT < bar.high]
                assert len(inside) == bar.number
            assert sum(bar.number for bar in bars(tally)) == len(numbers)
            assert len(bars(tally)) <= 9
        case Kind.DATE:
            texts = Counter({day.isoformat(): times for day, times in values.items()})
            assert days(tally) == (min(texts), max(texts))
            by_month = Counter(day[:7] for day in texts.elements())
            assert months(tally) == sorted(by_month.items())
        case Kind.PHOTO:
            assert tally.values[PICTURE] == values.total()


def check(found: Figures, expected: Mapping[Key, list[list[Any]]]) -> None:
    """Every place of every question, and no other one."""
    assert found.tallies.keys() == expected.keys()
    for (subject, article, group), said in expected.items():
        agrees(subject.kind, found.tallies[subject, article, group], said)


@pytest.fixture
def scene(database_url: str, tmp_path: Path) -> Iterator[Scene]:
    office = Office(database_url, tmp_path)
    yield Scene(office)
    office.close()


def test_figures_equal_a_naive_recomputation(scene: Scene) -> None:
    store = scene.office.store

    @settings(
        max_examples=60,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(archives(), asked_for, st.sampled_from(By))
    def play(example: tuple[list[Data], list[Paper]], asked: Mapping[str, Any], by: By) -> None:
        papers_of, papers = example
        family, editions = scene.archive.write(papers_of, papers)
        chosen = scene.chosen(family, editions, asked)
        some = [paper for paper in papers if fits(paper, asked, len(editions))]
        found = figures(store, ALL, chosen, Grouping(by, (20, 40)))
        groups = Counter(scene.group(by, paper, asked) for paper in some)
        assert (found.reports, found.groups) == (len(some), groups)
        expected: dict[Key, list[list[Any]]] = defaultdict(list)
        for paper in some:
            group = scene.group(by, paper, asked)
            for subject, article, said in given_in(papers_of[paper.edition], paper):
                place = (subject, article if by is By.NOTHING else None, group)
                expected[place].append(said)
        check(found, expected)

    play()


def test_both_tables_have_what_was_said(scene: Scene) -> None:
    """The long one a line for each value, the wide one a cell for each answered question."""
    store = scene.office.store

    @settings(
        max_examples=40,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(archives())
    def play(example: tuple[list[Data], list[Paper]]) -> None:
        papers_of, papers = example
        family, editions = scene.archive.write(papers_of, papers)
        names = [column.key for column in long.COLUMNS]
        with reading(store.engine) as connection:
            lines = [dict(zip(names, line, strict=True)) for line in
                     long.lines(connection, store, ALL, Chosen(family), "de")]  # fmt: skip
            tables = [list(wide.lines(connection, store, ALL, Chosen(family, one), "en"))
                      for one in editions]  # fmt: skip
        some = [paper for paper in papers if paper.status == "returned"]
        said = [(subject.key, article, value) for paper in some
                for subject, article, values in given_in(papers_of[paper.edition], paper)
                for value in values]  # fmt: skip
        number: dict[bytes | None, str] = {one: str(n) for n, one in enumerate(ARTICLES)}
        assert Counter((line["question"], line["article_number"]) for line in lines) == Counter(
            (key, number.get(article)) for key, article, _ in said
        )
        for edition, (form, table) in enumerate(zip(papers_of, tables, strict=True)):
            _check_wide(form, table, [paper for paper in some if paper.edition == edition])

    play()


def _check_wide(form: Data, table: list[list[Any]], papers: list[Paper]) -> None:
    columns = [column.key for column in wide.columns(read_form(form))]
    place, head = columns.index("article_number"), len(wide.HEAD)
    assert all(len(line) == len(columns) for line in table)
    assert sum(line[place] is None for line in table) == len(papers)
    filled = Counter(
        name.split(".")[1] for line in table
        for name in {".".join(column.split(".")[:2]) for column, cell in
                     zip(columns[head:], line[head:], strict=True) if cell is not None}
    )  # fmt: skip
    expected = Counter(subject.key for paper in papers for subject, _, _ in given_in(form, paper))
    assert filled == expected


def test_what_lies_beyond_the_groups_is_one(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("modules.visit_reports.evaluation.counted.GROUPS", 1)
    form: Data = {"sections": [{"key": "s", "title": {"en": "S"}, "questions": [
        {"key": "q", "kind": "yes_no", "text": {"en": "Q"}}]}]}  # fmt: skip
    answer = _answer("q", yes=True)
    family, _ = scene.archive.write(
        [form], [Paper(0, [answer], 0), Paper(0, [answer], 0), Paper(0, [], 4), Paper(0, [], 5)]
    )
    found = figures(scene.office.store, ALL, Chosen(family), Grouping(By.MARKET))
    assert found.groups == {scene.markets["n"]: 2, OTHERS: 2}
    assert found.reports == 4
    ((_, _, group),) = found.tallies
    assert group == scene.markets["n"]


def _answer(question: str, **values: Any) -> Answer:
    return Answer(uuid7(1, bytes(10)), question, **values)

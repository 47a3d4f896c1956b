"""Figures as a page shows them: a card for each question, under its section."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from modules.visit_reports.evaluation.counted import Figures, Group, Subject
from modules.visit_reports.evaluation.said import FILES
from modules.visit_reports.evaluation.tally import Tally
from modules.visit_reports.portal.evaluation_figures import Address, Place, Row, Shown
from modules.visit_reports.portal.telling import Telling
from syncengine.model.questionnaire import Kind, Question, Section


@dataclass(frozen=True)
class Picture:
    """file: its address. called: of what it is. href: of its report."""

    file: str
    called: str
    href: str


@dataclass(frozen=True)
class Card:
    """A question. facts: (what, how much). head: of the table, but for its first column, which is
    called `first`. chart: as JSON, for charts.js. answers: the address of all answers.
    """

    key: str
    kind: Kind
    text: str
    answered: int
    facts: Sequence[tuple[str, str]]
    first: str = ""
    head: Sequence[str] = ()
    rows: Sequence[Row] = ()
    chart: str = ""
    answers: str = ""
    pictures: Sequence[Picture] = ()


@dataclass(frozen=True)
class Part:
    """A section with its questions."""

    title: str
    cards: Sequence[Card]


@dataclass
class Cards:
    """Of one page. places: the groups, none where none are told apart. articles: what these are
    called. address: of a page with the same, but for what is changed.
    """

    tell: Telling
    figures: Figures
    address: Address
    places: Sequence[Place] = ()
    articles: Mapping[bytes, str] = field(default_factory=dict)
    pictures: Callable[[Subject], Sequence[Picture]] = lambda _: ()

    def parts(self) -> list[Part]:
        """The sections of the newest edition, then what older ones asked beside that."""
        found: dict[str, tuple[Section, list[Card]]] = {}
        seen: set[Subject] = set()
        for edition in self.figures.editions:
            for section in edition.form.sections:
                _, cards = found.setdefault(section.key, (section, []))
                for question in section.questions:
                    if Subject.of(question) not in seen:
                        seen.add(Subject.of(question))
                        cards.append(self._card(section, question))
        return [
            Part(self.tell.said(section.title), cards) for section, cards in found.values() if cards
        ]

    def _card(self, section: Section, question: Question) -> Card:
        subject = Subject.of(question)
        places = self.places
        if not places and section.articles is not None:
            known = {article for one, article, _ in self.figures.tallies if one == subject}
            wanted = [*section.articles, *sorted(filter(None, known - set(section.articles)))]
            places = [Place(one, self.articles.get(one, "")) for one in wanted]
        tallies = [self._tally(subject, place) for place in places]
        whole = Tally()
        for one in tallies or [self._tally(subject, None)]:
            whole.take(one)
        answers = self.address("/answers", question=question.key, kind=question.kind.value,
                               unit=question.unit)  # fmt: skip
        made = Shown(self.tell, question, whole, answers, bool(self.places), self.address)
        shown = made.lines(places, tallies) if places else made.values()
        return Card(
            question.key, question.kind, self.tell.said(question.text), whole.answered,
            made.facts(), answers=answers if whole.answered else "", **shown,
            pictures=self.pictures(subject) if question.kind in FILES and whole.answered else (),
        )  # fmt: skip

    def _tally(self, subject: Subject, place: Place | None) -> Tally:
        group: Group = place.value if place and self.places else None
        article = place.value if place and not self.places else None
        assert article is None or isinstance(article, bytes)
        return self.figures.tallies.get((subject, article, group), Tally())

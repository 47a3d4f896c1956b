"""The engine's sentences in the reader's language; what they name as the reader knows it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from server.portal.asked import Asked
from server.portal.pages import Portal
from server.portal.values import shown
from syncengine.model.conditions import referred_entity
from syncengine.model.fields import Reference, Stored
from syncengine.model.sentences import Named, Part, Sentence, What
from syncengine.store import listing
from syncengine.store.database import reading


class Teller:
    """Tells some sentences; the rows that they name are looked up once, as far as the user may
    view them.
    """

    def __init__(self, portal: Portal, asked: Asked, sentences: Iterable[Sentence]) -> None:
        self._schema = portal.store.schema
        self._words = asked.words
        wanted: dict[str, set[bytes]] = {}
        for named in (named for sentence in sentences for named in _named(sentence)):
            entity = self._entity(named)
            if entity is not None and isinstance(named.value, bytes):
                wanted.setdefault(entity, set()).add(named.value)
        store, rights = portal.store, asked.signed_in.rights
        with reading(store.engine) as connection:
            self._titles = {
                (entity, row_id): title
                for entity, ids in wanted.items()
                for row_id, title in listing.titles(connection, store, rights, entity, ids).items()
            }

    def __call__(self, sentence: Sentence) -> str:
        """As a sentence of its own."""
        said = self._sentence(sentence, begins=True)
        return said if said.endswith(".") else f"{said}."

    def _entity(self, named: Named) -> str | None:
        """The kind of row that something named is a row of."""
        if named.what is What.PERSON:
            return self._schema.people
        if named.what is What.ROW:
            return named.of
        if named.what is What.VALUE:
            entity = self._schema.entities[named.of]
            if isinstance(entity.by_name[named.field].type, Reference):
                return referred_entity(entity, named.field)
        return None

    def _sentence(self, sentence: Sentence, begins: bool = False) -> str:
        """begins: with a capital letter, unless a name is its first word."""
        text = self._words.sentence(sentence.code)
        parts = {
            name: self._part(part, begins and text.startswith(f"%({name})s"))
            for name, part in sentence.parts.items()
        }
        if begins and not text.startswith("%("):
            text = text[:1].upper() + text[1:]
        return text % parts

    def _part(self, part: Part, begins: bool = False) -> str:
        if isinstance(part, Sentence):
            return self._sentence(part, begins)
        if isinstance(part, tuple):
            return ", ".join(self._part(one) for one in part)
        return self._called(part) if isinstance(part, Named) else part

    def _called(self, named: Named) -> str:
        w, value = self._words, named.value
        match named.what:
            case What.PERSON | What.ROW if isinstance(value, bytes):
                return self._titles.get((self._entity(named) or "", value), named.said)
            case What.FIELD:
                return w.field(str(value))
            case What.ENTITY:
                return w.entity(str(value))
            case What.WORD:
                return w.choice(str(value))
            case What.INSTANT if isinstance(value, int):
                return w.moment(value)
            case What.VALUE:
                return self._value(named, value)
            case _:
                return named.said

    def _value(self, named: Named, value: Stored) -> str:
        field, entity = self._schema.entities[named.of].by_name[named.field], self._entity(named)
        titles = {(field.name, row_id): said for (of, row_id), said in self._titles.items()
                  if of == entity}  # fmt: skip
        text = shown(self._words, field, value, titles)
        return named.said if len(text) > len(named.said) and named.said.endswith("…") else text


def _named(sentence: Sentence) -> Iterator[Named]:
    for part in sentence.parts.values():
        if isinstance(part, Sentence):
            yield from _named(part)
        elif isinstance(part, tuple):
            yield from part
        elif isinstance(part, Named):
            yield part

"""How a list says that documents stand equals what each document's editions say, whatever was
published, withdrawn and has passed (D14).
"""

from __future__ import annotations

from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from modules.documents.portal.reading import current, editions, mood_of
from syncengine.model.rights import Rights
from tests.documents.scene import Library

ALL = Rights(administers=True)
DOCUMENT = st.integers(0, 2)
ACT = st.one_of(
    st.tuples(st.just("edition"), DOCUMENT, st.integers(-2, 3), st.none() | st.integers(1, 3)),
    st.tuples(st.just("draft"), DOCUMENT, st.integers(-2, 3), st.none()),
    st.tuples(st.just("withdraw"), DOCUMENT, st.integers(0, 9), st.none()),
    st.tuples(st.just("work"), st.just(0), st.integers(1, 30), st.none()),
)


def test_a_list_names_the_edition_that_counts(tmp_path: Path) -> None:
    library = Library("sqlite://", tmp_path)

    @settings(max_examples=25, deadline=None)
    @given(st.lists(ACT, max_size=8))
    def whatever_happened(acts: list[tuple[str, int, int, int | None]]) -> None:
        documents = [library.document() for _ in range(3)]
        for act in acts:
            _happens(library, documents, *act)
        found = current(library.store, ALL, documents)
        for document in documents:
            assert (document in found) == bool(editions(library.store, ALL, document))
            if document in found:
                _is_first(library, document, found[document].id)

    whatever_happened()
    library.close()


def _happens(
    library: Library, documents: list[bytes], what: str, which: int, begins: int, days: int | None
) -> None:
    if what == "edition":
        library.edition(documents[which], b"x", begins=begins, days=days)
    elif what == "draft":
        library.insert(
            "document_edition", document=documents[which], status="draft", file=library.file(b"x"),
            file_name="x.pdf", media_type="application/pdf", size=1, valid_from=library.at,
        )  # fmt: skip
    elif what == "withdraw":
        there = library.rows("document_edition", document=documents[which])
        if there:
            library.withdraw(there[begins % len(there)]["id"])
    else:
        library.later(begins / 10)
        library.work()


def _is_first(library: Library, document: bytes, chosen: bytes) -> None:
    """The last to begin of those that are valid; else the next to come, a draft, the last."""
    of = {m: list[bytes]() for m in ("valid", "to_come", "draft", "over", "withdrawn")}
    for one in editions(library.store, ALL, document):
        of[mood_of(one.values, library.at)].append(one.id)
    if of["valid"]:
        assert chosen == of["valid"][0]
    elif of["to_come"]:
        assert chosen == of["to_come"][-1]
    elif of["draft"]:
        assert chosen == of["draft"][0]
    else:
        assert chosen in of["over"] + of["withdrawn"]

"""The diagrams are those of the declarations."""

from __future__ import annotations

from syncengine.model.lifecycle_diagram import diagram
from tests.docs.lifecycles import PAGE, page
from tests.lifecycles.module import CLAIMS, ERRANDS


def test_the_page_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run `python3 dev.py reference`"


def test_a_diagram_has_every_step_with_who_and_what_for() -> None:
    lines = [line.strip() for line in diagram(ERRANDS).splitlines()]
    assert lines[:3] == [
        "stateDiagram-v2",
        "[*] --> open",
        "open --> confirmed: confirm (owner, substitute) [all mandatory tasks have to be done]",
    ]
    assert "open --> overdue: expire (system) [from due on]" in lines
    assert "withdrawn --> [*]: leaves the devices" in lines
    steps = [(s, t.to) for t in ERRANDS.transitions for s in t.sources]
    drawn = {line.split(":")[0] for line in lines}
    assert drawn >= {f"{source} --> {to}" for source, to in steps}
    assert "draft --> submitted: submit (owner) [before until]" in diagram(CLAIMS)

"""The page of lifecycles, from their declarations: `python -m tests.docs.lifecycles` writes it."""

from __future__ import annotations

from pathlib import Path

from server.modules import OWN_MODULES
from syncengine.model.lifecycle_diagram import section
from tests.lifecycles.module import LIFECYCLES

PAGE = Path(__file__).parents[2] / "docs" / "LIFECYCLES.md"
HEAD = """# Lifecycles

Generated from the modules' declarations by `python3 dev.py reference`: do not edit. How they are
declared is in [MODULES](MODULES.md), what they mean in [PROTOCOL](PROTOCOL.md#schema). `syncengine
lifecycles` draws those of an installation. Of the modules that come with the engine:
"""
EXAMPLE = """The module of the tests, as an example: errands with tasks, and claims for money.
"""


def page() -> str:
    """What the page is to say."""
    own = [section(lifecycle) for module in OWN_MODULES for lifecycle in module.lifecycles]
    example = [section(lifecycle) for lifecycle in LIFECYCLES.lifecycles]
    return "\n".join([HEAD, *(own or ["None yet.\n"]), EXAMPLE, *example])


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")

"""What the installed modules bring to the portal, found by what their manifests name."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from importlib import import_module

from server.portal.pages import ModulePages
from server.problem import Problem
from syncengine.model.module import Module


def brought(modules: Iterable[Module], taken: Collection[str]) -> dict[str, ModulePages]:
    """By the modules' names. taken: names below /portal/ that the portal's own pages have.
    Problem: a module has such a name, or gives no pages.
    """
    found: dict[str, ModulePages] = {}
    for module in modules:
        if module.portal is None:
            continue
        if module.name in taken:
            raise Problem(
                "module.invalid", f"The portal has pages of its own below /portal/{module.name}/."
            )
        pages = getattr(import_module(module.portal), "PAGES", None)
        if not isinstance(pages, ModulePages):
            raise Problem("module.invalid", f"{module.portal} gives no PAGES for the portal.")
        found[module.name] = pages
    return found

"""Style sheet, script and icons: files of ours, never from elsewhere."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from markupsafe import Markup
from starlette.responses import Response

STATIC = Path(__file__).parent / "static"
MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
KEPT = "private, max-age=31536000, immutable"  # the address changes with the content


@cache
def _asset(folder: Path, name: str) -> tuple[bytes, str] | None:
    """(content, media type). Only names of files that are there: a name never becomes a path."""
    there = folder.iterdir() if folder.is_dir() else ()
    known = {path.name: path for path in there if path.suffix in MEDIA_TYPES}
    if name not in known:
        return None
    return known[name].read_bytes(), MEDIA_TYPES[known[name].suffix]


class Assets:
    """The screen's own, named as their files, and those of modules, named <module>/<file>."""

    def __init__(self, folders: Mapping[str, Path]) -> None:
        self._folders = {"": STATIC, **folders}

    def _found(self, name: str) -> tuple[bytes, str] | None:
        module, _, file = name.rpartition("/")
        folder = self._folders.get(module)
        return _asset(folder, file) if folder is not None and len(file) < 100 else None

    def address(self, name: str) -> str:
        """Where the browser finds an asset."""
        found = self._found(name)
        assert found is not None, name
        return f"/static/{name}?v={hashlib.sha256(found[0]).hexdigest()[:12]}"

    def answer(self, name: str) -> Response | None:
        """The asset; None when there is no such."""
        found = self._found(name)
        if found is None:
            return None
        return Response(found[0], headers={"cache-control": KEPT}, media_type=found[1])


@cache
def icon(name: str) -> Markup:
    """An icon's SVG, for the page itself; it says nothing to a screen reader."""
    svg = " ".join((STATIC / "icons" / f"{name}.svg").read_text(encoding="utf-8").split())
    return Markup(svg.replace("<svg", '<svg aria-hidden="true" focusable="false"', 1))  # noqa: S704  a file of ours

"""Style sheets, scripts and icons: read at the start, served compressed, never from elsewhere."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
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
KEPT = "public, max-age=31536000, immutable"  # the address changes with the content


@dataclass(frozen=True)
class _Asset:
    plain: bytes
    packed: bytes
    digest: str
    media_type: str


@cache
def _asset(folder: Path, name: str) -> _Asset | None:
    """Only names of files that are there: a name never becomes a path."""
    there = folder.iterdir() if folder.is_dir() else ()
    known = {path.name: path for path in there if path.suffix in MEDIA_TYPES}
    if name not in known:
        return None
    plain = known[name].read_bytes()
    digest = hashlib.sha256(plain).hexdigest()[:12]
    packed = gzip.compress(plain, 6, mtime=0)
    return _Asset(plain, packed, digest, MEDIA_TYPES[known[name].suffix])


class Assets:
    """The portal's own, named as their files, and those of modules, named <module>/<file>."""

    def __init__(self, folders: Mapping[str, Path] | None = None) -> None:
        self._folders = {"": STATIC, **(folders or {})}

    def _found(self, name: str) -> _Asset | None:
        module, _, file = name.rpartition("/")
        folder = self._folders.get(module)
        return _asset(folder, file) if folder is not None and len(file) < 100 else None

    def address(self, name: str) -> str:
        """Where the browser finds an asset."""
        found = self._found(name)
        assert found is not None, name
        return f"/portal/static/{name}?v={found.digest}"

    def answer(self, name: str, accepted: str) -> Response | None:
        """The asset, compressed where the browser takes that; None when there is no such."""
        found = self._found(name)
        if found is None:
            return None
        headers = {"cache-control": KEPT, "vary": "accept-encoding"}
        if "gzip" in accepted:
            packed = {**headers, "content-encoding": "gzip"}
            return Response(found.packed, headers=packed, media_type=found.media_type)
        return Response(found.plain, headers=headers, media_type=found.media_type)


@cache
def icon(name: str) -> Markup:
    """An icon's SVG, for the page itself; it says nothing to a screen reader."""
    svg = (STATIC / "icons" / f"{name}.svg").read_text(encoding="utf-8")
    svg = " ".join(svg.split())
    return Markup(svg.replace("<svg", '<svg aria-hidden="true" focusable="false"', 1))  # noqa: S704  a file of ours

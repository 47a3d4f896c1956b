"""The text of an info as HTML: headings, lists, emphasis, links; nothing that an author could do
harm with.
"""

from __future__ import annotations

from markdown_it import MarkdownIt

# HTML in the text is shown as it was typed, pictures from elsewhere are links; the library refuses
# addresses such as javascript: by itself.
_READER = MarkdownIt("commonmark", {"html": False, "breaks": True}).disable("image")


def as_html(text: str) -> str:
    """Safe to be put into a page as it is."""
    found: str = _READER.render(text)
    return found

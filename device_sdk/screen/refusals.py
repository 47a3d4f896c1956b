"""What is refused before or instead of a page: each becomes an error page."""

from __future__ import annotations


class NoPage(Exception):
    """An error page with this status; `title` and `said` are messages of the catalogues."""

    status = 400
    title = "That did not work"
    said = "This request cannot be understood."


class Unclear(NoPage):
    """What no page of ours sends."""


class Elsewhere(NoPage):
    """Another site, or another name for this machine: such a page is not ours."""

    status = 403
    title = "This form is no longer valid"
    said = "It comes from another place, or from before you signed in. Open the page again."


class NotThere(NoPage):
    """No such page, or no such row on this device."""

    status = 404
    title = "There is nothing here"
    said = "This is not on your device, or not any more."


class TooMuch(NoPage):
    """More than a form of ours has, or a file beyond what is taken."""

    status = 413
    title = "That is too much"
    said = "A photo or file may have 20 MB."


class Failed(NoPage):
    """What nobody foresaw; it is in the log."""

    status = 500
    title = "Something went wrong"
    said = "What you saved before is safe. Try again."

"""How a page may look: a language, bright or dark, a screen; in short `de-dark-tablet`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from playwright.sync_api import ViewportSize

SCREENS: dict[str, ViewportSize] = {
    "desktop": {"width": 1440, "height": 900},
    "tablet": {"width": 834, "height": 1112},
    "phone": {"width": 390, "height": 844},
}
LANGUAGES = ("en", "de")
THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


@dataclass(frozen=True)
class Look:
    """One of the matrix."""

    language: str
    theme: Literal["light", "dark"]
    screen: str

    def __str__(self) -> str:
        return f"{self.language}-{self.theme}-{self.screen}"

    @property
    def size(self) -> ViewportSize:
        """Of the browser's window."""
        return SCREENS[self.screen]


LOOKS = tuple(
    Look(language, theme, screen)
    for screen in SCREENS
    for language in LANGUAGES
    for theme in THEMES
)
HELD = tuple(look for look in LOOKS if look.screen != "desktop")  # what a rep has in a hand

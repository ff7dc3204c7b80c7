"""A console for texts that others wrote: names and titles cannot control the terminal."""

from typing import Any

from rich.console import Console
from rich.text import Text

CONTROLS = dict.fromkeys({*range(32), *range(127, 160)} - {ord("\t"), ord("\n")})
"""Control characters of ASCII and Latin 1, but for tabs and ends of lines."""


def printable(text: str) -> str:
    """Returns a text without control characters."""
    return text.translate(CONTROLS)


class TextConsole(Console):
    """Prints strings, also those in tables, as they are but for control characters.

    Nothing in them is taken for markup or for the name of an emoji.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(highlight=False, markup=False, emoji=False, **options)

    def render_str(self, text: str, **options: Any) -> Text:
        return super().render_str(printable(text), **options)

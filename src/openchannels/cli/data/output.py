"""What the data commands print: tables and cards for people, JSON for programs.

Results go to standard output, everything else to standard error.
"""

import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

from openchannels.cli import common
from openchannels.core.platforms import LOCALES, Locale, Text

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.status import Status
    from rich.table import Table

    from openchannels.client.results import Result

T = TypeVar("T", bound="Result")
LANGUAGE_VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")
NOTHING = "-"


def language_of(environ: Mapping[str, str] = os.environ) -> Locale:
    """Returns the language of the locale: Chinese for any zh locale, else English."""
    locale = next(filter(None, map(environ.get, LANGUAGE_VARIABLES)), "") or ""
    english, chinese = LOCALES
    return chinese if locale.lower().startswith("zh") else english


class Screen:
    """Where a command prints, in which language and form."""

    def __init__(self, language: Locale, *, json: bool) -> None:
        from openchannels.cli.console import TextConsole

        self.language = language
        self.json = json
        self.console = TextConsole(width=common.output_width())
        self._messages = TextConsole(stderr=True, soft_wrap=True)

    def say(self, text: Text, **values: object) -> str:
        """Returns a text in the chosen language."""
        return text.in_locale(self.language).format(**values)

    def choose(self, texts: Mapping[str, str]) -> str:
        """Returns one of the service's texts by language, the English one if need be."""
        return texts.get(self.language) or texts.get("en-US", "")

    @property
    def width(self) -> int:
        """Cells of a line of messages."""
        return self._messages.width

    @property
    def is_watched(self) -> bool:
        """Whether messages go to a terminal."""
        return self._messages.is_terminal

    def note(self, text: Text, **values: object) -> None:
        """Prints a message for people on standard error."""
        self.line(self.say(text, **values))

    def line(self, line: str, *, style: str = "") -> None:
        """Prints a line on standard error as it is: addresses stay whole."""
        self._messages.print(line, style=style)

    def aside(self, content: "RenderableType") -> None:
        """Prints something drawn on standard error."""
        self._messages.print(content)

    def spinner(self, text: Text) -> "Status":
        """Returns a context that shows a moving sign, on a terminal only."""
        return self._messages.status(self.say(text))

    def error(self, line: str) -> None:
        """Prints a line of an error on standard error, in red on a terminal."""
        self.line(line, style="red")

    def print(self, content: "RenderableType") -> None:
        self.console.print(content)

    def show(self, result: "Result", render: "Callable[[], RenderableType]") -> None:
        """Prints one result: an object for programs, else what `render` returns."""
        if self.json:
            common.print_json(result.to_dict())
        else:
            self.print(render())

    def show_done(self, text: Text, shape: Mapping[str, Any], **values: object) -> None:
        """Says that something was done: an object for programs, else a sentence."""
        if self.json:
            common.print_json(shape)
        else:
            self.note(text, **values)

    def show_list(
        self,
        results: Iterable[T],
        render: "Callable[[Sequence[T]], RenderableType]",
        empty: Text,
    ) -> None:
        """Prints results: one JSON object a line for programs, as they arrive, else a table.

        `empty` is said on standard error where there are none.
        """
        if self.json:
            for result in results:
                common.print_json(result.to_dict())
            return
        if found := [*results]:
            self.print(render(found))
        else:
            self.note(empty)

    def table(self, *headings: Text, title: str | None = None) -> "Table":
        """Returns a table with these columns; set `justify` and others on its `columns`."""
        from rich import box
        from rich.table import Table

        table = Table(box=box.SIMPLE_HEAD, title=title, title_justify="left", title_style="bold")
        table.padding, table.pad_edge, table.show_edge = (0, 1, 0, 0), False, False
        for heading in headings:
            table.add_column(self.say(heading), overflow="fold")
        return table

    def card(self, rows: Mapping[Text, Any]) -> "Table":
        """Returns names and values below each other, without the values that are None."""
        from rich.table import Table

        card = Table.grid(padding=(0, 2, 0, 0))
        card.add_column(style="dim", no_wrap=True)
        card.add_column(overflow="fold")
        for name, value in rows.items():
            if value is not None:
                card.add_row(
                    self.say(name), value if hasattr(value, "__rich_console__") else str(value)
                )
        return card


def count(value: float | None) -> str:
    """Returns a figure with separators of thousands; a dash where it is not known."""
    return NOTHING if value is None else f"{value:,.0f}"


def moment(value: datetime | None) -> str:
    """Returns a time in the zone of this machine, to the minute; a dash where there is none."""
    return NOTHING if value is None else f"{value.astimezone():%Y-%m-%d %H:%M}"


def is_terminal() -> bool:
    """Returns whether a person sees questions and can answer them."""
    return sys.stdin.isatty() and sys.stderr.isatty()

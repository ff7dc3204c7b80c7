"""What the commands share: options, settings, refusals and output."""

import contextlib
import json
import os
import signal
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from openchannels.settings import Settings

PIPED_WIDTH = 120

DataDir = Annotated[
    Path | None,
    typer.Option("--data-dir", metavar="DIR", help="Directory of the data; ./data if not set."),
]
Config = Annotated[
    Path | None,
    typer.Option(
        "--config",
        metavar="FILE",
        help="Settings file, read in place of openchannels.toml in the data directory.",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print one line of JSON for programs.")]
Sandbox = Annotated[
    bool, typer.Option("--sandbox", help="Play the platforms inside, below /sandbox.")
]
SandboxUrl = Annotated[
    str | None,
    typer.Option("--sandbox-url", metavar="URL", help="Address of a sandbox that runs alone."),
]


def refuse(text: str, code: int = 2) -> NoReturn:
    """End the command with a clear text on standard error."""
    typer.echo(text, err=True)
    raise typer.Exit(code)


def read_settings(data_dir: Path | None, config: Path | None, **options: Any) -> "Settings":
    """The settings, with logs set up by them; wrong ones end the command."""
    from openchannels.app.logging import configure_logging
    from openchannels.settings import SettingsError, load_settings

    try:
        settings = load_settings(data_dir=data_dir, config=config, overrides=options)
    except SettingsError as error:
        refuse(str(error))
    configure_logging(settings.server.log_level, settings.server.log_format)
    return settings


@contextlib.contextmanager
def refusals() -> Iterator[None]:
    """End the command with the reason where main refuses to start."""
    from openchannels.core.exceptions import StartRefused

    try:
        yield
    except StartRefused as refused:
        refuse(str(refused))


@contextlib.contextmanager
def ending_on_signals() -> Iterator[None]:
    """Let SIGTERM and Ctrl-C end a server with code 0: it has drained when they come through."""
    before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        with contextlib.suppress(KeyboardInterrupt):
            yield
    finally:
        signal.signal(signal.SIGTERM, before)


def say_json(value: Any) -> None:
    """One line of JSON on standard output, there at once."""
    print(json.dumps(value, ensure_ascii=False), flush=True)


def console() -> "Console":
    """Standard output for people; a pipe gets a width that tables fit into."""
    from rich.console import Console

    piped = not sys.stdout.isatty() and "COLUMNS" not in os.environ
    return Console(width=PIPED_WIDTH if piped else None, highlight=False)


def moment(seconds: float | None) -> str | None:
    """Unix seconds as the API writes times."""
    if seconds is None:
        return None
    text = datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")

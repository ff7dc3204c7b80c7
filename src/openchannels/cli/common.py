"""Options, settings, errors and output shared by all commands."""

import contextlib
import json
import os
import signal
import sys
from collections.abc import Iterable, Iterator
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
    typer.Option("--data-dir", metavar="DIR", help="Data directory; ./data if not set."),
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
    bool, typer.Option("--sandbox", help="Mount a sandbox of the platforms below /sandbox.")
]
SandboxUrl = Annotated[
    str | None,
    typer.Option("--sandbox-url", metavar="URL", help="Base URL of a separate sandbox."),
]


NewStore = Annotated[
    bool, typer.Option("--new-store", help="Make a new store if there is none, without asking.")
]


def fail(text: str, code: int = 2) -> NoReturn:
    """Exits with a message on standard error."""
    typer.echo(text, err=True)
    raise typer.Exit(code)


def read_settings(data_dir: Path | None, config: Path | None, **options: Any) -> "Settings":
    """Returns the settings and configures logging; invalid settings end the command."""
    from openchannels.app.logging import configure_logging
    from openchannels.settings import SettingsError, load_settings

    try:
        settings = load_settings(data_dir=data_dir, config=config, overrides=options)
    except SettingsError as error:
        fail(str(error))
    configure_logging(settings.server.log_level, settings.server.log_format)
    return settings


def is_interactive() -> bool:
    """Returns whether a person can answer questions."""
    return sys.stdin.isatty()


def confirm_new_store(settings: "Settings", *, new_store: bool) -> None:
    """Asks before a command creates a store, which may be by mistake in another directory.

    `new_store` is the option that answers yes. Without a terminal the command ends.
    """
    if new_store:
        return
    from openchannels.app.store import lacks_store, store_address
    from openchannels.server.serve import run_async

    with fail_on_refusal():
        if not run_async(lacks_store(settings)):
            return
    missing = f"There is no store at {store_address(settings)}."
    if not is_interactive():
        fail(f"{missing} Give its directory by --data-dir, or make a new one by --new-store.")
    typer.confirm(f"{missing} Make a new one?", abort=True)


@contextlib.contextmanager
def fail_on_refusal() -> Iterator[None]:
    """Ends the command with the reason of a StartRefused, or of a database that is away."""
    from openchannels.core.exceptions import StartRefused, Unavailable

    try:
        yield
    except StartRefused as refused:
        fail(str(refused))
    except Unavailable as away:
        from openchannels.app.store import describe_outage

        fail(describe_outage(away))


@contextlib.contextmanager
def exit_on_signals() -> Iterator[None]:
    """Exits with code 0 on SIGTERM or Ctrl-C, which arrive after the server has drained."""
    before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        with contextlib.suppress(KeyboardInterrupt):
            yield
    finally:
        signal.signal(signal.SIGTERM, before)


def check_choice(option: str, value: str | None, choices: Iterable[str]) -> None:
    """Raises BadParameter with the choices if a value is given that is none of them."""
    known = tuple(choices)
    if value is not None and value not in known:
        raise typer.BadParameter(f"expected {', '.join(known)}", param_hint=option)


def print_json(value: Any) -> None:
    """Prints one line of JSON and flushes it."""
    print(json.dumps(value, ensure_ascii=False), flush=True)


def console() -> "Console":
    """Returns a console on standard output."""
    from openchannels.cli.console import TextConsole

    return TextConsole(width=output_width())


def output_width() -> int | None:
    """Returns a width that fits tables for a pipe, None for a terminal with a width of its own."""
    piped = not sys.stdout.isatty() and "COLUMNS" not in os.environ
    return PIPED_WIDTH if piped else None


def iso_time(seconds: float | None) -> str | None:
    """Formats Unix seconds as the API does."""
    if seconds is None:
        return None
    text = datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")

"""A command's session: the service it calls, with which key, and where it prints.

@app.command("list")
@data_command
def list_accounts(session: Session, group: Group = None) -> None:
    session.screen.show_list(session.client.accounts.iter(), table, NO_ACCOUNTS)
"""

import contextlib
import functools
import inspect
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Concatenate, ParamSpec

import typer

from openchannels.cli.data.exits import exit_on_failure
from openchannels.cli.data.output import Screen, language_of
from openchannels.core.platforms import Locale

if TYPE_CHECKING:
    from openchannels.client import Client

P = ParamSpec("P")
ProfileName = Annotated[
    str | None, typer.Option("--profile", metavar="NAME", help="Use this profile's login.")
]
DataDir = Annotated[
    Path | None,
    typer.Option(
        "--data-dir", metavar="DIR", help="Use the service that runs here over this directory."
    ),
]
Lang = Annotated[
    Locale | None,
    typer.Option("--lang", help="Language of texts; that of the locale if not set."),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for programs, one object a line.")]


@dataclass(frozen=True, slots=True)
class Session:
    """What a data command works with."""

    client: "Client"
    screen: Screen


def data_command(command: Callable[Concatenate[Session, P], None]) -> Callable[..., None]:
    """Gives a command its session, and the options that all data commands have."""
    signature = inspect.signature(command, eval_str=True)
    own = [*signature.parameters.values()][1:]
    shared = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=kind)
        for name, kind, default in (
            ("profile", ProfileName, None),
            ("data_dir", DataDir, None),
            ("lang", Lang, None),
            ("json", Json, False),
        )
    ]

    @functools.wraps(command)
    def run(
        *,
        profile: str | None,
        data_dir: Path | None,
        lang: Locale | None,
        json: bool,
        **given: Any,
    ) -> None:
        screen = Screen(lang or language_of(), json=json)
        with open_session(profile, data_dir, screen) as session:
            command(session, **given)  # type: ignore[call-arg]

    run.__signature__ = signature.replace(parameters=[*own, *shared])  # type: ignore[attr-defined]
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in [*own, *shared]}
    return run


@contextlib.contextmanager
def open_session(profile: str | None, data_dir: Path | None, screen: Screen) -> Iterator[Session]:
    """Opens the client; failures of calls end the command with their exit code."""
    with exit_on_failure(screen):
        url, key = find_login(profile, data_dir, screen)
        client = make_client(url, key, screen)
    with client, exit_on_failure(screen, url):
        yield Session(client, screen)


def make_client(url: str, key: str, screen: Screen) -> "Client":
    """Returns a client whose messages are in the screen's language."""
    from openchannels.client import Client

    return Client(url, key, language=screen.language)


def find_login(profile: str | None, data_dir: Path | None, screen: Screen) -> tuple[str, str]:
    """Returns address and key: of the options, the environment, the active profile, or this
    machine's service.

    Raises CommandFailed, and ConfigurationError where only half is in the environment.
    """
    from openchannels.cli.data.local import find_local_service
    from openchannels.cli.data.profiles import load_profiles
    from openchannels.client.address import KEY_VARIABLE, URL_VARIABLE, from_environment

    if profile is not None:
        chosen = load_profiles(screen).get(profile)
        return chosen.url, chosen.key
    if data_dir is not None:
        return find_local_service(data_dir, screen)
    if os.environ.get(URL_VARIABLE) or os.environ.get(KEY_VARIABLE):
        return from_environment()
    profiles = load_profiles(screen)
    if profiles.active is not None:
        active = profiles.get(profiles.active)
        return active.url, active.key
    return find_local_service(None, screen)

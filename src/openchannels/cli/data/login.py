"""`openchannels login`, `logout` and `profiles`: which service commands call, with which key."""

import contextlib
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from openchannels.cli import common
from openchannels.cli.data.exits import NOT_LOGGED_IN, CommandFailed, ExitCode, exit_on_failure
from openchannels.cli.data.output import Screen, language_of
from openchannels.cli.data.profiles import (
    DEFAULT_PROFILE,
    Login,
    Profiles,
    load_profiles,
    save_profiles,
)
from openchannels.cli.data.session import Json, Lang, make_client
from openchannels.core.platforms import Text

if TYPE_CHECKING:
    from rich.table import Table

    from openchannels.client import Client

DEFAULT_URL = "http://127.0.0.1:8080"
ASK_URL = Text("Address of the service", "服务地址")
ASK_KEY = Text("API key (not shown)", "API 密钥（不显示）")
NEEDS_TERMINAL = Text(
    "There is no terminal to ask on: give --url, and --key-stdin or --key-file.",
    "没有可交互的终端：请给出 --url，以及 --key-stdin 或 --key-file。",
)
TWO_SOURCES = Text(
    "Give either --key-stdin or --key-file.", "--key-stdin 与 --key-file 只能给出一个。"
)
NO_KEY_FILE = Text("{file} cannot be read: {cause}", "无法读取 {file}：{cause}")
LOGGED_IN = Text("Logged in to {url} as the profile {name}.", "已登录 {url}，保存为配置 {name}。")
LOGGED_OUT = Text("Removed the profile {name}.", "已删除配置 {name}。")
IN_USE = Text("Using the profile {name}: {url}", "正在使用配置 {name}：{url}")
ENVIRONMENT_WINS = Text(
    "OPENCHANNELS_URL and OPENCHANNELS_API_KEY are set and win over the profile.",
    "已设置 OPENCHANNELS_URL 和 OPENCHANNELS_API_KEY，它们优先于配置。",
)
NO_PROFILES = Text(
    "There are no profiles; make one with openchannels login.",
    "还没有配置；请用 openchannels login 创建。",
)
NAME, ADDRESS, ACTIVE = Text("name", "名称"), Text("address", "地址"), Text("active", "使用中")

profiles_app = typer.Typer(no_args_is_help=True, help="List and choose logins to services.")
ProfileName = Annotated[str, typer.Argument(metavar="NAME", help="Name of the profile.")]


def login(
    url: Annotated[
        str | None, typer.Option("--url", metavar="URL", help="Address of the service.")
    ] = None,
    key_stdin: Annotated[
        bool, typer.Option("--key-stdin", help="Read the API key from standard input.")
    ] = False,
    key_file: Annotated[
        Path | None, typer.Option("--key-file", metavar="FILE", help="Read the API key from here.")
    ] = None,
    profile: Annotated[
        str, typer.Option("--profile", metavar="NAME", help="Save the login under this name.")
    ] = DEFAULT_PROFILE,
    lang: Lang = None,
    json: Json = False,
) -> None:
    """Save the address of a service and an API key for it, once a call has shown that they work.

    Asks for what is not given. The key is never an option, for others see options.
    """
    from openchannels.client.address import target

    screen = Screen(lang or language_of(), json=json)
    with exit_on_failure(screen):
        key = _given_key(key_stdin, key_file)
        _require_terminal(url is not None and key is not None)
        if url is None:
            url = typer.prompt(screen.say(ASK_URL), default=DEFAULT_URL, err=True)
        if key is None:
            key = typer.prompt(screen.say(ASK_KEY), hide_input=True, err=True)
        address = target(url, key).url
    with exit_on_failure(screen, address):
        with make_client(address, key, screen) as client:
            _check_key(client)
        save_profiles(load_profiles(screen).with_profile(profile, Login(address, key)))
        _say_chosen(screen, LOGGED_IN, profile, address)


def logout(
    profile: Annotated[
        str | None,
        typer.Option("--profile", metavar="NAME", help="Forget this login, not the active one."),
    ] = None,
    lang: Lang = None,
) -> None:
    """Forget a login. The key itself stays valid: keys revoke ends it."""
    screen = Screen(lang or language_of(), json=False)
    with exit_on_failure(screen):
        profiles = load_profiles(screen)
        name = profile or profiles.active
        if name is None:
            raise CommandFailed(ExitCode.NOT_LOGGED_IN, NOT_LOGGED_IN)
        save_profiles(profiles.without(name))
        screen.note(LOGGED_OUT, name=name)


@profiles_app.command("list")
def list_profiles(lang: Lang = None, json: Json = False) -> None:
    """List the saved logins, without their keys."""
    screen = Screen(lang or language_of(), json=json)
    with exit_on_failure(screen):
        profiles = load_profiles(screen)
        names = sorted(profiles.known)
        if json:
            for name in names:
                common.print_json(_shape(profiles, name))
        elif names:
            screen.print(_table(screen, profiles, names))
        else:
            screen.note(NO_PROFILES)


@profiles_app.command("use")
def use_profile(name: ProfileName, lang: Lang = None, json: Json = False) -> None:
    """Make a saved login the active one."""
    screen = Screen(lang or language_of(), json=json)
    with exit_on_failure(screen):
        profiles = load_profiles(screen).activate(name)
        save_profiles(profiles)
        _say_chosen(screen, IN_USE, name, profiles.get(name).url)


def _given_key(key_stdin: bool, key_file: Path | None) -> str | None:
    if key_stdin and key_file is not None:
        raise CommandFailed(ExitCode.USAGE, TWO_SOURCES)
    if key_stdin:
        return sys.stdin.readline().strip()
    if key_file is None:
        return None
    try:
        return key_file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise CommandFailed(ExitCode.USAGE, NO_KEY_FILE, file=key_file, cause=error) from None


def _require_terminal(complete: bool) -> None:
    if not complete and not common.is_interactive():
        raise CommandFailed(ExitCode.USAGE, NEEDS_TERMINAL)


def _check_key(client: "Client") -> None:
    """Raises AuthenticationError for a key that is not valid."""
    from openchannels.client import PermissionDenied

    # A valid key may lack the scope for accounts.
    with contextlib.suppress(PermissionDenied):
        client.accounts.list(limit=1)


def _say_chosen(screen: Screen, text: Text, name: str, url: str) -> None:
    from openchannels.cli.data.session import environment_holds_login

    if screen.json:
        common.print_json({"profile": name, "url": url})
    else:
        screen.note(text, name=name, url=url)
    if environment_holds_login():
        screen.note(ENVIRONMENT_WINS)


def _shape(profiles: Profiles, name: str) -> dict[str, object]:
    return {"name": name, "url": profiles.get(name).url, "active": name == profiles.active}


def _table(screen: Screen, profiles: Profiles, names: Sequence[str]) -> "Table":
    table = screen.table(ACTIVE, NAME, ADDRESS)
    for name in names:
        mark = "*" if name == profiles.active else ""
        table.add_row(mark, name, profiles.get(name).url)
    return table

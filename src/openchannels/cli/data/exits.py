"""Exit codes of the data commands, and what a failed call says to a person."""

import contextlib
from collections.abc import Iterator
from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from openchannels.core.platforms import Text

if TYPE_CHECKING:
    from openchannels.cli.data.output import Screen
    from openchannels.client import ApiError, ClientError


class ExitCode(IntEnum):
    """What a script learns from a command; the documents and the help list the same."""

    OK = 0
    REFUSED = 1
    USAGE = 2
    NOT_LOGGED_IN = 3
    NOT_FOUND = 4
    RECONNECT = 5
    TRY_LATER = 6
    NO_CONNECTION = 7


EXIT_CODES_HELP = (
    "Exit codes: 0 done, 1 refused by the service, 2 wrong usage, 3 not logged in or key refused, "
    "4 not found, 5 the account must be connected again, 6 try again later, 7 no connection."
)

NO_CONNECTION = Text("No connection to {url}: {cause}", "无法连接 {url}：{cause}")
UNUSABLE_ID = Text("An id is empty, or one or two dots.", "ID 不能为空，也不能是一个或两个点。")
NOT_LOGGED_IN = Text(
    "You are not logged in. Log in with: openchannels login",
    "尚未登录。请登录：openchannels login",
)
LOGIN_ADVICE = Text("Log in again with: openchannels login", "请重新登录：openchannels login")
KEY_FILE_ADVICE = Text(
    "The key in {file} is no longer valid: delete the file, and a new key is made.",
    "{file} 中的密钥已失效：删除该文件后会创建新的密钥。",
)
RETRY_AFTER = Text("Try again in {seconds} seconds.", "请在 {seconds} 秒后重试。")
REQUEST = Text("request {id}", "请求编号 {id}")


class CommandFailed(Exception):
    """A command cannot go on; it ends with the text and the exit code."""

    def __init__(self, code: ExitCode, text: Text, **values: object) -> None:
        self.code = code
        self.text = text
        self.values = values
        super().__init__(text.en.format(**values))


@contextlib.contextmanager
def exit_on_failure(
    screen: "Screen", url: str = "", key_file: Path | None = None
) -> Iterator[None]:
    """Ends the command with a message on standard error and the exit code of the failure.

    `url` is the service's address, which messages about a missing connection name. `key_file`
    holds the key if it is not from a login.
    """
    from openchannels.client import AuthenticationError, ClientError
    from openchannels.client.requests import UnusableId

    try:
        yield
    except CommandFailed as failed:
        screen.error(screen.say(failed.text, **failed.values))
        raise typer.Exit(failed.code) from None
    except UnusableId:
        screen.error(screen.say(UNUSABLE_ID))
        raise typer.Exit(ExitCode.USAGE) from None
    except ClientError as failed:
        for line in explain(failed, screen, url):
            screen.error(line)
        if isinstance(failed, AuthenticationError):
            advice = LOGIN_ADVICE if key_file is None else KEY_FILE_ADVICE
            screen.error(screen.say(advice, file=key_file))
        raise typer.Exit(exit_code(failed)) from None


def exit_code(error: "ClientError") -> ExitCode:
    """Returns the exit code of a failed call."""
    from openchannels import client

    codes: tuple[tuple[type[ClientError] | tuple[type[ClientError], ...], ExitCode], ...] = (
        ((client.ConfigurationError, client.ValidationError), ExitCode.USAGE),
        ((client.AuthenticationError, client.PermissionDenied), ExitCode.NOT_LOGGED_IN),
        (client.NotFound, ExitCode.NOT_FOUND),
        (client.ReconnectNeeded, ExitCode.RECONNECT),
        ((client.RateLimited, client.PlatformUnavailable), ExitCode.TRY_LATER),
        (client.ConnectionFailed, ExitCode.NO_CONNECTION),
    )
    for kinds, code in codes:
        if isinstance(error, kinds):
            return code
    if isinstance(error, client.ApiError) and error.retryable:
        return ExitCode.TRY_LATER
    return ExitCode.REFUSED


def explain(error: "ClientError", screen: "Screen", url: str) -> Iterator[str]:
    """Yields the lines about a failed call: what happened, then what to do."""
    from openchannels.client import ApiError, ConnectionFailed

    if isinstance(error, ApiError):
        yield from _explain_answer(error, screen)
    elif isinstance(error, ConnectionFailed):
        yield screen.say(NO_CONNECTION, url=url, cause=error)
    else:
        yield str(error)


def _explain_answer(error: "ApiError", screen: "Screen") -> Iterator[str]:
    from openchannels.client import ValidationError

    number = f"{error.code}"
    request = f", {screen.say(REQUEST, id=error.request_id)}" if error.request_id else ""
    yield f"{error.message} ({number}{request})"
    if detail := _in_language(error.data.get("detail"), screen):
        yield detail
    if isinstance(error, ValidationError):
        yield from (f"{issue.get('path')}: {issue.get('message')}" for issue in error.issues)
    if advice := _in_language(error.data.get("advice"), screen):
        yield advice
    if error.retry_after:
        yield screen.say(RETRY_AFTER, seconds=round(error.retry_after))


def _in_language(value: Any, screen: "Screen") -> str:
    """Returns a detail as text; some come in both languages."""
    if isinstance(value, dict):
        return screen.choose(value)
    return "" if value is None else str(value)

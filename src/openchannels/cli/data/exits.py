"""Exit codes of the data commands, and what a failed call says to a person."""

import contextlib
from collections.abc import Iterator
from enum import IntEnum
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
LOGIN_ADVICE = Text("Log in again with: openchannels login", "请重新登录：openchannels login")
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
def exit_on_failure(screen: "Screen", url: str = "") -> Iterator[None]:
    """Ends the command with a message on standard error and the exit code of the failure.

    `url` is the service's address, which messages about a missing connection name.
    """
    from openchannels.client import ClientError

    try:
        yield
    except CommandFailed as failed:
        screen.error(screen.say(failed.text, **failed.values))
        raise typer.Exit(failed.code) from None
    except ClientError as failed:
        for line in explain(failed, screen, url):
            screen.error(line)
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
    from openchannels.client import AuthenticationError, ReconnectNeeded, ValidationError

    number = f"{error.code}"
    request = f", {screen.say(REQUEST, id=error.request_id)}" if error.request_id else ""
    yield f"{error.message} ({number}{request})"
    if detail := _in_language(error.data.get("detail"), screen):
        yield detail
    if isinstance(error, ValidationError):
        yield from (f"{issue.get('path')}: {issue.get('message')}" for issue in error.issues)
    if isinstance(error, ReconnectNeeded) and (advice := _in_language(error.advice, screen)):
        yield advice
    if isinstance(error, AuthenticationError):
        yield screen.say(LOGIN_ADVICE)
    if error.retry_after:
        yield screen.say(RETRY_AFTER, seconds=round(error.retry_after))


def _in_language(value: Any, screen: "Screen") -> str:
    """Returns a detail as text; some come in both languages."""
    if isinstance(value, dict):
        return screen.choose(value)
    return "" if value is None else str(value)

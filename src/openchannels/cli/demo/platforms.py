"""`demo --platform`: connects single platforms and lists one page of works of each."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any
from urllib.parse import urlencode

from openchannels.app.demo import DemoPersona
from openchannels.cli.demo.flow import DemoFailed, authorize, choose, open_as_browser, wait
from openchannels.client import ApiError, AuthSession, Client, ClientError, Metrics, WorksPage
from openchannels.core import errors

EVIDENCE = ("operation", "httpStatus", "platformCode", "detail", "hint")


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """A connected account; `offered` is how many accounts were offered, 0 without a choice."""

    id: str
    name: str
    offered: int = 0


@dataclass(frozen=True, slots=True)
class PlatformResult:
    """The result for one platform; steps that were not reached are None."""

    platform: str
    account: DemoAccount | None = None
    page: WorksPage | None = None
    calls: int | None = None
    """Number of calls to the platform for that page."""
    no_works_reason: str | None = None
    """Why works of this platform cannot be listed."""
    failure: str | None = None

    @property
    def metrics(self) -> tuple[str, ...]:
        """Names of the metrics that at least one work of the page has."""
        works = self.page.items if self.page else ()
        every = [one.name for one in fields(Metrics)]
        return tuple(
            name for name in every if any(getattr(w.metrics, name) is not None for w in works)
        )


def connect_platforms(
    client: Client, sandbox_url: str, personas: Mapping[str, DemoPersona]
) -> Iterator[PlatformResult]:
    """Connects each platform and lists a page; a failure does not stop the others."""
    for platform, persona in personas.items():
        result = PlatformResult(platform)
        try:
            account = connect_platform(client, sandbox_url, platform, persona)
            result = replace(result, account=account)
            yield _list_page(client, sandbox_url, result, account, persona)
        except ApiError as failed:
            yield replace(result, failure=_error_text(str(failed), failed.data))
        except (ClientError, DemoFailed) as failed:
            yield replace(result, failure=str(failed))


def connect_platform(
    client: Client, sandbox_url: str, platform: str, persona: DemoPersona
) -> DemoAccount:
    by = _create_plugin_account if persona.is_plugin else _connect_by_browser
    account = by(client, sandbox_url, platform, persona)
    status = client.accounts.status(account.id)
    if status.status != 1:
        raise DemoFailed(f"connected, but the account does not work: {status.reason}")
    return account


def _connect_by_browser(
    client: Client, _sandbox_url: str, platform: str, persona: DemoPersona
) -> DemoAccount:
    """Connects by approving in a browser, then selects an account where several are offered."""
    connection = authorize(client, platform, f"&sandbox_person={persona.person}")
    session = wait(connection)
    offered = session.selectable_accounts if session.requires_selection else ()
    if offered:
        picks = [one for one in offered if one.platform_uid.startswith(persona.chosen)][:1]
        session = choose(connection, picks)
    return _account_of(session, len(offered))


def _account_of(session: AuthSession, offered: int) -> DemoAccount:
    if session.status != "completed" or not session.accounts:
        text = _error_text(str(session.error_message), session.error_data)
        raise DemoFailed(f"{session.status}: {text}")
    account = session.accounts[0]
    return DemoAccount(account.account_id, account.display_name, offered)


def _create_plugin_account(
    client: Client, sandbox_url: str, platform: str, persona: DemoPersona
) -> DemoAccount:
    """Connects with what a browser plug-in reads: the cookie, and the user id where it is shown."""
    login = _fetch_json(f"{sandbox_url}/_world/{platform}/{persona.person}")
    made = client.accounts.create(
        platform,
        uid=login.get("userId"),
        nickname=login.get("name"),
        login_cookie=login["cookie"],
    )
    return DemoAccount(made.id, made.nickname)


def _list_page(
    client: Client,
    sandbox_url: str,
    result: PlatformResult,
    account: DemoAccount,
    persona: DemoPersona,
) -> PlatformResult:
    """Returns the result with a page of default length, or with the reason why there is none."""
    before = _calls(sandbox_url)
    try:
        page = client.works.list(result.platform, account.id)
    except ApiError as refused:
        if persona.lists_works or refused.code != errors.OPERATION_NOT_SUPPORTED.number:
            raise
        return replace(result, no_works_reason=_text(refused.data.get("detail")) or refused.message)
    if not page.items:
        raise DemoFailed("connected, but no work was listed")
    return replace(result, page=page, calls=_calls(sandbox_url) - before)


def _error_text(message: str, data: Mapping[str, Any]) -> str:
    """Returns an error message with the platform's own details."""
    evidence = [_text(data.get(name)) for name in EVIDENCE]
    return ", ".join([message, *filter(None, evidence)])


def _text(value: Any) -> str:
    """Returns a detail as text; some come in both languages."""
    if isinstance(value, Mapping):
        value = value.get("en-US")
    return "" if value is None else str(value)


def works_path(result: PlatformResult) -> str:
    """Returns a path to try next, below /channels: works, or the account's status."""
    assert result.account is not None
    if result.page is None:
        return f"accounts/{result.account.id}/auth-status"
    return f"works/{result.platform}?{urlencode({'accountId': result.account.id})}"


def _calls(sandbox_url: str) -> int:
    total: int = _fetch_json(f"{sandbox_url}/_calls")["total"]
    return total


def _fetch_json(url: str) -> Any:
    return json.loads(open_as_browser(url))

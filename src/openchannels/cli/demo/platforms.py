"""`demo --platform`: each platform connected in its own way, and what one page of works holds."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any
from urllib.parse import urlencode

from openchannels.app.demo import DemoPersona
from openchannels.cli.demo.flow import JourneyFailed, browse, choose, consent
from openchannels.client import ApiError, AuthSession, Client, ClientError, Metrics, WorksPage

NOT_LISTED = 15080
EVIDENCE = ("operation", "httpStatus", "platformCode", "detail", "hint")


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """A connected account; `offered` is among how many it was chosen, 0 without a choice."""

    id: str
    name: str
    offered: int = 0


@dataclass(frozen=True, slots=True)
class Finding:
    """What came of one platform; what is None was not got to."""

    platform: str
    account: DemoAccount | None = None
    page: WorksPage | None = None
    calls: int | None = None
    """Calls of the service at the platform for that page."""
    absence: str | None = None
    """Why a platform that cannot list works does not."""
    failure: str | None = None

    @property
    def metrics(self) -> tuple[str, ...]:
        """Names of the metrics that at least one work of the page has."""
        works = self.page.items if self.page else ()
        every = [one.name for one in fields(Metrics)]
        return tuple(
            name for name in every if any(getattr(w.metrics, name) is not None for w in works)
        )


def survey(
    client: Client, sandbox_url: str, personas: Mapping[str, DemoPersona]
) -> Iterator[Finding]:
    """Connect each platform and list a page; one that fails does not stop the others."""
    for platform, persona in personas.items():
        finding = Finding(platform)
        try:
            account = _connected(client, sandbox_url, platform, persona)
            finding = replace(finding, account=account)
            yield _listed(client, sandbox_url, finding, account, persona)
        except ApiError as failed:
            yield replace(finding, failure=_told(str(failed), failed.data))
        except (ClientError, JourneyFailed) as failed:
            yield replace(finding, failure=str(failed))


def _connected(client: Client, sandbox_url: str, platform: str, way: DemoPersona) -> DemoAccount:
    by = _hand_in if way.is_plugin else _authorize
    account = by(client, sandbox_url, platform, way)
    status = client.auth_status(account.id)
    if status.status != 1:
        raise JourneyFailed(f"connected, but the account does not work: {status.reason}")
    return account


def _authorize(client: Client, _sandbox_url: str, platform: str, way: DemoPersona) -> DemoAccount:
    """By consent, then a choice where one is offered."""
    session = consent(client, platform, f"&sandbox_person={way.person}")
    offered = session.selectable_accounts if session.requires_selection else ()
    if offered:
        picks = [one for one in offered if one.platform_uid.startswith(way.chosen)][:1]
        session = choose(client, platform, session, picks)
    return _account_of(session, len(offered))


def _account_of(session: AuthSession, offered: int) -> DemoAccount:
    if session.status != "completed" or not session.accounts:
        told = _told(str(session.error_message), session.error_data)
        raise JourneyFailed(f"{session.status}: {told}")
    account = session.accounts[0]
    return DemoAccount(account.account_id, account.display_name, offered)


def _hand_in(client: Client, sandbox_url: str, platform: str, way: DemoPersona) -> DemoAccount:
    """By what a browser plug-in finds: the cookie, and the user id where the site shows one."""
    world = _read(f"{sandbox_url}/_world/{platform}/{way.person}")
    made = client.create_account(
        platform,
        uid=world.get("userId"),
        nickname=world.get("name"),
        login_cookie=world["cookie"],
    )
    return DemoAccount(made.id, made.nickname)


def _listed(
    client: Client,
    sandbox_url: str,
    finding: Finding,
    account: DemoAccount,
    persona: DemoPersona,
) -> Finding:
    """The finding with a page of the platform's usual length, or with why there is none."""
    before = _calls(sandbox_url)
    try:
        page = client.works(finding.platform, account.id)
    except ApiError as refused:
        if persona.lists_works or refused.code != NOT_LISTED:
            raise
        return replace(finding, absence=_text(refused.data.get("detail")) or refused.message)
    if not page.items:
        raise JourneyFailed("connected, but no work was listed")
    return replace(finding, page=page, calls=_calls(sandbox_url) - before)


def _told(message: str, data: Mapping[str, Any]) -> str:
    """A refusal with what is known of the platform's own."""
    evidence = [_text(data.get(name)) for name in EVIDENCE]
    return ", ".join([message, *filter(None, evidence)])


def _text(value: Any) -> str:
    """A detail; that of a refused operation comes in both languages."""
    if isinstance(value, Mapping):
        value = value.get("en-US")
    return "" if value is None else str(value)


def works_path(finding: Finding) -> str:
    """What to ask the service for next, below its channels: works, or the account's state."""
    assert finding.account is not None
    if finding.page is None:
        return f"accounts/{finding.account.id}/auth-status"
    return f"works/{finding.platform}?{urlencode({'accountId': finding.account.id})}"


def _calls(sandbox_url: str) -> int:
    total: int = _read(f"{sandbox_url}/_calls")["total"]
    return total


def _read(url: str) -> Any:
    return json.loads(browse(url))

"""Connects accounts and lists works through the API, as an integrator's back end would."""

import json
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http.cookiejar import CookieJar

from openchannels.client import (
    AuthSession,
    AuthStatus,
    Client,
    PendingConnection,
    SelectableAccount,
    WorksPage,
)

TIMEOUT = 20.0
PAGES = 2
PAGE_LENGTH = 6


class DemoFailed(Exception):
    """A step of the demo failed; the text says which."""


@dataclass(frozen=True, slots=True)
class DemoResult:
    """A connected account, its status, its followers if they are told, and pages of works."""

    platform: str
    account_id: str
    name: str
    status: AuthStatus
    followers: int | None = None
    pages: tuple[WorksPage, ...] = ()


Report = Callable[[str], None]


def run_demo(client: Client, report: Report) -> list[DemoResult]:
    """Connects youtube, facebook and xhs and lists works. Raises ClientError and DemoFailed."""
    youtube = connect(client, "youtube", "", report)
    facebook = connect(client, "facebook", "&sandbox_person=mara", report)
    accounts = [
        *_list_works(client, "youtube", youtube),
        *_list_works(client, "facebook", facebook),
    ]
    made = client.accounts.create("xhs", uid="5f3c00000000000001008a2d", nickname="川西骑行志")
    report(f"xhs: connected {made.nickname} as a browser plug-in would")
    status = client.accounts.status(made.id)
    return [*accounts, DemoResult("xhs", made.id, made.nickname, status)]


def connect(client: Client, platform: str, sandbox: str, report: Report) -> AuthSession:
    """Connects accounts: approves in a browser, selects if asked, waits until completed."""
    report(f"{platform}: started, approving in a browser")
    connection = authorize(client, platform, sandbox)
    session = wait(connection)
    if session.requires_selection:
        offered = session.selectable_accounts
        report(f"{platform}: {len(offered)} accounts to choose from, taking two")
        session = choose(connection, offered[:2])
    if session.status != "completed":
        raise DemoFailed(f"{platform}: {session.status}, {session.error_message}")
    names = ", ".join(account.display_name for account in session.accounts)
    report(f"{platform}: connected {names}")
    return session


def authorize(client: Client, platform: str, sandbox: str) -> PendingConnection:
    """Starts a connection and approves it."""
    connection = client.connect(platform)
    open_as_browser(f"{connection.url}&sandbox_decision=approve{sandbox}")
    return connection


def wait(connection: PendingConnection) -> AuthSession:
    """Returns the session once it has ended or asks for a choice."""
    return connection.wait(timeout=TIMEOUT, poll=0.1)


def choose(connection: PendingConnection, picks: Sequence[SelectableAccount]) -> AuthSession:
    """Selects accounts that a session offers; returns the ended session."""
    connection.select(picks)
    return wait(connection)


def push_to(sandbox_url: str, service_url: str) -> None:
    """Lets the sandbox send the platforms' webhooks to the service. Raises DemoFailed."""
    body, headers = json.dumps({"to": service_url}).encode(), {"Content-Type": "application/json"}
    address = f"{sandbox_url}/_webhooks"
    open_as_browser(urllib.request.Request(address, body, headers, method="PUT"))  # noqa: S310


def open_as_browser(url: str | urllib.request.Request) -> bytes:
    """Opens a page as a browser does: follows redirects and keeps cookies."""
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(CookieJar())
    )
    try:
        with opener.open(url, timeout=TIMEOUT) as page:
            content: bytes = page.read()
    except OSError as error:
        raise DemoFailed(f"the browser failed: {error}") from None
    return content


def _list_works(client: Client, platform: str, session: AuthSession) -> list[DemoResult]:
    found: list[DemoResult] = []
    for account in session.accounts:
        status = client.accounts.status(account.account_id)
        # Works are listed for the first account only, to keep the output short.
        pages = () if found else first_pages(client, platform, account.account_id)
        followers = client.accounts.analytics(account.account_id).metrics.fans_count
        names = account.account_id, account.display_name
        found.append(DemoResult(platform, *names, status, followers, pages))
    return found


def first_pages(client: Client, platform: str, account_id: str) -> tuple[WorksPage, ...]:
    """Returns the first pages of an account's works."""
    pages: list[WorksPage] = []
    cursor = None
    while len(pages) < PAGES:
        page = client.works.list(platform, account_id, limit=PAGE_LENGTH, cursor=cursor)
        pages.append(page)
        cursor = page.pagination.next_cursor
        if cursor is None:
            break
    return tuple(pages)

"""The demo's way through the API: connect accounts as a tool builder's back end would."""

import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http.cookiejar import CookieJar

from openchannels.client import AuthSession, AuthStatus, Client, SelectableAccount, WorksPage

TIMEOUT = 20.0
PAGES = 2
PAGE_LENGTH = 6


class JourneyFailed(Exception):
    """A step did not come out as it should; the text says which."""


@dataclass(frozen=True, slots=True)
class Connected:
    """An account, whether it works, and its first pages of works."""

    platform: str
    account_id: str
    name: str
    status: AuthStatus
    pages: tuple[WorksPage, ...] = ()


Told = Callable[[str], None]


def travel(client: Client, tell: Told) -> list[Connected]:
    """Connect youtube, facebook and xhs, and list works. Raises ClientError and JourneyFailed."""
    youtube = connect(client, "youtube", "", tell)
    facebook = connect(client, "facebook", "&sandbox_person=mara", tell)
    accounts = [*_listed(client, "youtube", youtube), *_listed(client, "facebook", facebook)]
    made = client.create_account("xhs", uid="5f3c00000000000001008a2d", nickname="川西骑行志")
    tell(f"xhs: handed in {made.nickname} as a browser plug-in would")
    status = client.auth_status(made.id)
    return [*accounts, Connected("xhs", made.id, made.nickname, status)]


def connect(client: Client, platform: str, sandbox: str, tell: Told) -> AuthSession:
    """Consent as a person's browser would, choose if asked, until completed."""
    tell(f"{platform}: started, the person consents")
    session = consent(client, platform, sandbox)
    if session.requires_selection:
        offered = session.selectable_accounts
        tell(f"{platform}: {len(offered)} accounts to choose from, taking two")
        session = choose(client, platform, session, offered[:2])
    if session.status != "completed":
        raise JourneyFailed(f"{platform}: {session.status}, {session.error_message}")
    names = ", ".join(account.display_name for account in session.accounts)
    tell(f"{platform}: connected {names}")
    return session


def consent(client: Client, platform: str, sandbox: str) -> AuthSession:
    """Start and approve; the session has ended then, or asks for a choice."""
    started = client.start(platform)
    browse(f"{started.url}&sandbox_decision=approve{sandbox}")
    return client.wait(platform, started.session_id, timeout=TIMEOUT, poll=0.1)


def choose(
    client: Client, platform: str, session: AuthSession, picks: Sequence[SelectableAccount]
) -> AuthSession:
    """Take some of the accounts that a session offers; the session as it ended."""
    client.select(session.session_id, picks)
    return client.wait(platform, session.session_id, timeout=TIMEOUT, poll=0.1)


def browse(url: str) -> bytes:
    """Open a page with a browser's manners: redirects are followed, cookies kept."""
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(CookieJar())
    )
    try:
        with opener.open(url, timeout=TIMEOUT) as page:
            content: bytes = page.read()
    except OSError as error:
        raise JourneyFailed(f"the browser met: {error}") from None
    return content


def _listed(client: Client, platform: str, session: AuthSession) -> list[Connected]:
    found: list[Connected] = []
    for account in session.accounts:
        status = client.auth_status(account.account_id)
        # Of several Pages the first is listed: two tables show enough.
        pages = () if found else pages_of(client, platform, account.account_id)
        found.append(Connected(platform, account.account_id, account.display_name, status, pages))
    return found


def pages_of(client: Client, platform: str, account_id: str) -> tuple[WorksPage, ...]:
    """The first pages of an account's works."""
    pages: list[WorksPage] = []
    cursor = None
    while len(pages) < PAGES:
        page = client.works(platform, account_id, limit=PAGE_LENGTH, cursor=cursor)
        pages.append(page)
        cursor = page.pagination.next_cursor
        if cursor is None:
            break
    return tuple(pages)

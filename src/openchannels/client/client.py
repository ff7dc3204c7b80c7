"""The client: one method per operation, and two helpers that poll or page."""

import time
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from types import TracebackType
from typing import Any, Self, TypeVar
from urllib.parse import urlsplit

import httpx2

from openchannels.client.assets import Assets
from openchannels.client.decoding import decode
from openchannels.client.encoding import iso_time, segment, without_none
from openchannels.client.errors import ApiError, TransportError, WaitTimeout
from openchannels.client.groups import Groups
from openchannels.client.insights import Insights
from openchannels.client.models import (
    Account,
    AccountPage,
    AuthSession,
    AuthStart,
    AuthStatus,
    LinkInfo,
    Pick,
    SelectableAccount,
    Work,
    WorksPage,
)
from openchannels.client.options import Options
from openchannels.client.platforms import OptionSource, Platform
from openchannels.client.webhooks import EventPage, Webhooks

T = TypeVar("T")

CHANNELS = "/api/v2/channels"
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class Client:
    """A synchronous client of one openchannels service, for one API key.

    Every method raises ApiError and TransportError. Nothing is retried but the parts of an upload.
    One client may serve several threads.
    """

    def __init__(
        self,
        base_url: str,
        api_key: str,
        *,
        timeout: float = 30.0,
        language: str | None = None,
    ) -> None:
        """`timeout` is in seconds per request; `language` is for messages: `en-US` or `zh-CN`.

        White space around the key is removed, as the end of a line in a file. Raises ValueError for
        a key that no header can hold.
        """
        headers = {"X-Api-Key": _checked_key(api_key), "User-Agent": "openchannels-python"}
        if language is not None:
            headers["Accept-Language"] = language
        # A proxy from the environment cannot reach services on this machine.
        local = urlsplit(base_url).hostname in LOOPBACK
        self._http = httpx2.Client(
            base_url=base_url, headers=headers, timeout=timeout, trust_env=not local
        )
        self.groups = Groups(self._call)
        self.assets = Assets(self._call, timeout)
        self.insights = Insights(self._call)
        self.options = Options(self._call)
        self.webhooks = Webhooks(self._call)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    # Connecting accounts

    def start(
        self,
        platform: str,
        callback_url: str | None = None,
        redirect_uri: str | None = None,
        group_id: str | None = None,
    ) -> AuthStart:
        """Starts connecting an account; show the result's `url` to the person."""
        query = {"callbackUrl": callback_url, "redirectUri": redirect_uri, "groupId": group_id}
        return self._get(AuthStart, f"{CHANNELS}/accounts/auth/{segment(platform)}", query)

    def session(self, platform: str, session_id: str) -> AuthSession:
        """Returns the status of an authorization."""
        path = f"{CHANNELS}/accounts/auth/{segment(platform)}/status/{segment(session_id)}"
        return self._get(AuthSession, path)

    def wait(
        self, platform: str, session_id: str, *, timeout: float, poll: float = 1.0
    ) -> AuthSession:
        """Polls until the authorization has ended or asks for a choice of accounts.

        Both times are in seconds. Raises WaitTimeout when neither happens within `timeout`.
        """
        deadline = time.monotonic() + timeout
        while True:
            session = self.session(platform, session_id)
            if session.ended or session.requires_selection:
                return session
            left = deadline - time.monotonic()
            if left <= 0:
                raise WaitTimeout(session)
            time.sleep(min(poll, left))

    def select(self, session_id: str, picks: Iterable[Pick | SelectableAccount]) -> AuthSession:
        """Connects the picked accounts that a session offers: all of them, or none on an error."""
        accounts = [
            without_none({"platformUid": pick.platform_uid, "account": pick.account})
            for pick in picks
        ]
        body = {"sessionId": session_id, "accounts": accounts}
        return self._post(AuthSession, f"{CHANNELS}/accounts/auth/selections", body)

    def create_account(
        self,
        platform: str,
        *,
        uid: str | None = None,
        nickname: str | None = None,
        avatar: str | None = None,
        group_id: str | None = None,
        login_cookie: str | None = None,
    ) -> Account:
        """Creates an account of a platform that a browser plug-in connects."""
        body = {
            "type": platform,
            "uid": uid,
            "nickname": nickname,
            "avatar": avatar,
            "groupId": group_id,
            "loginCookie": login_cookie,
        }
        return self._post(Account, f"{CHANNELS}/accounts", without_none(body))

    # Using accounts

    def accounts(
        self,
        ids: Iterable[str] = (),
        *,
        group_ids: Iterable[str] = (),
        platforms: Iterable[str] = (),
        status: int | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> AccountPage:
        """Returns a page of accounts with their status: by id, else by group, else by the rest."""
        query = {
            "ids[]": [*ids] or None,
            "spaceIds[]": [*group_ids] or None,
            "types[]": [*platforms] or None,
            "status": status,
            "limit": limit,
            "cursor": cursor,
        }
        return self._get(AccountPage, f"{CHANNELS}/accounts", query)

    def account(self, account_id: str) -> Account:
        return self._get(Account, f"{CHANNELS}/accounts/{segment(account_id)}")

    def update_account(
        self,
        account_id: str,
        *,
        nickname: str | None = None,
        avatar: str | None = None,
        group_id: str | None = None,
        rank: int | None = None,
    ) -> Account:
        """Changes the given properties, which stay when the account is connected again."""
        body = {"nickname": nickname, "avatar": avatar, "groupId": group_id, "rank": rank}
        path = f"{CHANNELS}/accounts/{segment(account_id)}"
        return self._call(Account, "PATCH", path, json=without_none(body))

    def auth_status(self, account_id: str) -> AuthStatus:
        """Returns whether an account works now, and why not."""
        return self._get(AuthStatus, f"{CHANNELS}/accounts/{segment(account_id)}/auth-status")

    def works(
        self,
        platform: str,
        account_id: str,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        direction: str | None = None,
        page: int | None = None,
        page_size: int | None = None,
        content_mode: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> WorksPage:
        """Returns one page of an account's works, of those published from `since` to `until`.

        A platform pages by `limit`, `cursor` and `direction`, or by `page` and `page_size`, which
        go together. Both times are with a time zone, and `until` itself is not within.
        """
        query = {
            "accountId": account_id,
            "limit": limit,
            "cursor": cursor,
            "direction": direction,
            "page": page,
            "pageSize": page_size,
            "contentMode": content_mode,
            "since": iso_time(since),
            "until": iso_time(until),
        }
        return self._get(WorksPage, f"{CHANNELS}/works/{segment(platform)}", query)

    def iter_works(
        self,
        platform: str,
        account_id: str,
        *,
        limit: int | None = None,
        page_size: int | None = None,
        content_mode: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> Iterator[Work]:
        """Yields all works of an account, page by page, for either kind of paging.

        `limit` is the page length for platforms that page by cursor, else `page_size`. Times are as
        for `works`.
        """
        chosen: dict[str, Any] = {"content_mode": content_mode, "since": since, "until": until}
        position: dict[str, Any] = {"limit": limit, "page_size": page_size}
        if page_size is not None:
            position["page"] = 1
        while True:
            found = self.works(platform, account_id, **chosen, **position)
            yield from found.items
            at = found.pagination
            if not at.has_next:
                return
            if at.mode == "page":
                position |= {"page": (at.page or 1) + 1, "page_size": at.page_size}
            elif at.next_cursor in (None, position.get("cursor")):
                raise TransportError("the answer has a next page but no new cursor")
            else:
                position["cursor"] = at.next_cursor

    def link_info(self, platform: str, link: str, account_id: str | None = None) -> LinkInfo:
        """Returns which work a public link or a short link names."""
        query = {"platform": platform, "link": link, "accountId": account_id}
        return self._get(LinkInfo, f"{CHANNELS}/works/link-info", query)

    # Platforms

    def platforms(self) -> tuple[Platform, ...]:
        """Returns the platforms: what each accepts, and what can be done with it here."""
        return self._get(tuple[Platform, ...], f"{CHANNELS}/platforms")

    def publish_options(self, platform: str) -> tuple[OptionSource, ...]:
        """Returns a platform's publish options whose values are the account's or its own."""
        path = f"{CHANNELS}/platforms/{segment(platform)}/publish-options"
        return self._get(tuple[OptionSource, ...], path)

    # Events

    def events(self, after: int = 0, *, limit: int | None = None) -> EventPage:
        """Returns events after a sequence, for clients that poll instead of using webhooks."""
        return self._get(EventPage, f"{CHANNELS}/events", {"after": after, "limit": limit})

    # Calls

    def _get(self, shape: type[T], path: str, query: Mapping[str, Any] | None = None) -> T:
        return self._call(shape, "GET", path, params=without_none(query or {}))

    def _post(self, shape: type[T], path: str, body: Mapping[str, Any]) -> T:
        return self._call(shape, "POST", path, json=body)

    def _call(self, shape: type[T], method: str, path: str, **options: Any) -> T:
        response = self._send(method, path, options)
        try:
            envelope = response.json()
            code, data = envelope["code"], envelope["data"]
            if code == 0:
                return decode(shape, data)
            request_id = envelope.get("requestId") or response.headers.get("x-request-id")
            failure = ApiError(code, str(envelope["message"]), data or {}, request_id)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise TransportError(
                f"the answer (HTTP {response.status_code}) is not from openchannels"
            ) from error
        raise failure

    def _send(self, method: str, path: str, options: Mapping[str, Any]) -> httpx2.Response:
        try:
            return self._http.request(method, path, **options)
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            failure = TransportError(f"{type(error).__name__}: {error}")
        # Raised outside of the handler: the library's exception holds the request with the key.
        raise failure


def _checked_key(api_key: str) -> str:
    """Returns the key as a header's value. The error does not show it, for it is a secret."""
    key = api_key.strip()
    if not key or not all("!" <= character <= "~" for character in key):
        raise ValueError("the API key must be printable ASCII characters without blanks")
    return key

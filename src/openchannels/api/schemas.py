"""The shapes on the wire. These types serve the routes and make the OpenAPI document.

Names become camelCase; a field that is None is left out. Times are ISO 8601 UTC texts.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct, field

from openchannels.core.accounts import Account
from openchannels.core.availability import Field
from openchannels.core.clock import iso
from openchannels.core.platforms import Locale, Text
from openchannels.core.sessions import AuthSession
from openchannels.core.works import Metrics, Work
from openchannels.service.availability import PlatformAvailability
from openchannels.service.sessions import Standing, Started, standing
from openchannels.service.standing import AuthState
from openchannels.service.works import Listed

PlatformName = Literal[
    "douyin", "xhs", "wxSph", "KWAI", "youtube", "wxGzh", "bilibili", "twitter", "tiktok",
    "facebook", "instagram", "threads", "pinterest", "linkedin", "google_business",
]  # fmt: skip
Filled = Annotated[str, Meta(min_length=1)]
Address = Annotated[str, Meta(extra_json_schema={"format": "uri"})]
Moment = Annotated[str, Meta(extra_json_schema={"format": "date-time"})]
Count = Annotated[int, Meta(ge=0)]


class Wire(Struct, rename="camel", omit_defaults=True):
    """Base of all shapes."""


class CreateAccount(Wire, kw_only=True):
    """What a browser plug-in's account is made of."""

    type: PlatformName
    uid: Filled | msgspec.UnsetType = msgspec.UNSET
    nickname: Filled | msgspec.UnsetType = msgspec.UNSET
    avatar: str | msgspec.UnsetType = msgspec.UNSET
    group_id: str | msgspec.UnsetType = msgspec.UNSET
    login_cookie: (
        Annotated[
            str,
            Meta(
                min_length=1,
                description="The creator's login cookies, as a Cookie header's text or a JSON"
                " array of name/value objects. Stored sealed, never returned.",
            ),
        ]
        | msgspec.UnsetType
    ) = msgspec.UNSET


class AccountsQuery(Wire, kw_only=True):
    """Which accounts to list: by `ids`, else by `spaceIds`, else by all the other filters."""

    ids: (
        Annotated[list[Filled], Meta(description="Ids of accounts; other filters are ignored.")]
        | msgspec.UnsetType
    ) = msgspec.UNSET
    space_ids: (
        Annotated[list[Filled], Meta(description="Ids of groups; the filters below are ignored.")]
        | msgspec.UnsetType
    ) = msgspec.UNSET
    types: Annotated[list[PlatformName], Meta(description="Platforms.")] | msgspec.UnsetType = (
        msgspec.UNSET
    )
    status: (
        Annotated[Literal[0, 1], Meta(description="1 works, 0 does not.")] | msgspec.UnsetType
    ) = msgspec.UNSET
    group_id: Annotated[str, Meta(description="Id of a group.")] | msgspec.UnsetType = msgspec.UNSET


REVOKE_NOTE = "`false` leaves the grant at the platform as it is; it is revoked otherwise."


class DeleteQuery(Wire, kw_only=True):
    """How an account is deleted."""

    revoke: Annotated[bool, Meta(description=REVOKE_NOTE)] | msgspec.UnsetType = msgspec.UNSET


class DeleteManyQuery(Wire, kw_only=True):
    """Which accounts are deleted, and how."""

    ids: Annotated[list[Filled], Meta(min_length=1, description="Ids of accounts.")]
    revoke: Annotated[bool, Meta(description=REVOKE_NOTE)] | msgspec.UnsetType = msgspec.UNSET


class RevokeQuery(Wire, kw_only=True):
    """Whether other accounts may go offline too."""

    siblings: (
        Annotated[
            bool, Meta(description="`true` accepts that your other accounts on the grant end too.")
        ]
        | msgspec.UnsetType
    ) = msgspec.UNSET


class StartQuery(Wire, kw_only=True):
    """How an authorization is to end."""

    callback_url: (
        Annotated[Address, Meta(description="The browser posts the signed result there as a form.")]
        | msgspec.UnsetType
    ) = msgspec.UNSET
    redirect_uri: (
        Annotated[
            Address, Meta(description="The browser goes there with the result as query parameters.")
        ]
        | msgspec.UnsetType
    ) = msgspec.UNSET
    group_id: (
        Annotated[
            str, Meta(description="Group to put the accounts into; the default group otherwise.")
        ]
        | msgspec.UnsetType
    ) = msgspec.UNSET


class SessionsQuery(Wire, kw_only=True):
    """Which of the caller's sessions to list."""

    limit: (
        Annotated[int, Meta(ge=1, le=100, description="How many at most; 20 by default.")]
        | msgspec.UnsetType
    ) = msgspec.UNSET
    status: (
        Annotated[
            Literal["pending", "completed", "failed"],
            Meta(description="Only sessions that stand so."),
        ]
        | msgspec.UnsetType
    ) = msgspec.UNSET
    platform: (
        Annotated[PlatformName, Meta(description="Only this platform's sessions.")]
        | msgspec.UnsetType
    ) = msgspec.UNSET


class WorksQuery(Wire, kw_only=True):
    """Whose works, and which kind where a platform keeps two lists."""

    account_id: Annotated[Filled, Meta(description="Id of the account whose works to list.")]
    content_mode: (
        Annotated[
            Literal["video", "article"],
            Meta(description="wxSph only: `article` lists image posts, which are a list apart."),
        ]
        | msgspec.UnsetType
    ) = msgspec.UNSET


class SelectedAccount(Wire, kw_only=True):
    """One chosen account, named as it was offered."""

    platform_uid: Filled
    account: str | msgspec.UnsetType = msgspec.UNSET


class Selection(Wire, kw_only=True):
    """The choice among the accounts that a session offers."""

    session_id: Filled
    accounts: list[SelectedAccount]


class AccountVo(Wire, kw_only=True):
    """A connected account. Counters that the platform does not tell are left out."""

    id: str
    user_id: str
    type: PlatformName
    client_type: Literal["web", "app"] | None = None
    uid: str
    account: str | None = None
    login_time: Moment | None = None
    avatar: str | None = None
    nickname: str
    fans_count: Count | None = None
    following_count: Count | None = None
    read_count: Count | None = None
    like_count: Count | None = None
    collect_count: Count | None = None
    forward_count: Count | None = None
    comment_count: Count | None = None
    last_stats_time: Moment | None = None
    work_count: Count | None = None
    group_id: str
    status: Annotated[int, Meta(description="1 normal, 0 abnormal.")]
    rank: int
    created_at: Moment
    updated_at: Moment


class AccountList(Wire, kw_only=True):
    """Accounts, the first thousand at most; `total` counts them all."""

    total: Count
    list: list[AccountVo]


class DeletedVo(Wire, kw_only=True):
    """Which accounts were deleted; those of others are passed over."""

    deleted: list[str]


class RevokedVo(Wire, kw_only=True):
    """Whether the platform ended the grant, what else rests on it, and what kept it from ending.

    `siblings` and `grant_shared`: nothing was changed. All other reasons: the account is offline
    here, and at the platform nothing was ended.
    """

    revoked: bool
    siblings: Annotated[list[str], Meta(description="Your other accounts on the same grant.")]
    reason: (
        Literal[
            "siblings",
            "grant_shared",
            "not_supported",
            "not_configured",
            "grant_dead",
            "refused",
        ]
        | None
    ) = None


class AuthStart(Wire, kw_only=True):
    """A session just opened. Show `url` to the person, then poll the status."""

    url: str
    session_id: str
    expires_at: Moment
    auth_instructions: dict[Locale, str] | None = None


class ConnectedAccount(Wire, kw_only=True):
    """An account that a session connected."""

    account_id: str
    platform: PlatformName
    platform_uid: str
    account: str | None = None
    display_name: str
    avatar_url: str | None = None


class SelectableAccount(Wire, kw_only=True):
    """An account that a session offers."""

    platform: PlatformName
    platform_uid: str
    account: str | None = None
    display_name: str
    avatar_url: str | None = None
    parent_platform_uid: str | None = None


class AuthSessionStatus(Wire, kw_only=True):
    """How an authorization stands. `requiresSelection` asks for a choice of accounts."""

    session_id: str
    status: Literal["pending", "completed", "failed"]
    requires_selection: bool
    error_code: int | None = None
    error_message: str | None = None
    error_data: dict[str, Any] | None = None
    expires_at: Moment | None = None
    account_id: str | None = None
    account_ids: list[str] | None = None
    accounts: list[ConnectedAccount] | None = None
    selectable_accounts: list[SelectableAccount] | None = None


class ListedSession(AuthSessionStatus, kw_only=True):
    """A session in a list: its platform and beginning, and how it stands."""

    platform: PlatformName
    created_at: Moment


class SessionList(Wire, kw_only=True):
    """The caller's sessions, newest first."""

    list: list[ListedSession]


class Evidence(Wire, kw_only=True):
    """What the platform answered when the account was taken offline, as far as it told."""

    operation: str | None = None
    http_status: int | None = None
    platform_code: str | None = None
    platform_request_id: str | None = None
    at: Moment | None = None


class AuthStatus(Wire, kw_only=True):
    """Whether an account works now: 1 or 0, with what is known of why and until when."""

    status: Annotated[Literal[0, 1], Meta(description="1 works, 0 does not.")]
    reason: (
        Annotated[
            Literal[
                "grant_dead",
                "grant_ended",
                "cookie_dead",
                "scope_missing",
                "credential_missing",
                "refresh_lost",
                "revoked",
                "reconnect_advised",
            ],
            Meta(
                description="Why it does not work; `reconnect_advised` (status 1): it soon won't."
            ),
        ]
        | None
    ) = None
    expires_at: Annotated[Moment, Meta(description="End of the access token.")] | None = None
    refresh_expires_at: (
        Annotated[Moment, Meta(description="The day a person must log in again.")] | None
    ) = None
    scopes: list[str] | None = None
    missing_scopes: list[str] | None = None
    checked_at: (
        Annotated[Moment, Meta(description="When the platform last accepted the credential.")]
        | None
    ) = None
    since: Annotated[Moment, Meta(description="From when `reason` holds.")] | None = None
    reconnect_by: (
        Annotated[Moment, Meta(description="`reconnect_advised`: until when it still works.")]
        | None
    ) = None
    evidence: Evidence | None = None
    advice: Annotated[dict[Locale, str], Meta(description="What the person should do.")] | None = (
        None
    )


class WorkMetrics(Wire, kw_only=True):
    """Counts of a work. A metric that the platform does not give is absent, never zero."""

    view_count: Count | None = None
    play_count: Count | None = None
    impression_count: Count | None = None
    reach_count: Count | None = None
    like_count: Count | None = None
    collect_count: Count | None = None
    comment_count: Count | None = None
    share_count: Count | None = None
    save_count: Count | None = None
    click_count: Count | None = None
    engagement_count: Count | None = None
    watch_time_seconds: Annotated[float, Meta(ge=0)] | None = None


class WorkItem(Wire, kw_only=True):
    """A work. `contentMode`: `video`, `article` with images, `article2` text only."""

    platform_work_id: str
    content_mode: Literal["article2", "article", "video"]
    title: str | None = None
    description: str | None = None
    url: str | None = None
    cover_url: str | None = None
    published_at: Moment | None = None
    author_name: str | None = None
    author_platform_uid: str | None = None
    status: (
        Literal[
            "published", "unlisted", "private", "draft", "scheduled", "pending", "processing",
            "reviewing", "rejected", "failed", "unavailable", "deleted", "upcoming", "live",
        ]
        | None
    ) = None  # fmt: skip
    metrics: WorkMetrics | None = None


class CursorPage(Wire, kw_only=True, tag="cursor", tag_field="mode"):
    """Where a listing by cursor goes on."""

    next_cursor: str | None = None
    previous_cursor: str | None = None
    has_next: bool
    has_previous: bool
    limit: Annotated[int, Meta(ge=1)]


class NumberedPage(Wire, kw_only=True, tag="page", tag_field="mode"):
    """Where a listing by page number stands."""

    page: Annotated[int, Meta(ge=1)]
    page_size: Annotated[int, Meta(ge=1)]
    total: Count | None = None
    has_next: bool
    has_previous: bool


class WorkList(Wire, kw_only=True):
    """One page of works, newest first as the platform orders them."""

    platform: PlatformName
    items: list[WorkItem]
    pagination: CursorPage | NumberedPage = field()


class FieldVo(Wire, kw_only=True):
    """Whether a platform gives a field: always, with a scope or setting, or never and why."""

    state: Literal["given", "scope", "never"]
    scope: str | None = None
    reason: dict[Locale, str] | None = None


class PlatformAvailabilityVo(Wire, kw_only=True):
    """One platform's rows of the availability matrix, by field name."""

    platform: PlatformName
    display_name: dict[Locale, str]
    lists_works: bool
    works_reason: dict[Locale, str] | None = None
    account: dict[str, FieldVo]
    work: dict[str, FieldVo]


class Availability(Wire, kw_only=True):
    """The availability matrix of all fifteen platforms."""

    platforms: list[PlatformAvailabilityVo]


class UsedVo(Wire, kw_only=True):
    """Calls of one operation on one UTC day. `cost` is in the platform's own `unit`."""

    platform: PlatformName
    day: Annotated[str, Meta(extra_json_schema={"format": "date"})]
    operation: str
    calls: Count
    cost: Annotated[float, Meta(ge=0)]
    unit: Annotated[str, Meta(description="calls, quota units, USD: what the platform counts.")]


class UsageVo(Wire, kw_only=True):
    """What the caller's workspace used of the platforms in the last thirty days."""

    days: int
    used: list[UsedVo]


METRIC_NAMES = {
    "view_count": "views",
    "play_count": "plays",
    "impression_count": "impressions",
    "reach_count": "reach",
    "like_count": "likes",
    "collect_count": "collects",
    "comment_count": "comments",
    "share_count": "shares",
    "save_count": "saves",
    "click_count": "clicks",
    "engagement_count": "engagements",
    "watch_time_seconds": "watch_seconds",
}


def moment(value: float | None) -> str | None:
    return None if value is None else iso(value)


def account_vo(account: Account) -> AccountVo:
    counters = account.counters
    return AccountVo(
        id=account.id,
        user_id=account.user_id,
        type=account.platform.value,
        client_type=account.client_type,  # type: ignore[arg-type]
        uid=account.uid,
        account=account.account,
        login_time=moment(account.login_at),
        avatar=account.avatar,
        nickname=account.nickname,
        fans_count=counters.fans,
        following_count=counters.following,
        read_count=counters.reads,
        like_count=counters.likes,
        collect_count=counters.collects,
        forward_count=counters.forwards,
        comment_count=counters.comments,
        last_stats_time=moment(account.stats_at),
        work_count=counters.works,
        group_id=account.group_id,
        status=account.status,
        rank=account.rank,
        created_at=iso(account.created_at),
        updated_at=iso(account.updated_at),
    )


def auth_start(started: Started) -> AuthStart:
    return AuthStart(
        url=started.url,
        session_id=started.session_id,
        expires_at=iso(started.expires_at),
        auth_instructions={
            "en-US": started.instructions.en,
            "zh-CN": started.instructions.zh,
        },
    )


def session_status(standing: Standing, locale: Locale) -> AuthSessionStatus:
    connected = [msgspec.convert(a, ConnectedAccount) for a in standing.accounts]
    offered = [msgspec.convert(a, SelectableAccount) for a in standing.offered]
    error = standing.error
    return AuthSessionStatus(
        session_id=standing.session_id,
        status=standing.status,  # type: ignore[arg-type]
        requires_selection=bool(offered),
        error_code=error.number if error else None,
        error_message=error.message(locale, standing.error_data) if error else None,
        error_data=dict(standing.error_data) if error else None,
        expires_at=iso(standing.expires_at),
        account_id=connected[0].account_id if connected else None,
        account_ids=[a.account_id for a in connected] or None,
        accounts=connected or None,
        selectable_accounts=offered or None,
    )


def session_list(sessions: Sequence[AuthSession], locale: Locale) -> SessionList:
    return SessionList(list=[_listed_session(session, locale) for session in sessions])


def _listed_session(session: AuthSession, locale: Locale) -> ListedSession:
    status = session_status(standing(session), locale)
    return ListedSession(
        **msgspec.structs.asdict(status),
        platform=session.platform.value,
        created_at=iso(session.created_at),
    )


def auth_status(state: AuthState, advice: Text | None) -> AuthStatus:
    return AuthStatus(
        status=1 if state.status == 1 else 0,
        reason=state.reason.value if state.reason else None,
        expires_at=moment(state.expires_at),
        refresh_expires_at=moment(state.refresh_expires_at),
        scopes=None if state.scopes is None else list(state.scopes),
        missing_scopes=None if state.missing_scopes is None else list(state.missing_scopes),
        checked_at=moment(state.checked_at),
        since=moment(state.since),
        reconnect_by=moment(state.reconnect_by),
        evidence=_evidence(state.evidence, state.since) if state.evidence else None,
        advice={"en-US": advice.en, "zh-CN": advice.zh} if advice else None,
    )


def _evidence(known: Mapping[str, Any], since: float | None) -> Evidence:
    return Evidence(
        operation=known.get("operation"),
        http_status=known.get("httpStatus"),
        platform_code=known.get("platformCode"),
        platform_request_id=known.get("platformRequestId"),
        at=moment(since),
    )


def work_item(work: Work) -> WorkItem:
    return WorkItem(
        platform_work_id=work.id,
        content_mode=work.mode.value,
        title=work.title,
        description=work.description,
        url=work.url,
        cover_url=work.cover_url,
        published_at=moment(work.published_at),
        author_name=work.author_name,
        author_platform_uid=work.author_uid,
        status=work.status.value if work.status else None,
        metrics=work_metrics(work.metrics),
    )


def work_metrics(metrics: Metrics) -> WorkMetrics | None:
    known = {name: getattr(metrics, ours) for name, ours in METRIC_NAMES.items()}
    given = {name: value for name, value in known.items() if value is not None}
    return WorkMetrics(**given) if given else None


def work_list(listed: Listed) -> WorkList:
    return WorkList(
        platform=listed.platform.value,
        items=[work_item(work) for work in listed.items],
        pagination=_page(listed),
    )


def _page(listed: Listed) -> CursorPage | NumberedPage:
    if listed.page is not None and listed.page_size is not None:
        return NumberedPage(
            page=listed.page,
            page_size=listed.page_size,
            total=listed.total,
            has_next=listed.has_next,
            has_previous=listed.has_previous,
        )
    return CursorPage(
        next_cursor=listed.next_cursor,
        previous_cursor=listed.previous_cursor,
        has_next=listed.has_next,
        has_previous=listed.has_previous,
        limit=listed.limit or 1,
    )


def availability(rows: Sequence[PlatformAvailability]) -> Availability:
    return Availability(
        platforms=[
            PlatformAvailabilityVo(
                platform=row.platform.value,
                display_name=texts(row.name),
                lists_works=row.lists_works,
                works_reason=texts(row.works_absent) if row.works_absent else None,
                account={name: field_vo(cell) for name, cell in row.account.items()},
                work={name: field_vo(cell) for name, cell in row.work.items()},
            )
            for row in rows
        ]
    )


def field_vo(cell: Field) -> FieldVo:
    reason = texts(cell.reason) if cell.reason else None
    return FieldVo(state=cell.state, scope=cell.scope, reason=reason)


def texts(value: Text) -> dict[Locale, str]:
    return {"en-US": value.en, "zh-CN": value.zh}


def given(value: Any) -> Any:
    """A field as the service takes it: None where the caller left it out."""
    return None if value is msgspec.UNSET else value

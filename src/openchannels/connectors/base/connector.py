"""What a connector fills in. Read `docs/connectors.md` for a walk through one."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from openchannels.core.accounts import Account, Candidate
from openchannels.core.availability import FieldCoverage
from openchannels.core.credentials import TokenModel, Tokens
from openchannels.core.inbound import InboundMessage, InboundResult
from openchannels.core.paging import PageRequest, Paging, WorksPage
from openchannels.core.platform_errors import Failure, FailureKind, RemainingQuota
from openchannels.core.platforms import AuthType, Mark, Platform, Text
from openchannels.transport import oauth
from openchannels.transport.client import Answer
from openchannels.transport.oauth import OAuthConfig
from openchannels.transport.platform_client import App, PlatformClient, classify_status

CONSENT = Text(
    en="Open the link, sign in to {name} with the account you want to connect, and approve.",
    zh="打开链接，登录要连接的{name}账号并同意授权。",
)

HOUR = 3600
LONGEST_MARGIN = 30 * 24 * HOUR
"""How long before a far end a refresh ahead of use is due at the earliest, in seconds."""

NO_PUBLIC_API = Text(
    en="The platform has no public API for listing works.", zh="平台没有公开的作品列表接口。"
)
NOT_ENABLED = Text(
    en="Listing works is switched off; the operator can switch it on with the setting {name}.",
    zh="作品列表功能未开启；运营者可通过设置 {name} 开启。",
)


@dataclass(frozen=True, slots=True)
class Submission:
    """What a browser plug-in sends to connect an account. `cookie` is a Cookie header's text."""

    uid: str | None
    nickname: str | None
    avatar: str | None
    cookie: str | None


class CookieRefused(Exception):
    """The platform, or the cookie's own form, says it is no live login.

    `category` is `auth` or `validation`.
    """

    def __init__(self, category: str = "auth") -> None:
        self.category = category
        super().__init__(category)


class Connector:
    """One platform. Class attributes are the form; methods say what the form cannot.

    Methods raise PlatformFailure; nothing else leaves a connector on purpose.
    """

    id: ClassVar[Platform]
    name: ClassVar[Text]
    mark: ClassVar[Mark]
    request_id_header: ClassVar[str] = "x-request-id"
    """Header of an answer by which the platform names the request, for support cases."""
    auth_type: ClassVar[AuthType] = AuthType.OAUTH2
    docs_url: ClassVar[str]
    oauth: ClassVar[OAuthConfig | None] = None
    paging: ClassVar[Paging | None] = None
    works_absent: ClassVar[Text | None] = None
    """Why works cannot be listed, where `paging` is None."""
    works_option: ClassVar[str | None] = None
    """Name of the setting that switches listing on, where it is off by default."""
    required_fields: ClassVar[tuple[str, ...]] = ()
    """Plug-in platforms: fields of the submission without which nothing can be done."""
    empty_hint: ClassVar[Text | None] = None
    """What a person should do when no account stands behind the grant."""
    instructions: ClassVar[Text | None] = None
    app_settings: ClassVar[tuple[str, ...]] = ("client_id", "client_secret")
    """Settings without which nobody can connect."""
    sandbox_settings: ClassVar[Mapping[str, Any]] = {}
    """Options that stand in over a sandbox where none are configured."""
    starts_on_our_page: ClassVar[bool] = False
    """Whether the person must come from a page of ours, which asks for `start_url` when opened."""
    refused_again_is_dead: ClassVar[bool] = False
    """Whether an access token that is refused right after a refresh says that the grant is dead."""

    probe_every: ClassVar[float | None] = None
    """Seconds between proofs of an unused credential; None where refreshes prove it, or none can.
    """

    shared_grant_group: ClassVar[str | None] = None
    """What platforms are called together whose grants by one person to one app end together."""

    account_given: ClassVar[FieldCoverage] = FieldCoverage()
    """Fields of the account that the platform tells."""
    work_given: ClassVar[FieldCoverage] = FieldCoverage()
    """Fields of a work that the platform tells."""

    cost_unit: ClassVar[str] = "calls"
    """What the platform counts or charges: calls, quota units, USD."""
    costs: ClassVar[Mapping[str, float]] = {}
    """Cost of one call by operation, in `cost_unit`; 1 where an operation is not named."""

    # Connecting by OAuth

    def form(self, app: App) -> OAuthConfig:
        """The OAuth form, for connectors whose settings change it."""
        if self.oauth is None:
            raise NotImplementedError(f"{self.id} has no OAuth form")
        return self.oauth

    def authorize_url(self, app: App, state: str, verifier: str | None) -> str:
        return oauth.authorize_url(self.form(app), app, state, verifier)

    async def start_url(self, client: PlatformClient, state: str, verifier: str | None) -> str:
        """What the person opens or scans, for platforms that must be asked for it."""
        return self.authorize_url(client.app, state, verifier)

    def connects_by(self, app: App | None) -> AuthType:
        """How accounts are connected with this app."""
        return self.auth_type

    def callback_json(self, app: App) -> bool:
        """Whether a program, and no browser, calls back: it is answered in bare JSON."""
        return False

    def callback_params(self, params: Mapping[str, str]) -> Mapping[str, str]:
        """The callback's parameters, set right where the platform garbles them."""
        return params

    def refusal(self, params: Mapping[str, str]) -> FailureKind | None:
        """Why the platform refused, where a callback's refusal is not a person's; else None."""
        if self.oauth is None:
            return None
        told = (params.get(name, "") for name in self.oauth.denial_params)
        return next(filter(None, map(self.oauth.denials.get, told)), None)

    def instructions_text(self, app: App) -> Text:
        """What the person should do, shown with the authorization URL."""
        if self.instructions is not None:
            return self.instructions
        return Text(
            en=CONSENT.en.format(name=self.name.en), zh=CONSENT.zh.format(name=self.name.zh)
        )

    async def exchange(
        self, client: PlatformClient, params: Mapping[str, str], verifier: str | None
    ) -> Tokens:
        """Redeem the callback's code in exactly one call; the answer is stored at once."""
        form = self.form(client.app)
        return await oauth.exchange(form, client, params[form.code_param], verifier)

    async def complete(self, client: PlatformClient, tokens: Tokens) -> Tokens:
        """Further calls that turn the first answer into a lasting grant."""
        return tokens

    async def candidates(self, client: PlatformClient, tokens: Tokens) -> list[Candidate]:
        """The accounts behind a grant; an empty list where there are none."""
        raise NotImplementedError

    async def refresh(self, client: PlatformClient, tokens: Tokens) -> Tokens:
        """Fresh tokens for a stored grant."""
        return await oauth.refresh(self.form(client.app), client, tokens)

    def refreshable(self, tokens: Tokens, now: float) -> bool:
        """Whether `refresh` could still succeed at this moment (Unix seconds)."""
        if self.oauth is None or self.oauth.token_model is TokenModel.NONE:
            return False
        ended = tokens.expires_at is not None and tokens.expires_at <= now
        if self.oauth.token_model is TokenModel.EXTEND:
            return not ended
        if tokens.refresh_token is None or (ended and self.oauth.needs_live_access):
            return False
        return tokens.refresh_expires_at is None or tokens.refresh_expires_at > now

    def grant_end(self, tokens: Tokens) -> float | None:
        """The moment (Unix seconds) from which only a person can help; None where none is set."""
        extends = self.oauth is not None and self.oauth.token_model is TokenModel.EXTEND
        if self.oauth is None or extends or tokens.refresh_token is None:
            return tokens.expires_at
        if not self.oauth.needs_live_access:
            return tokens.refresh_expires_at
        ends = (tokens.expires_at, tokens.refresh_expires_at)
        return min((end for end in ends if end is not None), default=None)

    def next_refresh_at(self, tokens: Tokens, refreshed_at: float) -> float | None:
        """From when (Unix seconds) these tokens should be refreshed though nobody uses them.

        None where waiting loses nothing. `refreshed_at` is when the tokens came. A refresh that
        changed nothing is due again closer to the end, a few times and at last an hour before.
        """
        if self.oauth is None:
            return None
        moments = _due_moments(self.oauth, tokens, refreshed_at)
        due = min((moment for moment in moments if moment is not None), default=None)
        return due if due is not None and self.refreshable(tokens, due) else None

    def revokes(self, app: App, tokens: Tokens) -> bool:
        """Whether the platform lets us end the grant behind these tokens."""
        return self.oauth is not None and self.form(app).revoke_url is not None

    async def revoke(self, client: PlatformClient, tokens: Tokens) -> bool:
        """End the grant at the platform; False where it offers no way to."""
        if not self.revokes(client.app, tokens):
            return False
        token = tokens.refresh_token or tokens.access_token
        await oauth.revoke(self.form(client.app), client, token)
        return True

    async def probe(self, client: PlatformClient, account: Account, tokens: Tokens) -> None:
        """The cheapest call that proves the credential; made only where `probe_every` says so.

        Raises PlatformFailure: DEAD_GRANT, TOKEN_EXPIRED where a refresh may help, or another
        kind that says nothing of the credential.
        """
        raise NotImplementedError

    def probe_due(self, tokens: Tokens, verified_at: float) -> float | None:
        """From when (Unix seconds) a credential last proved at a moment should be proved again.

        None where it never is: an access token that has ended by then proves nothing, and its
        next refresh will.
        """
        if self.probe_every is None:
            return None
        due = verified_at + self.probe_every
        return due if tokens.expires_at is None or tokens.expires_at > due else None

    # Connecting by plug-in

    async def plugin_account(self, client: PlatformClient, submission: Submission) -> Candidate:
        """Check a submission against the platform. Raises CookieRefused or PlatformFailure."""
        raise NotImplementedError

    # Works

    def works_absence(self, app: App | None) -> tuple[str, Text] | None:
        """Why works cannot be listed with this app: a stable reason and a text for people."""
        if self.paging is None:
            return "no_public_api", self.works_absent or NO_PUBLIC_API
        if app is None or self.works_option is None or app.option(self.works_option):
            return None
        name = f"platforms.{self.id}.{self.works_option}"
        return "not_enabled", Text(
            en=NOT_ENABLED.en.format(name=name), zh=NOT_ENABLED.zh.format(name=name)
        )

    def can_list(self, app: App) -> bool:
        return self.works_absence(app) is None

    async def works(
        self, client: PlatformClient, account: Account, tokens: Tokens, page: PageRequest
    ) -> WorksPage:
        """One page of works, with the fewest calls the platform allows."""
        raise NotImplementedError

    # What the platform sends of its own accord

    async def push(self, client: PlatformClient, push: InboundMessage) -> InboundResult | None:
        """Take a push; None where the platform sends none. Raises PushRefused."""
        return None

    # Failures and limits

    def cost(self, operation: str) -> float:
        """What one call of an operation costs, in `cost_unit`."""
        return self.costs.get(operation, 1.0)

    def remaining_quota(self, answer: Answer) -> RemainingQuota | None:
        """What a good answer tells of the platform's limits."""
        return None

    def classify(self, answer: Answer) -> Failure | None:
        """Read an answer of the platform; None is success."""
        return classify_status(answer)


def ahead(end: float | None, since: float, margin: float = LONGEST_MARGIN) -> float | None:
    """A moment before `end` that leaves a sixth of the life that began at `since`.

    It leaves `margin` seconds at most and an hour at least; None where there is no such moment.
    """
    if end is None:
        return None
    moment = end - max(min(margin, (end - since) / 6), HOUR)
    return moment if moment > since else None


def _due_moments(form: OAuthConfig, tokens: Tokens, since: float) -> Iterator[float | None]:
    """When the ends come near that a refresh would put off; each by itself."""
    if form.needs_live_access or form.token_model is TokenModel.EXTEND:
        moment = ahead(tokens.expires_at, since, form.leeway)
        yield moment and max(moment, since + form.extend_after)
    if tokens.refresh_token is not None and form.idle_life is not None:
        yield ahead(since + form.idle_life, since)
    if tokens.refresh_token is not None and form.refresh_slides:
        yield ahead(tokens.refresh_expires_at, since)

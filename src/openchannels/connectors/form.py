"""What a connector fills in. Read `docs/connectors.md` for a walk through one."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from openchannels.core.accounts import Account, Candidate
from openchannels.core.availability import Given
from openchannels.core.credentials import TokenModel, Tokens
from openchannels.core.failures import Headroom, Verdict
from openchannels.core.paging import PageRequest, Paging, WorksPage
from openchannels.core.platforms import AuthType, Platform, Text
from openchannels.transport import oauth
from openchannels.transport.http import Answer
from openchannels.transport.oauth import OAuthForm
from openchannels.transport.upstream import App, Upstream, judge_status

CONSENT = Text(
    en="Open the link, sign in to {name} with the account you want to connect, and approve.",
    zh="打开链接，登录要连接的{name}账号并同意授权。",
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

    A platform that is declared but has no connector yet is a plain instance of this class.
    Methods raise PlatformFailure; nothing else leaves a connector on purpose.
    """

    id: ClassVar[Platform]
    name: ClassVar[Text]
    auth_type: ClassVar[AuthType] = AuthType.OAUTH2
    docs_url: ClassVar[str]
    oauth: ClassVar[OAuthForm | None] = None
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

    account_given: ClassVar[Given] = Given()
    """Fields of the account that the platform tells."""
    work_given: ClassVar[Given] = Given()
    """Fields of a work that the platform tells."""

    cost_unit: ClassVar[str] = "calls"
    """What the platform counts or charges: calls, quota units, USD."""
    costs: ClassVar[Mapping[str, float]] = {}
    """Cost of one call by operation, in `cost_unit`; 1 where an operation is not named."""

    # Connecting by OAuth

    def form(self, app: App) -> OAuthForm:
        """The OAuth form, for connectors whose settings change it."""
        if self.oauth is None:
            raise NotImplementedError(f"{self.id} has no OAuth form")
        return self.oauth

    def authorize_url(self, app: App, state: str, verifier: str | None) -> str:
        return oauth.authorize_url(self.form(app), app, state, verifier)

    def instructions_text(self) -> Text:
        """What the person should do, shown with the authorization URL."""
        if self.instructions is not None:
            return self.instructions
        return Text(
            en=CONSENT.en.format(name=self.name.en), zh=CONSENT.zh.format(name=self.name.zh)
        )

    async def exchange(
        self, upstream: Upstream, params: Mapping[str, str], verifier: str | None
    ) -> Tokens:
        """Redeem the callback's code in exactly one call; the answer is stored at once."""
        return await oauth.exchange(self.form(upstream.app), upstream, params["code"], verifier)

    async def complete(self, upstream: Upstream, tokens: Tokens) -> Tokens:
        """Further calls that turn the first answer into a lasting grant."""
        return tokens

    async def candidates(self, upstream: Upstream, tokens: Tokens) -> list[Candidate]:
        """The accounts behind a grant; an empty list where there are none."""
        raise NotImplementedError

    async def refresh(self, upstream: Upstream, tokens: Tokens) -> Tokens:
        """Fresh tokens for a stored grant."""
        return await oauth.refresh(self.form(upstream.app), upstream, tokens)

    def refreshable(self, tokens: Tokens, now: float) -> bool:
        """Whether `refresh` could still succeed at this moment (Unix seconds)."""
        if self.oauth is None:
            return False
        if self.oauth.token_model is TokenModel.EXTEND:
            return tokens.expires_at is None or tokens.expires_at > now
        if self.oauth.token_model is TokenModel.NONE or tokens.refresh_token is None:
            return False
        return tokens.refresh_expires_at is None or tokens.refresh_expires_at > now

    def grant_end(self, tokens: Tokens) -> float | None:
        """The moment (Unix seconds) from which only a person can help; None where none is set."""
        if self.oauth is not None and tokens.refresh_token is not None:
            return tokens.refresh_expires_at
        return tokens.expires_at

    # Connecting by plug-in

    async def plugin_account(self, upstream: Upstream, submission: Submission) -> Candidate:
        """Check a submission against the platform. Raises CookieRefused or PlatformFailure."""
        raise NotImplementedError

    # Works

    def can_list(self, app: App) -> bool:
        if self.paging is None:
            return False
        return self.works_option is None or bool(app.option(self.works_option))

    async def works(
        self, upstream: Upstream, account: Account, tokens: Tokens, page: PageRequest
    ) -> WorksPage:
        """One page of works, with the fewest calls the platform allows."""
        raise NotImplementedError

    # Failures and limits

    def cost(self, operation: str) -> float:
        """What one call of an operation costs, in `cost_unit`."""
        return self.costs.get(operation, 1.0)

    def headroom(self, answer: Answer) -> Headroom | None:
        """What a good answer tells of the platform's limits."""
        return None

    def judge(self, answer: Answer) -> Verdict | None:
        """Read an answer of the platform; None is success."""
        return judge_status(answer)

"""Connecting through a browser plug-in, which submits a signed-in account."""

from dataclasses import dataclass, replace
from typing import ClassVar

from openchannels.connectors.base.auth import Auth
from openchannels.connectors.base.parse import cookie_header, cookie_pairs
from openchannels.core.accounts import Candidate
from openchannels.core.credentials import Tokens
from openchannels.core.platforms import AuthType
from openchannels.transport.platform_app import App
from openchannels.transport.platform_client import PlatformClient


@dataclass(frozen=True, slots=True)
class Submission:
    """What a browser plug-in sends to connect an account. `cookie` is a Cookie header."""

    uid: str | None
    nickname: str | None
    avatar: str | None
    cookie: str | None


class CookieRefused(Exception):
    """The cookie is malformed, or the platform does not accept it as a login.

    `category` is `auth` or `validation`.
    """

    def __init__(self, category: str = "auth") -> None:
        self.category = category
        super().__init__(category)


def with_cookie_header(candidate: Candidate) -> Candidate | None:
    """Returns a candidate whose cookie is a Cookie header; None if it cannot be read."""
    pairs = cookie_pairs(candidate.tokens.access_token)
    if pairs is None:
        return None
    return replace(candidate, tokens=Tokens(access_token=cookie_header(pairs)))


class Plugin(Auth):
    """Connects by a plug-in's submission; its cookie is the credential."""

    required_fields: ClassVar[tuple[str, ...]] = ()
    """Fields that a submission must contain."""

    def auth_type(self, app: App | None) -> AuthType:
        return AuthType.PLUGIN

    async def check_submission(self, client: PlatformClient, submission: Submission) -> Candidate:
        """Checks a submission with the platform. Raises CookieRefused or PlatformFailure."""
        raise NotImplementedError

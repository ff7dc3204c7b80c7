"""Connecting by a browser plug-in, which hands over what it knows of a signed-in account."""

from dataclasses import dataclass
from typing import ClassVar

from openchannels.connectors.base.auth import Auth
from openchannels.core.accounts import Candidate
from openchannels.core.platforms import AuthType
from openchannels.transport.platform_app import App
from openchannels.transport.platform_client import PlatformClient


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


class Plugin(Auth):
    """Connecting by a plug-in's submission, whose cookie is the credential."""

    required_fields: ClassVar[tuple[str, ...]] = ()
    """Fields of the submission without which nothing can be done."""

    def auth_type(self, app: App | None) -> AuthType:
        return AuthType.PLUGIN

    async def check_submission(self, client: PlatformClient, submission: Submission) -> Candidate:
        """Check a submission against the platform. Raises CookieRefused or PlatformFailure."""
        raise NotImplementedError

"""Reading the accounts that a grant gives access to."""

from typing import ClassVar

from openchannels.core.accounts import Candidate, Profile
from openchannels.core.availability import FieldCoverage
from openchannels.core.credentials import Tokens
from openchannels.core.platforms import EmptyHint, Text
from openchannels.transport.platform_app import App
from openchannels.transport.platform_client import PlatformClient


def unusable_candidate(profile: Profile, reason: Text) -> Candidate:
    """Returns an account that the platform shows and that cannot be connected."""
    return Candidate(profile, Tokens(access_token=""), unusable=reason)


class AccountReader:
    """Reads the accounts that a grant gives access to."""

    coverage: ClassVar[FieldCoverage] = FieldCoverage()
    """Account fields that the platform provides."""
    empty_hint: ClassVar[EmptyHint | None] = None
    """Shown to the user when the grant gives access to no account."""

    def several(self, app: App) -> bool:
        """Returns whether one grant for this app may open several accounts."""
        return False

    async def candidates(self, client: PlatformClient, tokens: Tokens) -> list[Candidate]:
        """Returns the accounts that a grant gives access to; an empty list if there are none.

        An account that the platform shows and that cannot be connected is `unusable`.

        Plug-in platforms do not implement it: their submission names the account.
        """
        raise NotImplementedError

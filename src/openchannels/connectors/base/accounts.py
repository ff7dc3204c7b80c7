"""Reading the accounts that a grant gives access to."""

from typing import ClassVar

from openchannels.core.accounts import Candidate
from openchannels.core.availability import FieldCoverage
from openchannels.core.credentials import Tokens
from openchannels.core.platforms import Text
from openchannels.transport.platform_client import PlatformClient


class AccountReader:
    """Reads the accounts that a grant gives access to."""

    coverage: ClassVar[FieldCoverage] = FieldCoverage()
    """Account fields that the platform provides."""
    empty_hint: ClassVar[Text | None] = None
    """Shown to the user when the grant gives access to no account."""

    async def candidates(self, client: PlatformClient, tokens: Tokens) -> list[Candidate]:
        """Returns the accounts that a grant gives access to; an empty list if there are none.

        Plug-in platforms do not implement it: their submission names the account.
        """
        raise NotImplementedError

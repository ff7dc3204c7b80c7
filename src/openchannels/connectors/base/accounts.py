"""The accounts that a grant opens, and what a platform gives of each."""

from typing import ClassVar

from openchannels.core.accounts import Candidate
from openchannels.core.availability import FieldCoverage
from openchannels.core.credentials import Tokens
from openchannels.core.platforms import Text
from openchannels.transport.platform_client import PlatformClient


class AccountReader:
    """Which accounts stand behind a grant."""

    coverage: ClassVar[FieldCoverage] = FieldCoverage()
    """Fields of an account that the platform gives."""
    empty_hint: ClassVar[Text | None] = None
    """What a person should do when no account stands behind the grant."""

    async def candidates(self, client: PlatformClient, tokens: Tokens) -> list[Candidate]:
        """The accounts behind a grant; an empty list where there are none.

        Plug-in platforms leave it out: their submission names the account.
        """
        raise NotImplementedError

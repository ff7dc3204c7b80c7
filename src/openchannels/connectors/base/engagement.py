"""Comments on works, and what an account does on its platform. See `docs/engagement.md`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from openchannels.core.accounts import Account
from openchannels.core.credentials import Tokens, missing_scopes
from openchannels.core.engagement import CommentsPage, Interaction, InteractionName, Thread
from openchannels.core.paging import PageRequest, Paging
from openchannels.transport.platform_app import App
from openchannels.transport.platform_client import PlatformClient


@dataclass(frozen=True, slots=True)
class InteractionRule:
    """What an interaction needs: the scopes that an account must have granted.

    `repeatable` is whether a second call after a lost answer changes nothing more, as where a call
    sets a state. `option` names a setting of the platform that has to be on.
    """

    scopes: tuple[str, ...] = ()
    repeatable: bool = True
    option: str | None = None


CLOCKS_DIFFER = 60.0
"""How far a platform's clock may be behind ours, in seconds."""


def is_written(content: str | None, at: float | None, interaction: Interaction) -> bool:
    """Returns whether a comment says what was to be written, and is not older than that."""
    said = content is not None and content.strip() == interaction.text.strip()
    return said and at is not None and at >= interaction.begun_at - CLOCKS_DIFFER


class Engagement:
    """Lists comments and interacts for an account.

    Methods that call the platform raise PlatformFailure. What is done already, such as a second
    like, is a success.
    """

    paging: ClassVar[Paging | None] = None
    """How comments are paged; None if they cannot be listed."""
    list_scopes: ClassVar[tuple[str, ...]] = ()
    """What an account must have granted before its comments are listed."""
    lists_answers: ClassVar[bool] = False
    """Whether the answers to a comment are a list of their own."""
    uses_publications: ClassVar[bool] = False
    """Whether threads and interactions shall hold what the publication of their work keeps."""
    rules: ClassVar[Mapping[InteractionName, InteractionRule]] = {}
    """The interactions that the platform has; see `interactions`."""

    def available(self, app: App) -> bool:
        """Returns whether this app may do any of it."""
        return True

    def interactions(self, app: App) -> Mapping[InteractionName, InteractionRule]:
        """Returns the interactions that this app may call."""
        return {
            name: rule
            for name, rule in self.rules.items()
            if rule.option is None or app.option(rule.option)
        }

    def scopes_for(self, app: App) -> Sequence[str]:
        """Returns the scopes to ask for when accounts that engage are connected to this app."""
        acting = [scope for rule in self.interactions(app).values() for scope in rule.scopes]
        return tuple(dict.fromkeys((*self.list_scopes, *acting)))

    def missing_scopes(
        self, app: App, needed: Sequence[str], account_scopes: Sequence[str]
    ) -> Sequence[str]:
        """Returns those of the needed scopes that an account lacks."""
        return missing_scopes(needed, account_scopes)

    async def list_comments(
        self,
        client: PlatformClient,
        account: Account,
        tokens: Tokens,
        thread: Thread,
        page: PageRequest,
    ) -> CommentsPage:
        """Fetches one page of comments.

        Raises PlatformFailure of kind NOT_FOUND where there is no such work or comment.
        """
        raise NotImplementedError

    async def interact(
        self, client: PlatformClient, account: Account, tokens: Tokens, interaction: Interaction
    ) -> str | None:
        """Does one of `interactions` with one call that changes something.

        Returns the platform's id of what was made, such as a comment or a repost; None where it
        makes nothing with an id.
        """
        raise NotImplementedError

    async def find(
        self, client: PlatformClient, account: Account, tokens: Tokens, interaction: Interaction
    ) -> str | None:
        """Looks for what an interaction made whose answer is lost.

        Returns the platform's id of it; None where nothing is found, which proves nothing.
        """
        return None

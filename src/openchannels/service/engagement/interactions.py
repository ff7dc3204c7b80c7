"""What accounts do on their platforms: comments, likes, reposts and the like.

Nothing is done twice: a call that sets a state is repeated after a lost answer, because that
changes nothing more. Of one that makes something, such as a comment, the platform is asked what
became of it; what cannot be found is told as unconfirmed.
"""

from dataclasses import dataclass, replace

import structlog

from openchannels.connectors.registry import Engagement
from openchannels.core import errors
from openchannels.core.accounts import Account
from openchannels.core.audit import Action
from openchannels.core.credentials import Tokens
from openchannels.core.engagement import Interaction, InteractionName, target_kind
from openchannels.core.exceptions import PlatformError, Unavailable
from openchannels.core.platform_errors import UNCONFIRMED, FailureKind, PlatformFailure
from openchannels.core.platforms import Platform, Text
from openchannels.service.context import Caller, Context
from openchannels.service.credentials.calls import AccountCalls, own_account
from openchannels.service.engagement.offered import Offered
from openchannels.service.errors import details
from openchannels.store.queries import audit
from openchannels.transport.platform_client import PlatformClient

log = structlog.get_logger()

MAYBE_DONE = Text(
    en="The platform's answer was lost, and what was asked for is not found there yet. Look at the "
    "platform before you send it again: it may have been done.",
    zh="平台的应答丢失，且暂未在平台上找到相应结果。再次发送前请先到平台查看：该操作可能已经完成。",
)


@dataclass(frozen=True, slots=True)
class DoneInteraction:
    """What was done, with the platform's id of what was made, if it made anything."""

    platform: Platform
    interaction: Interaction
    made_id: str | None
    at: float


class Interactions:
    """Does on platforms what callers ask for with their accounts."""

    def __init__(self, context: Context, calls: AccountCalls) -> None:
        self._context = context
        self._calls = calls
        self._offered = Offered(context)

    async def interact(
        self, caller: Caller, platform: Platform, account_id: str, wanted: Interaction
    ) -> DoneInteraction:
        """Does it once.

        Raises OPERATION_NOT_SUPPORTED, ACCOUNT_NOT_FOUND, PLATFORM_MISMATCH, PERMISSION_MISSING,
        an AuthorizationError or a PlatformError; one whose outcome is not known has the reason
        `unconfirmed`.
        """
        engagement, rule = self._offered.interaction(platform, wanted.name)
        account = await own_account(self._context, caller.user_id, account_id, platform)
        await self._offered.require_scopes(account, engagement, rule.scopes)
        work_id = wanted.work_id or (wanted.target if target_kind(wanted.name) == "work" else None)
        known = await self._offered.known_of(account, engagement, work_id)
        began = replace(wanted, begun_at=self._context.clock(), known=known)
        attempt = _Attempt(engagement, began, repeatable=rule.repeatable)
        try:
            made = await self._calls.call(account, attempt.run)
        except _Unconfirmed as lost:
            raise self._unconfirmed(account, lost.failure) from lost
        done = DoneInteraction(platform, began, made, self._context.clock())
        await self._record(caller, account, done)
        return done

    async def _record(self, caller: Caller, account: Account, done: DoneInteraction) -> None:
        """Note in the audit log what was done, without what it says."""

        try:
            await self._context.db.write(
                audit.record,
                done.at,
                caller.user_id,
                f"key:{caller.key_id}",
                Action.ACCOUNT_INTERACTED,
                account.id,
                name=done.interaction.name.value,
                target=done.interaction.target,
            )
        except Unavailable:
            # It is done: an error would have the caller do it again.
            log.warning("could not record an interaction", account=account.id)

    def _unconfirmed(self, account: Account, failure: PlatformFailure) -> PlatformError:
        data = details(failure, self._context.clock(), account.id)
        told = {"retryable": False, "reason": UNCONFIRMED, "detail": dict(MAYBE_DONE.as_wire())}
        return errors.PLATFORM_CALL_FAILED({**data, **told})


class _Unconfirmed(Exception):
    """The answer to a call that makes something is lost, and nothing is found of it."""

    def __init__(self, failure: PlatformFailure) -> None:
        super().__init__(failure)
        self.failure = failure


@dataclass(frozen=True, slots=True)
class _Attempt:
    """One interaction, which is not repeated blindly."""

    engagement: Engagement
    interaction: Interaction
    repeatable: bool

    async def run(self, client: PlatformClient, account: Account, tokens: Tokens) -> str | None:
        """Returns the id of what was made. Raises PlatformFailure or _Unconfirmed."""
        try:
            return await self.engagement.interact(client, account, tokens, self.interaction)
        except PlatformFailure as failure:
            if not failure.doubtful:
                raise
            if not self.repeatable:
                return await self._find(client, account, tokens, failure)
        return await self._again(client, account, tokens)

    async def _again(self, client: PlatformClient, account: Account, tokens: Tokens) -> str | None:
        try:
            return await self.engagement.interact(client, account, tokens, self.interaction)
        except PlatformFailure as failure:
            deleting = self.interaction.name is InteractionName.DELETE_COMMENT
            if deleting and failure.kind is FailureKind.NOT_FOUND:
                return None
            raise

    async def _find(
        self, client: PlatformClient, account: Account, tokens: Tokens, lost: PlatformFailure
    ) -> str:
        try:
            found = await self.engagement.find(client, account, tokens, self.interaction)
        except PlatformFailure as failure:
            raise _Unconfirmed(lost) from failure
        if found is None:
            raise _Unconfirmed(lost)
        return found

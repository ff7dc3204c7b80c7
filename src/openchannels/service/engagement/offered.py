"""What of engagement an account can do: by platform, by the operator's app, by its scopes."""

from collections.abc import Mapping, Sequence
from typing import Any

from openchannels.connectors.registry import Engagement, InteractionRule
from openchannels.core import errors
from openchannels.core.accounts import Account
from openchannels.core.engagement import InteractionName
from openchannels.core.exceptions import NotSupported
from openchannels.core.platforms import Platform, Text
from openchannels.service.context import Context
from openchannels.service.credentials.granted import require_granted
from openchannels.store.queries import publications
from openchannels.transport.platform_app import App

LIST_COMMENTS, CREATE_COMMENT = "listComments", "createComment"
ONLY_REPLIES = Text(
    en="On this platform only comments of others can be answered: send parentCommentId.",
    zh="该平台只能回复他人的评论：请传入 parentCommentId。",
)
ONLY_COMMENTS = Text(
    en="On this platform comments cannot be answered: leave parentCommentId out.",
    zh="该平台不能回复评论：请勿传入 parentCommentId。",
)
NO_ANSWER_LIST = Text(
    en="This platform does not list the answers to a comment by themselves.",
    zh="该平台不单独列出某条评论的回复。",
)
SWITCHED_OFF = Text(
    en="Switched off here; the operator can switch it on with the setting {name}.",
    zh="此处未开启；运营者可通过设置 {name} 开启。",
)


class Offered:
    """Finds out what an installation offers, and whether an account has granted it."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def engagement(self, platform: Platform, capability: str) -> tuple[App, Engagement]:
        """Returns a platform's engagement and the app. Raises OPERATION_NOT_SUPPORTED."""
        platforms = self._context.platforms
        engagement = platforms.usable(platform, platforms.connector(platform).engagement)
        app = platforms.app(platform)
        if engagement is None or app is None:
            reason = "not_configured" if engagement is not None else "not_offered"
            raise not_supported(platform, capability, reason=reason)
        return app, engagement

    def interaction(
        self, platform: Platform, name: InteractionName
    ) -> tuple[Engagement, InteractionRule]:
        """Returns how an interaction is done. Raises OPERATION_NOT_SUPPORTED."""
        capability = CREATE_COMMENT if name in _WRITTEN else name.value
        app, engagement = self.engagement(platform, capability)
        offered = engagement.interactions(app)
        if name in offered:
            return engagement, offered[name]
        if name in engagement.rules:
            option = f"platforms.{platform}.{engagement.rules[name].option}"
            detail = Text(
                en=SWITCHED_OFF.en.format(name=option), zh=SWITCHED_OFF.zh.format(name=option)
            )
            raise not_supported(platform, capability, reason="not_enabled", detail=detail)
        other = _WRITTEN.get(name)
        if other is not None and other[0] in offered:
            raise not_supported(platform, capability, reason="not_offered", detail=other[1])
        raise not_supported(platform, capability, reason="not_offered")

    async def require_scopes(
        self, account: Account, engagement: Engagement, needed: Sequence[str]
    ) -> None:
        """Raises PERMISSION_MISSING with the scopes that the account's grant lacks."""
        if needed:
            await require_granted(
                self._context,
                account,
                "engage",
                lambda app, scopes: engagement.missing_scopes(app, needed, scopes),
            )

    async def known_of(
        self, account: Account, engagement: Engagement, work_id: str | None
    ) -> Mapping[str, Any]:
        """Returns what the publication of a work keeps of it, where the platform needs that."""
        if work_id is None or not engagement.uses_publications:
            return {}
        return await self._context.db.read(publications.kept_of_work, account.id, work_id)


_WRITTEN = {
    InteractionName.COMMENT: (InteractionName.REPLY, ONLY_REPLIES),
    InteractionName.REPLY: (InteractionName.COMMENT, ONLY_COMMENTS),
}
"""The two ways to write, each with the other and what is said where only that is offered."""


def not_supported(platform: Platform, capability: str, **more: Any) -> NotSupported:
    """Returns the error for what a platform, or this installation, does not offer."""
    data = {"platform": platform, "capability": f"engagement.{capability}"}
    return errors.OPERATION_NOT_SUPPORTED({**data, **more})

"""Changes of published works, checked by the same rules as new ones."""

from collections.abc import Mapping
from typing import Any

from openchannels.core import errors
from openchannels.core.platforms import Locale
from openchannels.core.publications import Content, Medium, Publication
from openchannels.core.publish_rules import issues_of
from openchannels.service.context import Caller, Context
from openchannels.service.publishing.content_files import ContentFiles
from openchannels.service.publishing.control import PublishControl
from openchannels.service.publishing.drafts import Drafts, account_of, publisher_of
from openchannels.service.publishing.flows import issue_data
from openchannels.service.publishing.requested import ContentRequest, MediaRequest, overridden
from openchannels.service.publishing.rule_table import rules_of


class PublishUpdates:
    """Changes published works of a caller."""

    def __init__(
        self, context: Context, drafts: Drafts, files: ContentFiles, control: PublishControl
    ) -> None:
        self._context = context
        self._drafts = drafts
        self._files = files
        self._control = control

    async def update(
        self,
        caller: Caller,
        task_id: str,
        changes: Mapping[str, Any],
        option: Mapping[str, Any] | None,
        locale: Locale,
    ) -> None:
        """Changes parts of the content, as an item's overrides do, and options.

        Raises what `PublishControl.updatable` raises, PUBLISH_ACCOUNT_NOT_FOUND,
        PUBLISH_VALIDATION_FAILED and PUBLISH_RESOURCE_UNAVAILABLE.
        """
        task = await self._control.updatable(caller, task_id)
        wanted = overridden(_as_request(task), changes)
        files = self._files.of_request(caller.user_id)
        content, facts = await files.resolve(wanted, Content.from_json(task.content))
        account = await account_of(self._context, task)
        connector, _ = publisher_of(self._context, task.platform)
        options = {**task.option, **(option or {})}
        draft = self._drafts.draft(account, content, options, facts, self._context.clock())
        issues = issues_of(rules_of(connector), draft)
        if any(issue.is_error for issue in issues):
            told = [issue_data(issue, locale) for issue in issues]
            raise errors.PUBLISH_VALIDATION_FAILED(
                {"platform": task.platform, "accountId": task.account_id, "issues": told}
            )
        assets = [one.asset_id for one in content.files if one.asset_id is not None]
        changed = content.as_json() if changes else None
        await self._control.update(caller, task_id, changed, option, assets)


def _as_request(task: Publication) -> ContentRequest:
    """A task's content as a caller would send it."""
    content = Content.from_json(task.content)
    cover = None if content.cover is None else _media_request(content.cover)
    media = tuple(map(_media_request, content.media))
    return ContentRequest(content.title, content.body, media, cover)


def _media_request(medium: Medium) -> MediaRequest:
    return MediaRequest(medium.url, medium.adaptation)

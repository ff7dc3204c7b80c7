"""From a request to what each account is to publish, checked by the rules of its platform."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from openchannels.connectors.registry import Connector, Publisher
from openchannels.core import errors
from openchannels.core.accounts import Account
from openchannels.core.platforms import Platform
from openchannels.core.publications import Content, Publication
from openchannels.core.publish_rules import Draft, FileFacts, RuleIssue, issues_of
from openchannels.service.context import Caller, Context
from openchannels.service.credentials.granted import require_granted
from openchannels.service.publishing.adaptation import expected
from openchannels.service.publishing.content_files import ContentFiles, RequestFiles
from openchannels.service.publishing.requested import (
    ContentRequest,
    overridden,
    with_optional_cover,
)
from openchannels.service.publishing.rule_table import rules_of
from openchannels.store.queries import accounts


@dataclass(frozen=True, slots=True)
class ItemRequest:
    """One account that publishes, with what is its own. `overrides` replace parts of the content:
    a cover of None removes it.
    """

    platform: Platform
    account_id: str
    option: Mapping[str, Any] = field(default_factory=dict)
    overrides: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FlowRequest:
    """One content for several accounts. `publish_at` is in Unix seconds."""

    content: ContentRequest
    publish_at: float
    items: tuple[ItemRequest, ...]
    flow_id: str | None = None
    material: Mapping[str, Any] = field(default_factory=dict)
    source: str = "api"


@dataclass(frozen=True, slots=True)
class CheckedItem:
    """What one account is to publish, and what its platform's rules say of it.

    `digest` is the same for the same request only.
    """

    item: ItemRequest
    account: Account
    connector: Connector
    publisher: Publisher
    draft: Draft
    issues: Sequence[RuleIssue]
    digest: bytes

    @property
    def content(self) -> Content:
        return self.draft.content

    @property
    def errors(self) -> Sequence[RuleIssue]:
        return [issue for issue in self.issues if issue.is_error]


class Drafts:
    """Reads requests of a caller and checks them."""

    def __init__(self, context: Context, files: ContentFiles) -> None:
        self._context = context
        self._files = files

    async def check(self, caller: Caller, request: FlowRequest) -> Sequence[CheckedItem]:
        """Returns the items with what is wrong with each.

        Raises PUBLISH_DUPLICATE_ITEM, PUBLISH_ACCOUNT_NOT_FOUND, PUBLISH_NOT_SUPPORTED,
        PERMISSION_MISSING, and PUBLISH_RESOURCE_UNAVAILABLE for a file that cannot be read.
        """
        _refuse_duplicates(request.items)
        named = [(item, await self._account(caller, item)) for item in request.items]
        able = [(item, account, *await self._publisher(account)) for item, account in named]
        files = self._files.of_request(caller.user_id)
        return [
            await self._checked(files, request, item, account, connector, publisher)
            for item, account, connector, publisher in able
        ]

    def digests(self, request: FlowRequest) -> Mapping[str, bytes]:
        """Returns the digest of each item by its account. Raises PUBLISH_DUPLICATE_ITEM."""
        _refuse_duplicates(request.items)
        return {
            item.account_id: request_digest(self._wanted(request, item), item, request.publish_at)
            for item in request.items
        }

    def _wanted(self, request: FlowRequest, item: ItemRequest) -> ContentRequest:
        """The content of one account, before its files are looked at."""
        connector = self._context.platforms.connector(item.platform)
        content = overridden(request.content, item.overrides)
        return with_optional_cover(content, item.option, connector.publishing.cover_option)

    async def _account(self, caller: Caller, item: ItemRequest) -> Account:
        found = await self._context.db.read(accounts.get_account, item.account_id, caller.user_id)
        if found is None or found.platform != item.platform:
            raise errors.PUBLISH_ACCOUNT_NOT_FOUND(
                {"accountId": item.account_id, "platform": item.platform}
            )
        return found

    async def _publisher(self, account: Account) -> tuple[Connector, Publisher]:
        connector, publisher = publisher_of(self._context, account.platform)
        await require_granted(self._context, account, "publish", publisher.missing_scopes)
        return connector, publisher

    async def _checked(
        self,
        files: RequestFiles,
        request: FlowRequest,
        item: ItemRequest,
        account: Account,
        connector: Connector,
        publisher: Publisher,
    ) -> CheckedItem:
        wanted = self._wanted(request, item)
        content, facts = await files.resolve(wanted)
        draft = self.draft(account, content, item.option, facts, request.publish_at)
        issues = issues_of(rules_of(connector), draft)
        digest = request_digest(wanted, item, request.publish_at)
        return CheckedItem(item, account, connector, publisher, draft, issues, digest)

    def draft(
        self,
        account: Account,
        content: Content,
        option: Mapping[str, Any],
        facts: Mapping[str, FileFacts],
        publish_at: float,
    ) -> Draft:
        """Returns what the rules look at: of files that will be adapted, what they will be."""
        connector, publisher = publisher_of(self._context, account.platform)
        app, rules = self._context.platforms.app(account.platform), self._context.rules
        return Draft(
            content=content,
            option=option,
            files=expected(connector.publishing.media, content, facts),
            uid=account.uid,
            account=account.facts,
            settings={} if app is None else app.options,
            publish_at=publish_at,
            now=self._context.clock(),
            pulls=app is not None and publisher.pulls_media(app, content, option),
            is_public=rules.publishing.reachable,
        )


async def account_of(context: Context, task: Publication) -> Account:
    """Returns the account that publishes a task. Raises PUBLISH_ACCOUNT_NOT_FOUND."""
    found = await context.db.read(accounts.get_account, task.account_id, task.user_id)
    if found is None:
        raise errors.PUBLISH_ACCOUNT_NOT_FOUND(
            {"accountId": task.account_id, "platform": task.platform}
        )
    return found


def publisher_of(context: Context, platform: Platform) -> tuple[Connector, Publisher]:
    """Returns how works are published. Raises PUBLISH_NOT_SUPPORTED, with the reason."""
    connector = context.platforms.connector(platform)
    app = context.platforms.app(platform)
    publisher = context.platforms.usable(platform, connector.publisher)
    if publisher is None or app is None:
        reason = "not_configured" if app is None else "not_offered"
        raise errors.PUBLISH_NOT_SUPPORTED({"platform": platform, "reason": reason})
    return connector, publisher


def request_digest(content: ContentRequest, item: ItemRequest, publish_at: float) -> bytes:
    """Returns what tells a repeat of the same request from another one."""
    said = {
        "title": content.title,
        "body": content.body,
        "media": [[one.url, one.adaptation] for one in content.media],
        "cover": None if content.cover is None else [content.cover.url, content.cover.adaptation],
        "option": item.option,
        "at": round(publish_at, 3),
        "account": item.account_id,
    }
    text = json.dumps(said, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).digest()


def _refuse_duplicates(items: Sequence[ItemRequest]) -> None:
    seen: set[str] = set()
    for item in items:
        if item.account_id in seen:
            raise errors.PUBLISH_DUPLICATE_ITEM(
                {"platform": item.platform, "accountId": item.account_id}
            )
        seen.add(item.account_id)

"""What each platform is, what it accepts, and what can be done with it in this installation."""

from dataclasses import dataclass
from typing import Literal

from openchannels.connectors.registry import Connector, OAuth
from openchannels.core.engagement import InteractionName
from openchannels.core.paging import Paging
from openchannels.core.platforms import AuthType, EmptyHint, Platform, Text
from openchannels.core.publications import Completion
from openchannels.core.publishing import OptionSource, PublishRules
from openchannels.service.platforms.catalog import Capability, Platforms
from openchannels.transport.platform_app import App

Status = Literal["available", "unavailable"]


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What this installation can do with a platform; nothing where its app is not configured.

    `start` is the start of an authorization, `several` its opening of several accounts, `renew`
    the renewal of access without the person. `paging` is that of `list_works`, `comments` that of
    the list of comments. `reported` is whether people or plug-ins report what they published,
    `publish_scheduled` whether the platform holds works until their time.
    """

    start: bool = False
    revoke: bool = False
    several: bool = False
    renew: bool = False
    list_works: bool = False
    paging: Paging | None = None
    link_info: bool = False
    option_values: bool = False
    publish: bool = False
    reported: bool = False
    completion: Completion | None = None
    publish_scheduled: bool = False
    update_published: bool = False
    remove_published: bool = False
    comments: Paging | None = None
    interactions: tuple[InteractionName, ...] = ()
    details: bool = False
    ownership: bool = False
    account_insights: bool = False
    work_insights: bool = False
    webhook: bool = False


@dataclass(frozen=True, slots=True)
class PlatformMetadata:
    """A platform with its capabilities here and its rules for publications."""

    id: Platform
    name: Text
    auth_type: AuthType
    instructions: Text
    empty_hint: EmptyHint | None
    status: Status
    capabilities: Capabilities
    publishing: PublishRules


def metadata(platforms: Platforms) -> list[PlatformMetadata]:
    """Returns every platform, in the registry's order."""
    return [
        _metadata(platforms, platforms.connector(view.id), view.lists_works)
        for view in platforms.views()
    ]


def option_sources(platforms: Platforms, name: str) -> tuple[OptionSource, ...]:
    """Returns the options of a platform whose values are its own. Raises PLATFORM_NOT_SUPPORTED."""
    return platforms.named(name).publishing.option_sources


def proves_owner(connector: Connector) -> bool:
    """Returns whether a platform's answers prove whose a work is."""
    return connector.details is not None and connector.details.proves_owner


def _metadata(platforms: Platforms, connector: Connector, lists_works: bool) -> PlatformMetadata:
    app, auth = platforms.app(connector.id), connector.auth
    return PlatformMetadata(
        id=connector.id,
        name=connector.name,
        auth_type=auth.auth_type(app),
        instructions=auth.instructions_for(app) if app else auth.instructions,
        empty_hint=connector.accounts.empty_hint,
        status="available" if app else "unavailable",
        capabilities=_capabilities(platforms, connector, app, lists_works)
        if app
        else Capabilities(),
        publishing=connector.publishing,
    )


def _capabilities(
    platforms: Platforms, connector: Connector, app: App, lists_works: bool
) -> Capabilities:
    def has(capability: Capability | None) -> bool:
        return platforms.usable(connector.id, capability) is not None

    publisher = platforms.usable(connector.id, connector.publisher)
    engagement = platforms.usable(connector.id, connector.engagement)
    return Capabilities(
        start=isinstance(connector.auth, OAuth),
        revoke=connector.auth.can_revoke(app),
        several=connector.accounts.several(app),
        renew=connector.auth.renews(app),
        list_works=lists_works,
        paging=connector.works.paging if connector.works and lists_works else None,
        link_info=connector.links is not None,
        option_values=connector.option_values is not None,
        publish=publisher is not None,
        reported=connector.publishing.reported,
        completion=publisher.completion if publisher is not None else None,
        publish_scheduled=publisher is not None and publisher.schedules,
        update_published=publisher is not None and publisher.updates,
        remove_published=publisher is not None and publisher.removes_for(app),
        comments=engagement.paging if engagement is not None else None,
        interactions=tuple(engagement.interactions(app)) if engagement is not None else (),
        details=has(connector.details),
        ownership=has(connector.details) and proves_owner(connector),
        account_insights=has(connector.account_insights),
        work_insights=has(connector.work_insights),
        webhook=connector.inbound is not None,
    )

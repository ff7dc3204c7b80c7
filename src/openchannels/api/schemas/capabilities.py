"""Types of what this installation can do with a platform on the wire."""

from typing import Annotated

from msgspec import Meta

from openchannels.api.schemas.common import Wire
from openchannels.api.schemas.engagement_capability import EngagementCapabilityVo, engagement_vo
from openchannels.api.schemas.paging_modes import PagingVo, paging_vo
from openchannels.core.platforms import Locale
from openchannels.core.publications import Completion
from openchannels.service.platforms.metadata import Capabilities


class AuthCapabilityVo(Wire, kw_only=True, omit_defaults=False):
    """Connecting accounts."""

    supported: Annotated[
        bool, Meta(description="Whether an authorization can be started; false for plug-ins.")
    ]
    revoke: Annotated[bool, Meta(description="Whether the grant is revoked at the platform.")]
    selectable_accounts: Annotated[
        bool, Meta(description="Whether a grant may open several accounts.")
    ]
    refresh_account_access: Annotated[
        bool, Meta(description="Whether access is renewed without the person.")
    ]


class PublishCapabilityVo(Wire, kw_only=True):
    """Publishing through this service."""

    supported: bool
    cancel: Annotated[
        bool, Meta(description="Whether works that the platform holds or shows can be taken back.")
    ]
    update: Annotated[bool, Meta(description="Whether published works can be changed.")]
    verify: Annotated[
        bool, Meta(description="Whether the platform is asked what became of a publication.")
    ]
    finalize: Annotated[
        bool, Meta(description="Whether works are published once their files are processed.")
    ]
    schedule_by_platform: Annotated[
        bool, Meta(description="Whether the platform holds works until their time, if asked to.")
    ]
    option_sources: Annotated[
        bool, Meta(description="Whether values of option sources can be read here.")
    ]
    completion_strategy: (
        Annotated[Completion, Meta(description="How it becomes known that a work is out.")] | None
    ) = None


class AnalyticsCapabilityVo(Wire, kw_only=True, omit_defaults=False):
    """Figures of an account or a work over time."""

    account: bool = False
    work: bool = False


class WorkCapabilityVo(Wire, kw_only=True, omit_defaults=False):
    """Reading works."""

    list_works: bool
    list_works_pagination: PagingVo
    get_link_info: bool
    get_detail: bool = False
    verify_ownership: bool = False


class BrowseCapabilityVo(Wire, kw_only=True, omit_defaults=False):
    """Searching the platform."""

    search: bool = False
    get_detail: bool = False


class WebhookCapabilityVo(Wire, kw_only=True):
    """What the platform reports by itself."""

    supported: bool


class CapabilitiesVo(Wire, kw_only=True, omit_defaults=False):
    """What this installation can do with the platform; nothing unless it is `available`."""

    auth: AuthCapabilityVo
    publish: PublishCapabilityVo
    analytics: AnalyticsCapabilityVo
    engagement: EngagementCapabilityVo
    work: WorkCapabilityVo
    browse: BrowseCapabilityVo
    webhook: WebhookCapabilityVo


def capabilities_vo(can: Capabilities, locale: Locale) -> CapabilitiesVo:
    return CapabilitiesVo(
        auth=AuthCapabilityVo(
            supported=can.start,
            revoke=can.revoke,
            selectable_accounts=can.several,
            refresh_account_access=can.renew,
        ),
        publish=_publish(can),
        analytics=AnalyticsCapabilityVo(account=can.account_insights, work=can.work_insights),
        engagement=engagement_vo(can, locale),
        work=WorkCapabilityVo(
            list_works=can.list_works,
            list_works_pagination=paging_vo(can.paging),
            get_link_info=can.link_info,
            get_detail=can.details,
            verify_ownership=can.ownership,
        ),
        browse=BrowseCapabilityVo(),
        webhook=WebhookCapabilityVo(supported=can.webhook),
    )


def _publish(can: Capabilities) -> PublishCapabilityVo:
    return PublishCapabilityVo(
        supported=can.publish,
        cancel=can.remove_published,
        update=can.update_published,
        verify=can.publish and not can.reported,
        finalize=can.completion == "media_finalize",
        schedule_by_platform=can.publish_scheduled,
        option_sources=can.option_values,
        completion_strategy=can.completion,
    )

"""Routes under `/platforms`: what each platform is and gives, and how much of it was used."""

from litestar import HttpMethod

from openchannels.api.cacheable import cacheable
from openchannels.api.endpoint import Operation, OperationCall, endpoint
from openchannels.api.schemas import platform_metadata, platforms
from openchannels.core import errors
from openchannels.core.keys import Scope
from openchannels.core.paging import CursorPaging
from openchannels.core.platforms import AuthType, Locale, Text
from openchannels.core.publishing import OptionSource, PublishRules
from openchannels.core.rate_limits import Limit
from openchannels.service.platforms import availability, metadata
from openchannels.service.platforms.registered import NAMES, PLATFORM_IDS
from openchannels.service.platforms.usage import DAYS
from openchannels.service.services import Services

TAG = "渠道管理/平台"
BASE = "/api/v2/channels/platforms"


FIRST = PLATFORM_IDS[0]
EXAMPLE = metadata.PlatformMetadata(
    id=FIRST,
    name=NAMES[FIRST],
    auth_type=AuthType.OAUTH2,
    instructions=Text(en="Open the link and sign in.", zh="打开链接并登录。"),
    empty_hint=None,
    status="available",
    capabilities=metadata.Capabilities(
        start=True,
        revoke=True,
        renew=True,
        list_works=True,
        paging=CursorPaging(default=10, maximum=20),
    ),
    publishing=PublishRules(),
)
SECTION = OptionSource("tid", Text(en="Section", zh="分区"), "tree")


@cacheable(
    Operation(
        method=HttpMethod.GET,
        path=BASE,
        id="PlatformsController_listPlatforms_v2",
        scope=None,
        kept=True,
        limit=None,
        tag=TAG,
        summary="The platforms, and what can be done with each here",
        description="Needs no key and may be cached: send the `ETag` as `If-None-Match` to learn"
        " whether it has changed. `capabilities` are those of this installation. Limits,"
        " media rules and `optionSchema` are the platform's, whether or not this service publishes"
        " there.",
        data=list[platform_metadata.PlatformMetadataVo],
        example=[platform_metadata.metadata_vo(EXAMPLE, "https://channels.example.com", "en-US")],
    ),
    Limit.PROBE,
)
def list_platforms(
    services: Services, locale: Locale
) -> list[platform_metadata.PlatformMetadataVo]:
    context = services.context
    return [
        platform_metadata.metadata_vo(row, context.rules.public_url, locale)
        for row in metadata.metadata(context.platforms)
    ]


@endpoint(
    Operation(
        method=HttpMethod.GET,
        path=BASE + "/{platform:str}/publish-options",
        id="PlatformsController_listPublishOptions_v2",
        scope=Scope.ACCOUNTS_READ,
        limit=None,
        tag=TAG,
        summary="Publish options whose values are the account's or the platform's own",
        description="Such as boards or categories, which `optionSchema` cannot list. Empty where"
        " the platform has none.",
        data=list[platform_metadata.OptionSourceVo],
        example=[platform_metadata.option_source_vo(SECTION, "en-US")],
        codes=[errors.PLATFORM_NOT_SUPPORTED],
        path_notes={"platform": "One of the platforms."},
    )
)
async def list_publish_options(
    services: Services, call: OperationCall
) -> list[platform_metadata.OptionSourceVo]:
    sources = metadata.option_sources(services.context.platforms, call.path["platform"])
    return [platform_metadata.option_source_vo(source, call.locale) for source in sources]


@endpoint(
    Operation(
        method=HttpMethod.GET,
        path=BASE + "/availability",
        id="PlatformsController_availability_v2",
        scope=Scope.ACCOUNTS_READ,
        limit=None,
        tag=TAG,
        summary="Which fields each platform gives, and why not the others",
        description="For every platform, every field of account and work, and what can be read of"
        " single works, figures and publish options: `given`, `scope` (given with the scope or"
        " setting named) or `never`, with the reason in both languages.",
        data=platforms.Availability,
        example=platforms.Availability(
            platforms=[
                platforms.PlatformAvailabilityVo(
                    platform="youtube",
                    display_name={"en-US": "YouTube", "zh-CN": "YouTube"},
                    lists_works=True,
                    account={"fansCount": platforms.FieldVo(state="given")},
                    work={
                        "shareCount": platforms.FieldVo(
                            state="scope",
                            scope="https://www.googleapis.com/auth/yt-analytics.readonly",
                        )
                    },
                    operations={"getDetail": platforms.FieldVo(state="given")},
                )
            ]
        ),
    )
)
async def platform_availability(services: Services, call: OperationCall) -> platforms.Availability:
    return platforms.availability(availability.matrix(services.context.platforms))


@endpoint(
    Operation(
        method=HttpMethod.GET,
        path=BASE + "/usage",
        id="PlatformsController_usage_v2",
        scope=Scope.ACCOUNTS_READ,
        limit=None,
        tag=TAG,
        summary="How much of each platform your workspace has used",
        description="Calls per UTC day and operation over the last thirty days, with their cost"
        " in the platform's own unit.",
        data=platforms.UsageVo,
        example=platforms.UsageVo(
            days=30,
            used=[
                platforms.UsedVo(
                    platform="youtube",
                    day="2026-11-21",
                    operation="works.list",
                    calls=12,
                    cost=12.0,
                    unit="quota units",
                )
            ],
        ),
    )
)
async def platform_usage(services: Services, call: OperationCall) -> platforms.UsageVo:
    used = await services.context.usage.list_usage(call.caller.user_id)
    unit = services.context.platforms.cost_unit
    return platforms.UsageVo(
        days=DAYS,
        used=[
            platforms.UsedVo(
                platform=entry.platform,
                day=entry.day,
                operation=entry.operation,
                calls=entry.calls,
                cost=entry.cost,
                unit=unit(entry.platform),
            )
            for entry in used
        ],
    )


ROUTES = [list_platforms, list_publish_options, platform_availability, platform_usage]

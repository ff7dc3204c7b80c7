"""Routes under `/platforms`: which fields each platform gives, and how much of it was used."""

from litestar import HttpMethod

from openchannels.api.endpoint import Operation, OperationCall, endpoint
from openchannels.api.schemas import platforms
from openchannels.core.keys import Scope
from openchannels.service.platforms import availability
from openchannels.service.platforms.usage import DAYS
from openchannels.service.services import Services

TAG = "渠道管理/平台"
BASE = "/api/v2/channels/platforms"


@endpoint(
    Operation(
        method=HttpMethod.GET,
        path=BASE + "/availability",
        id="PlatformsController_availability_v2",
        scope=Scope.ACCOUNTS_READ,
        limit=None,
        tag=TAG,
        summary="Which fields each platform gives, and why not the others",
        description="For every platform and every field of account and work: `given`, `scope`"
        " (given with the scope or setting named) or `never`, with the reason in both languages.",
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


ROUTES = [platform_availability, platform_usage]

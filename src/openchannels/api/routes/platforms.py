"""Routes under `/platforms`: what each platform can tell."""

from litestar import HttpMethod

from openchannels.api import schemas
from openchannels.api.endpoint import Call, Operation, endpoint
from openchannels.service import availability
from openchannels.service.services import Services

TAG = "渠道管理/平台"
BASE = "/api/v2/channels/platforms"


@endpoint(
    Operation(
        method=HttpMethod.GET,
        path=BASE + "/availability",
        id="PlatformsController_availability_v2",
        tag=TAG,
        summary="Which fields each platform gives, and why not the others",
        description="For every platform and every field of account and work: `given`, `scope`"
        " (given with the scope or setting named) or `never`, with the reason in both languages.",
        data=schemas.Availability,
        example=schemas.Availability(
            platforms=[
                schemas.PlatformAvailabilityVo(
                    platform="youtube",
                    display_name={"en-US": "YouTube", "zh-CN": "YouTube"},
                    lists_works=True,
                    account={"fansCount": schemas.FieldVo(state="given")},
                    work={
                        "shareCount": schemas.FieldVo(
                            state="scope",
                            scope="https://www.googleapis.com/auth/yt-analytics.readonly",
                        )
                    },
                )
            ]
        ),
    )
)
async def platform_availability(services: Services, call: Call) -> schemas.Availability:
    return schemas.availability(availability.matrix(services.context.platforms))


ROUTES = [platform_availability]

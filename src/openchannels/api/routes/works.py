"""Routes under `/works`: an account's works, and the work that a link names."""

from litestar import HttpMethod

from openchannels.api.call_codes import CALL_CODES
from openchannels.api.endpoint import Operation, OperationCall, endpoint
from openchannels.api.query import read_pagination
from openchannels.api.schemas import pages, works
from openchannels.api.schemas.common import none_if_unset, period
from openchannels.core import errors
from openchannels.core.exceptions import Issue
from openchannels.core.keys import Scope
from openchannels.core.platforms import Platform
from openchannels.core.rate_limits import Limit
from openchannels.core.works import ContentMode
from openchannels.service.platforms.registered import PLATFORM_IDS, platform_meant
from openchannels.service.services import Services

NO_OTHER_ROUTES = f"under works/ stands link-info, or a platform's id: {', '.join(PLATFORM_IDS)}."
TAG = "渠道管理/作品"


@endpoint(
    Operation(
        method=HttpMethod.GET,
        path="/api/v2/channels/works/{platform:str}",
        id="WorksController_listWorks_v2",
        scope=Scope.WORKS_READ,
        limit=Limit.WORKS,
        tag=TAG,
        summary="List an account's works with their metrics",
        description="Platforms page by cursor or by number; the answer's `pagination` says how"
        " to continue. A metric that the platform does not give is absent. With `since` or"
        " `until` only works with a date in that time are listed: a page may hold fewer than"
        " requested, even none, and still have a next page.",
        query=works.WorksQuery,
        paged=True,
        data=works.WorkList,
        example=works.WorkList(
            platform="youtube",
            items=[
                works.WorkItem(
                    platform_work_id="aB3dE5gH7jK",
                    content_mode="video",
                    title="Glaze test 14",
                    url="https://www.youtube.com/watch?v=aB3dE5gH7jK",
                    published_at="2026-10-02T17:00:09.000Z",
                    author_name="Kiln & Clay",
                    status="published",
                    metrics=works.WorkMetrics(
                        view_count=5312, play_count=5312, like_count=241, comment_count=18
                    ),
                )
            ],
            pagination=pages.CursorPage(
                next_cursor="AVk0c2lnbmVk...", has_next=True, has_previous=False, limit=25
            ),
        ),
        codes=(
            *CALL_CODES,
            errors.PLATFORM_MISMATCH,
            errors.OPERATION_NOT_SUPPORTED,
            errors.PAGINATION_MODE_NOT_SUPPORTED,
            errors.LIMIT_TOO_LARGE,
            errors.PAGE_SIZE_TOO_LARGE,
            errors.DIRECTION_NOT_SUPPORTED,
        ),
        path_notes={"platform": "The account's platform."},
    )
)  # fmt: skip
async def list_works(services: Services, call: OperationCall) -> works.WorkList:
    query: works.WorksQuery = call.query
    mode = none_if_unset(query.content_mode)
    listed = await services.works.list_page(
        call.caller,
        platform_of(call),
        query.account_id,
        read_pagination(call.raw_query),
        ContentMode(mode) if mode else None,
        period(query.since, query.until),
    )
    return works.work_list(listed)


@endpoint(
    Operation(
        method=HttpMethod.GET,
        path="/api/v2/channels/works/link-info",
        id="WorksController_getLinkInfo_v2",
        scope=Scope.WORKS_READ,
        limit=Limit.WORKS,
        tag=TAG,
        summary="Which work a public link names",
        description="Reads the link itself; only a short link takes a call, to the platform's own"
        " addresses. A link that names no work of the platform is a success with a `message`, and"
        " so is a missing `accountId` on a platform that needs one.",
        query=works.LinkQuery,
        data=works.LinkInfoVo,
        example=works.LinkInfoVo(
            platform="youtube",
            work=works.LinkedWorkVo(
                id="aB3dE5gH7jK",
                url="https://www.youtube.com/watch?v=aB3dE5gH7jK",
                media_type="video",
            ),
            snapshots=[],
            extra=works.LinkExtra(
                data_id="aB3dE5gH7jK",
                unique_id="youtube_aB3dE5gH7jK",
                type="video",
                resolved_url="https://www.youtube.com/watch?v=aB3dE5gH7jK",
            ),
        ),
        codes=(
            errors.ACCOUNT_NOT_FOUND,
            errors.PLATFORM_NOT_SUPPORTED,
            errors.PLATFORM_MISMATCH,
            errors.PLATFORM_CALL_FAILED,
            errors.PLATFORM_RATE_LIMITED,
            errors.PLATFORM_UNAVAILABLE,
        ),
    )
)
async def link_info(services: Services, call: OperationCall) -> works.LinkInfoVo:
    query: works.LinkQuery = call.query
    account_id = none_if_unset(query.account_id)
    platform = Platform(query.platform)
    found = await services.work_links.find(call.caller, platform, query.link, account_id)
    return works.link_info(found)


def platform_of(call: OperationCall) -> Platform:
    """Returns the platform that a path names. Raises VALIDATION_FAILED for no platform's id."""
    name: str = call.path["platform"]
    platform = Platform(name)
    if platform not in PLATFORM_IDS:
        meant = platform_meant(name)
        hint = f"did you mean {meant}?" if meant else NO_OTHER_ROUTES
        raise errors.validation_failed([Issue("platform", f"is not one of the platforms; {hint}")])
    return platform


ROUTES = [list_works, link_info]

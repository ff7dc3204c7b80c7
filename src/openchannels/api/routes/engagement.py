"""Routes under `/engagement`: comments, and what accounts do on their platforms."""

from litestar import HttpMethod

from openchannels.api.call_codes import CALL_CODES
from openchannels.api.endpoint import Operation, OperationCall, endpoint
from openchannels.api.query import read_pagination
from openchannels.api.schemas import engagement as schemas
from openchannels.api.schemas import pages
from openchannels.core import errors
from openchannels.core.engagement import Interaction, InteractionName
from openchannels.core.keys import Scope
from openchannels.core.platforms import Platform
from openchannels.core.rate_limits import Limit
from openchannels.service.services import Services

TAG = "渠道管理/互动"
BASE = "/api/v2/channels/engagement"
CODES = (*CALL_CODES, errors.PLATFORM_MISMATCH, errors.OPERATION_NOT_SUPPORTED)
WORK, COMMENT = "aB3dE5gH7jK", "UgxExampleThread0001"
MADE_AT = "2026-10-03T08:00:00.000Z"
ONCE = (
    "Nothing is done twice: where the platform's answer is lost, it is asked what became of"
    f" it. What cannot be found out is {errors.PLATFORM_CALL_FAILED.number} with the `reason`"
    " `unconfirmed`."
)


@endpoint(
    Operation(
        method=HttpMethod.GET,
        path=BASE + "/comments",
        id="EngagementController_listComments_v2",
        scope=Scope.ENGAGEMENT_READ,
        limit=Limit.WORKS,
        tag=TAG,
        summary="List the comments on a work",
        description="With `parentCommentId` the answers to that comment. `capabilities.engagement`"
        " of the platform says whether comments can be listed, and how they are paged.",
        query=schemas.CommentsQuery,
        paged=True,
        data=schemas.CommentList,
        example=schemas.CommentList(
            platform="youtube",
            items=[
                schemas.CommentVo(
                    platform_comment_id=COMMENT,
                    platform_work_id=WORK,
                    content="Which cone?",
                    author_name="@mads",
                    author_platform_uid="UCreader0001",
                    created_at=MADE_AT,
                    like_count=3,
                    reply_count=2,
                    hidden=False,
                )
            ],
            pagination=pages.CursorPage(
                next_cursor="AVk0c2lnbmVk...", has_next=True, has_previous=False, limit=20
            ),
        ),
        codes=(
            *CODES,
            errors.PAGINATION_MODE_NOT_SUPPORTED,
            errors.LIMIT_TOO_LARGE,
            errors.PAGE_SIZE_TOO_LARGE,
            errors.DIRECTION_NOT_SUPPORTED,
        ),
    )
)
async def list_comments(services: Services, call: OperationCall) -> schemas.CommentList:
    query: schemas.CommentsQuery = call.query
    listed = await services.comments.list_page(
        call.caller,
        Platform(query.platform),
        query.account_id,
        schemas.thread_of(query),
        read_pagination(call.raw_query),
    )
    return schemas.comment_list(listed)


@endpoint(
    Operation(
        method=HttpMethod.POST,
        path=BASE + "/comments",
        id="EngagementController_createComment_v2",
        scope=Scope.ENGAGEMENT_WRITE,
        limit=Limit.CHANGE,
        tag=TAG,
        summary="Comment on a work, or answer a comment",
        description=ONCE,
        query=schemas.ActorQuery,
        body=schemas.CreateComment,
        body_example={"platform": "youtube", "platformWorkId": WORK, "content": "Cone 10."},
        data=schemas.EngagementAction,
        example=schemas.EngagementAction(
            platform="youtube",
            action_type=InteractionName.COMMENT,
            target_type="work",
            target_id=WORK,
            platform_action_id=COMMENT,
            success=True,
            created_at=MADE_AT,
        ),
        codes=CODES,
    )
)
async def create_comment(services: Services, call: OperationCall) -> schemas.EngagementAction:
    return await _done(services, call, schemas.written_comment(call.body))


@endpoint(
    Operation(
        method=HttpMethod.POST,
        path=BASE + "/function",
        id="EngagementController_callFunction_v2",
        scope=Scope.ENGAGEMENT_WRITE,
        limit=Limit.CHANGE,
        tag=TAG,
        summary="Like, repost, hide, follow and the like",
        description="`name` says what is done and `data` to what. `capabilities.engagement` of the"
        f" platform names the functions that can be called here. {ONCE}",
        query=schemas.ActorQuery,
        body=schemas.CallFunction,
        body_example={
            "platform": "facebook",
            "name": "hide_reply",
            "data": {"commentId": "912345678901234_771000000000001"},
        },
        data=schemas.EngagementAction,
        example=schemas.EngagementAction(
            platform="facebook",
            action_type=InteractionName.HIDE_REPLY,
            target_type="comment",
            target_id="912345678901234_771000000000001",
            success=True,
            created_at=MADE_AT,
        ),
        codes=CODES,
    )
)
async def call_function(services: Services, call: OperationCall) -> schemas.EngagementAction:
    return await _done(services, call, schemas.called_function(call.body))


async def _done(
    services: Services, call: OperationCall, wanted: Interaction
) -> schemas.EngagementAction:
    platform, account_id = Platform(call.body.platform), call.query.account_id
    done = await services.interactions.interact(call.caller, platform, account_id, wanted)
    return schemas.engagement_action(done)


ROUTES = [list_comments, create_comment, call_function]

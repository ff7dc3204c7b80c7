"""Routes under `/publish`: flows, tasks and preflight."""

from collections.abc import Awaitable, Callable
from typing import Concatenate, ParamSpec

from litestar import HttpMethod

from openchannels.api.endpoint import Operation, OperationCall, endpoint
from openchannels.api.schemas import preflight as preflights
from openchannels.api.schemas import publish_requests as requests
from openchannels.api.schemas import publishing as schemas
from openchannels.api.schemas.common import UNSET, none_if_unset
from openchannels.core import errors
from openchannels.core.keys import Scope
from openchannels.core.rate_limits import Limit
from openchannels.service.context import Caller
from openchannels.service.services import Services

TAG = "渠道管理/内容发布"
BASE = "/api/v2/channels/publish"
TASK = BASE + "/tasks/{task_id:str}"
TASK_NOTES = {"taskId": "Id of a task, which is that of its record."}
ACCOUNT = "youtube_114577_UC7qXr"
EXAMPLE_TASK = schemas.PublishTaskVo(
    id="65f0c0ffee65f0c0ffee65f1",
    account_id=ACCOUNT,
    platform="youtube",
    status=1,
    publish_time="2026-12-01T08:00:00.000Z",
    platform_work_id="xQ9pL2mN4rS",
    work_link="https://www.youtube.com/watch?v=xQ9pL2mN4rS",
    link_status="ready",
)
EXAMPLE_FLOW = schemas.PublishFlowVo(
    flow_id="6f1c3a52-93d7-4b1e-9a0e-2f4f1f7f8e11", tasks=[EXAMPLE_TASK]
)
EXAMPLE_BODY = {
    "content": {
        "title": "Glaze test 15",
        "body": "Iron and ash. #pottery",
        "media": [{"url": "https://channels.example.com/media/acme/publishMedia/202611/V1St.mp4"}],
    },
    "publishAt": "2026-12-01T08:00:00Z",
    "items": [{"platform": "youtube", "accountId": ACCOUNT, "option": {"categoryId": "26"}}],
}
DRAFT_CODES = (
    errors.PUBLISH_ACCOUNT_NOT_FOUND,
    errors.PUBLISH_DUPLICATE_ITEM,
    errors.PUBLISH_NOT_SUPPORTED,
    errors.PERMISSION_MISSING,
    errors.PUBLISH_RESOURCE_UNAVAILABLE,
)


@endpoint(
    Operation(
        method=HttpMethod.POST,
        path=BASE + "/flows",
        id="PublishFlowController_createFlow_v2",
        scope=Scope.PUBLISH_WRITE,
        limit=Limit.CHANGE,
        tag=TAG,
        summary="Publish one content on several accounts",
        description="All items are checked before any is stored; what is wrong with any is told at"
        " once. The same request again with its `flowId` answers the flow as it stands, and one"
        " with further accounts adds their tasks.",
        body=requests.CreateFlow,
        body_example=EXAMPLE_BODY,
        data=schemas.PublishFlowVo,
        example=EXAMPLE_FLOW,
        codes=(
            *DRAFT_CODES,
            errors.PUBLISH_TASK_EXISTS,
            errors.PUBLISH_VALIDATION_FAILED,
        ),
    )
)
async def create_flow(services: Services, call: OperationCall) -> schemas.PublishFlowVo:
    request = requests.flow_request(call.body)
    flow = await services.publish_flows.create(call.caller, request, call.locale)
    return schemas.flow_vo(flow, call.locale)


@endpoint(
    Operation(
        method=HttpMethod.POST,
        path=BASE + "/preflight",
        id="PublishFlowController_preflight_v2",
        scope=Scope.PUBLISH_READ,
        limit=Limit.WORKS,
        tag=TAG,
        summary="What would be wrong with a flow",
        description="Takes what creates a flow, checks it by the same rules and stores nothing."
        " Every issue of every item, errors and warnings; what it costs, what is left of the limits"
        " that the platform sets on publications, and when it could go out. Publications that wait"
        " for their time do not count toward those limits yet.",
        body=requests.CreateFlow,
        body_example=EXAMPLE_BODY,
        acts=False,
        data=preflights.PreflightVo,
        example=preflights.PreflightVo(
            ok=False,
            items=[
                preflights.PreflightItemVo(
                    platform="youtube",
                    account_id=ACCOUNT,
                    ok=False,
                    issues=[
                        preflights.RuleIssueVo(
                            rule="youtube.title.length",
                            code="too_big",
                            path="content.title",
                            message="The title has 104 characters; YouTube takes 100.",
                            params={"limit": 100, "actual": 104},
                            severity="error",
                        )
                    ],
                    cost=[preflights.CostVo(amount=1, unit="uploads")],
                    caps=[
                        preflights.CapVo(
                            scope="app",
                            most=100,
                            seconds=86_400,
                            left=0,
                            free_at="2026-12-02T08:00:00.000Z",
                        )
                    ],
                    earliest_at="2026-12-02T08:00:00.000Z",
                )
            ],
        ),
        codes=DRAFT_CODES,
    )
)
async def preflight(services: Services, call: OperationCall) -> preflights.PreflightVo:
    request = requests.flow_request(call.body)
    items = await services.publish_preflight.check(call.caller, request)
    return preflights.preflight_vo(items, call.locale)


@endpoint(
    Operation(
        method=HttpMethod.GET,
        path=BASE + "/flows/{flow_id:str}",
        id="PublishFlowController_getFlow_v2",
        scope=Scope.PUBLISH_READ,
        limit=None,
        tag=TAG,
        summary="A flow and its tasks",
        description="With the state of each task.",
        data=schemas.PublishFlowVo,
        example=EXAMPLE_FLOW,
        codes=(errors.PUBLISH_FLOW_NOT_FOUND,),
        path_notes={"flowId": "Id of a flow."},
    )
)
async def get_flow(services: Services, call: OperationCall) -> schemas.PublishFlowVo:
    flow = await services.publish_flows.get(call.caller, call.path["flow_id"])
    return schemas.flow_vo(flow, call.locale)


Parameters = ParamSpec("Parameters")


async def _changed(
    call: OperationCall,
    change: Callable[Concatenate[Caller, str, Parameters], Awaitable[None]],
    *values: Parameters.args,
    **named: Parameters.kwargs,
) -> schemas.TaskIdVo:
    """Changes the caller's task that the path names, and answers with its id."""
    task_id = call.path["task_id"]
    await change(call.caller, task_id, *values, **named)
    return schemas.TaskIdVo(task_id=task_id)


@endpoint(
    Operation(
        method=HttpMethod.POST,
        path=TASK + "/publish-now",
        id="PublishTaskController_publishNow_v2",
        scope=Scope.PUBLISH_WRITE,
        limit=Limit.CHANGE,
        tag=TAG,
        summary="Publish a waiting task now",
        description="Instead of at its time.",
        data=schemas.TaskIdVo,
        example=schemas.TaskIdVo(task_id=EXAMPLE_TASK.id),
        codes=(errors.PUBLISH_TASK_NOT_FOUND, errors.PUBLISH_NOW_NOT_ALLOWED),
        path_notes=TASK_NOTES,
    )
)
async def publish_now(services: Services, call: OperationCall) -> schemas.TaskIdVo:
    return await _changed(call, services.publish_control.publish_now)


@endpoint(
    Operation(
        method=HttpMethod.POST,
        path=TASK + "/retry",
        id="PublishTaskController_retryTask_v2",
        scope=Scope.PUBLISH_WRITE,
        limit=Limit.CHANGE,
        tag=TAG,
        summary="Publish a failed task again",
        description="From its beginning, now. One of which it is not known whether it is out"
        " (`errorData.type` `unconfirmed`) needs `force`: look at the account before.",
        query=requests.RetryTask,
        data=schemas.TaskIdVo,
        example=schemas.TaskIdVo(task_id=EXAMPLE_TASK.id),
        codes=(errors.PUBLISH_TASK_NOT_FOUND, errors.PUBLISH_RETRY_NOT_ALLOWED),
        path_notes=TASK_NOTES,
    )
)
async def retry_task(services: Services, call: OperationCall) -> schemas.TaskIdVo:
    force = bool(none_if_unset(call.query.force))
    return await _changed(call, services.publish_control.retry, force=force)


@endpoint(
    Operation(
        method=HttpMethod.DELETE,
        path=TASK,
        id="PublishTaskController_cancelTask_v2",
        scope=Scope.PUBLISH_WRITE,
        limit=Limit.CHANGE,
        tag=TAG,
        summary="Cancel a task",
        description="One of which nothing is out is not published; a work that the platform has or"
        " shows is taken back there, where the platform has a way to do that.",
        data=schemas.TaskIdVo,
        example=schemas.TaskIdVo(task_id=EXAMPLE_TASK.id),
        codes=(
            errors.PUBLISH_TASK_NOT_FOUND,
            errors.PUBLISH_ACCOUNT_NOT_FOUND,
            errors.PUBLISH_CANCEL_NOT_SUPPORTED,
            errors.PUBLISH_CANCEL_FAILED,
            errors.PUBLISH_NOT_SUPPORTED,
            errors.PUBLISH_DEQUEUE_FAILED,
        ),
        path_notes=TASK_NOTES,
    )
)
async def cancel_task(services: Services, call: OperationCall) -> schemas.TaskIdVo:
    return await _changed(call, services.publish_cancellation.cancel)


@endpoint(
    Operation(
        method=HttpMethod.PATCH,
        path=TASK + "/publish-at",
        id="PublishTaskController_updatePublishAt_v2",
        scope=Scope.PUBLISH_WRITE,
        limit=Limit.CHANGE,
        tag=TAG,
        summary="Publish a waiting task at another time",
        description="A time in the past means now.",
        body=requests.UpdatePublishAt,
        body_example={"publishAt": "2026-12-02T08:00:00Z"},
        data=schemas.TaskIdVo,
        example=schemas.TaskIdVo(task_id=EXAMPLE_TASK.id),
        codes=(errors.PUBLISH_TASK_NOT_FOUND, errors.PUBLISH_TIME_FIXED),
        path_notes=TASK_NOTES,
    )
)
async def update_publish_at(services: Services, call: OperationCall) -> schemas.TaskIdVo:
    at = call.body.publish_at.timestamp()
    return await _changed(call, services.publish_control.reschedule, at)


@endpoint(
    Operation(
        method=HttpMethod.POST,
        path=TASK + "/update",
        id="PublishTaskController_updatePublished_v2",
        scope=Scope.PUBLISH_WRITE,
        limit=Limit.CHANGE,
        tag=TAG,
        summary="Change a published work",
        description="On platforms that allow it. The work stays as it is if the change fails.",
        body=requests.UpdateTask,
        body_example={"content": {"title": "Glaze test 15, corrected"}},
        data=schemas.TaskIdVo,
        example=schemas.TaskIdVo(task_id=EXAMPLE_TASK.id),
        codes=(
            errors.PUBLISH_TASK_NOT_FOUND,
            errors.PUBLISH_ACCOUNT_NOT_FOUND,
            errors.PUBLISH_NOT_SUPPORTED,
            errors.PUBLISH_WORK_ID_MISSING,
            errors.PUBLISH_UPDATE_NOT_ALLOWED,
            errors.PUBLISH_UPDATE_NOT_SUPPORTED,
            errors.PUBLISH_VALIDATION_FAILED,
            errors.PUBLISH_RESOURCE_UNAVAILABLE,
        ),
        path_notes=TASK_NOTES,
    )
)
async def update_published(services: Services, call: OperationCall) -> schemas.TaskIdVo:
    body: requests.UpdateTask = call.body
    if body.content is UNSET and body.option is UNSET:
        raise errors.validation_failed(requests.nothing_to_change())
    changes, option = requests.content_changes(body), none_if_unset(body.option)
    return await _changed(call, services.publish_updates.update, changes, option, call.locale)


ROUTES = [
    create_flow,
    preflight,
    get_flow,
    publish_now,
    retry_task,
    cancel_task,
    update_publish_at,
    update_published,
]

"""Routes under `/publish/records`: what was published, and what is still to be."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from litestar import HttpMethod

from openchannels.api.call_codes import CALL_CODES
from openchannels.api.endpoint import Operation, OperationCall, endpoint
from openchannels.api.keyless import keyless
from openchannels.api.routes.publishing import ACCOUNT, BASE, EXAMPLE_TASK, TAG
from openchannels.api.schemas import publish_requests as requests
from openchannels.api.schemas import publishing as schemas
from openchannels.api.schemas.common import moment, none_if_unset
from openchannels.core import errors
from openchannels.core.keys import Scope
from openchannels.core.publications import PublishStatus
from openchannels.core.rate_limits import Limit
from openchannels.service.publishing.records import PUBLISHED, QUEUED
from openchannels.service.services import Services

RECORDS = BASE + "/records"
ONE = RECORDS + "/{record_id:str}"
NOTES = {"recordId": "Id of a record, which is that of its task."}
EXAMPLE = schemas.PublishRecordVo(
    id=EXAMPLE_TASK.id,
    flow_id="6f1c3a52-93d7-4b1e-9a0e-2f4f1f7f8e11",
    task_id=EXAMPLE_TASK.id,
    account_id=ACCOUNT,
    account_type="youtube",
    type="video",
    status=1,
    title="Glaze test 15",
    desc="Iron and ash. #pottery",
    publish_time="2026-12-01T08:00:00.000Z",
    platform_work_id="xQ9pL2mN4rS",
    work_link="https://www.youtube.com/watch?v=xQ9pL2mN4rS",
    link_status="ready",
    video_url="https://channels.example.com/media/acme/publishMedia/202611/V1St.mp4",
    img_url_list=[],
    source="api",
    created_at="2026-11-30T09:12:00.000Z",
    updated_at="2026-12-01T08:00:21.000Z",
)


def listing(path: str, name: str, summary: str, note: str, query: Any) -> Operation:
    """Returns the declaration of a list of records."""
    return Operation(
        method=HttpMethod.GET,
        path=path,
        id=f"PublishRecordController_{name}_v2",
        scope=Scope.PUBLISH_READ,
        limit=None,
        tag=TAG,
        summary=summary,
        description=f"{note} Latest `publishTime` first, at most 1,000.",
        query=query,
        data=list[schemas.PublishRecordVo],
        example=[EXAMPLE],
    )


async def _records(
    services: Services, call: OperationCall, statuses: Sequence[PublishStatus]
) -> list[schemas.PublishRecordVo]:
    wanted = replace(requests.record_filter(call.query), statuses=statuses)
    found = await services.publish_records.list(call.caller, wanted)
    return [schemas.record_vo(record, call.locale) for record in found]


@endpoint(
    listing(RECORDS, "listRecords", "Your records", "In any state.", requests.AllRecordsQuery)
)
async def list_records(services: Services, call: OperationCall) -> list[schemas.PublishRecordVo]:
    status = none_if_unset(call.query.status)
    return await _records(services, call, () if status is None else (PublishStatus(status),))


@endpoint(
    listing(
        RECORDS + "/queued",
        "listQueued",
        "Your records that are still to go out",
        "Waiting for their time, under way, or waiting for a person.",
        requests.RecordsQuery,
    )
)
async def list_queued(services: Services, call: OperationCall) -> list[schemas.PublishRecordVo]:
    return await _records(services, call, QUEUED)


@endpoint(
    listing(
        RECORDS + "/published",
        "listPublished",
        "Your records that are out",
        "Those being changed too.",
        requests.RecordsQuery,
    )
)
async def list_published(services: Services, call: OperationCall) -> list[schemas.PublishRecordVo]:
    return await _records(services, call, PUBLISHED)


@keyless(
    Operation(
        method=HttpMethod.GET,
        path=RECORDS + "/public/{record_id:str}",
        id="PublishRecordController_getPublicRecord_v2",
        scope=None,
        limit=None,
        tag=TAG,
        summary="The state of a record, without a key",
        description="For those who know its id: where the work is, nothing of its content.",
        data=schemas.PublicRecordVo,
        example=schemas.PublicRecordVo(
            id=EXAMPLE.id,
            account_type="youtube",
            type="video",
            status=1,
            publish_time=EXAMPLE.publish_time,
            platform_work_id=EXAMPLE.platform_work_id,
            work_link=EXAMPLE.work_link,
            link_status="ready",
            created_at=EXAMPLE.created_at,
            updated_at=EXAMPLE.updated_at,
        ),
        codes=(errors.PUBLISH_RECORD_NOT_FOUND,),
        path_notes=NOTES,
    ),
    Limit.PROBE,
)
async def get_public_record(services: Services, path: dict[str, Any]) -> schemas.PublicRecordVo:
    return schemas.public_record_vo(await services.publish_records.get_public(path["record_id"]))


@endpoint(
    Operation(
        method=HttpMethod.GET,
        path=ONE,
        id="PublishRecordController_getRecord_v2",
        scope=Scope.PUBLISH_READ,
        limit=None,
        tag=TAG,
        summary="A record",
        description="With its content and its state.",
        data=schemas.PublishRecordVo,
        example=EXAMPLE,
        codes=(errors.PUBLISH_RECORD_NOT_FOUND,),
        path_notes=NOTES,
    )
)
async def get_record(services: Services, call: OperationCall) -> schemas.PublishRecordVo:
    record = await services.publish_records.get(call.caller, call.path["record_id"])
    return schemas.record_vo(record, call.locale)


@endpoint(
    Operation(
        method=HttpMethod.DELETE,
        path=ONE,
        id="PublishRecordController_deleteRecord_v2",
        scope=Scope.PUBLISH_WRITE,
        limit=Limit.CHANGE,
        tag=TAG,
        summary="Delete a record",
        description="The record, not the work. One that still goes on is cancelled first.",
        data=bool,
        example=True,
        codes=(errors.PUBLISH_RECORD_NOT_FOUND, errors.PUBLISH_TASK_STATUS_INVALID),
        path_notes=NOTES,
    )
)
async def delete_record(services: Services, call: OperationCall) -> bool:
    await services.publish_records.delete(call.caller, call.path["record_id"])
    return True


@endpoint(
    Operation(
        method=HttpMethod.PATCH,
        path=ONE + "/work-link",
        id="PublishRecordController_updateWorkLink_v2",
        scope=Scope.PUBLISH_WRITE,
        limit=Limit.CHANGE,
        tag=TAG,
        summary="Report where a published work is",
        description="For works that a plug-in or a person has published. A record that waits for a"
        " person is published by it, and so is one of which it was not known whether it is out.",
        body=requests.UpdateWorkLink,
        body_example={"workLink": "https://www.douyin.com/video/7558123456789012345"},
        data=schemas.PublishRecordVo,
        example=EXAMPLE,
        codes=(
            errors.PUBLISH_RECORD_NOT_FOUND,
            errors.INVALID_WORK_LINK,
            errors.PUBLISH_TASK_INVALID,
        ),
        path_notes=NOTES,
    )
)
async def update_work_link(services: Services, call: OperationCall) -> schemas.PublishRecordVo:
    reported = requests.work_link(call.body)
    record_id = call.path["record_id"]
    record = await services.work_link_reports.report(call.caller, record_id, reported)
    return schemas.record_vo(record, call.locale)


@endpoint(
    Operation(
        method=HttpMethod.GET,
        path=ONE + "/user-action",
        id="PublishRecordController_getUserAction_v2",
        scope=Scope.PUBLISH_WRITE,
        limit=Limit.CHANGE,
        tag=TAG,
        summary="How the person finishes a record",
        description="For a record with status 8. `schemeUrl` opens the platform's app on the"
        " person's device, `shortLink` any browser. Ask again once `expiresAt` has passed.",
        data=schemas.UserActionVo,
        example=schemas.UserActionVo(
            record_id=EXAMPLE.id,
            platform="douyin",
            share_id="1759435947641859",
            scheme_url="snssdk1128://openplatform/share?share_type=h5&state=1759435947641859",
            short_link="https://channels.example.com/s/Yk3vQ9",
            expires_at="2026-12-01T09:00:00.000Z",
        ),
        codes=(
            errors.PUBLISH_RECORD_NOT_FOUND,
            errors.PUBLISH_TASK_STATUS_INVALID,
            errors.PUBLISH_NOT_SUPPORTED,
            errors.PUBLISH_ACCOUNT_NOT_FOUND,
            *CALL_CODES,
        ),
        path_notes=NOTES,
    )
)
async def get_user_action(services: Services, call: OperationCall) -> schemas.UserActionVo:
    record, made = await services.user_actions.find(call.caller, call.path["record_id"])
    return schemas.UserActionVo(
        record_id=record.id,
        platform=record.platform,
        share_id=made.share_id,
        scheme_url=made.scheme_url,
        short_link=made.short_link or made.scheme_url,
        expires_at=moment(made.expires_at),
    )


ROUTES = [
    get_user_action,
    list_queued,
    list_published,
    get_public_record,
    list_records,
    get_record,
    delete_record,
    update_work_link,
]

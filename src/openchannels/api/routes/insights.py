"""Routes of single works and of figures: of accounts, of works, and of works over time."""

from litestar import HttpMethod

from openchannels.api.call_codes import CALL_CODES
from openchannels.api.endpoint import Operation, OperationCall, endpoint
from openchannels.api.routes import accounts, works
from openchannels.api.schemas import account_insights, work_insights
from openchannels.api.schemas.account_insights import read_period
from openchannels.api.schemas.common import none_if_unset
from openchannels.api.schemas.works import WorkMetrics
from openchannels.core import errors
from openchannels.core.exceptions import Issue
from openchannels.core.keys import Scope
from openchannels.core.rate_limits import Limit
from openchannels.core.works import MAX_WORK_ID
from openchannels.service.insights.snapshots import DEFAULT_DAYS, MOST
from openchannels.service.services import Services

WORK = "/api/v2/channels/works/{platform:str}/{platform_work_id:str}"
NOTES = {
    "platform": "The account's platform.",
    "platformWorkId": "The work's id at the platform; encode slashes in it as `%2F`.",
}
DEFAULT_LIMIT = 50
PERIOD = (
    " `since` and `until` are the time that the platform is asked for and that stored snapshots"
    f" are from: without `since` the {DEFAULT_DAYS} days before `until`, the newest {MOST} at"
    " most."
)
AT = "2026-11-21T08:00:00.000Z"
EXAMPLE_WORK = work_insights.WorkVo(
    id="aB3dE5gH7jK",
    url="https://www.youtube.com/watch?v=aB3dE5gH7jK",
    title="Glaze test 14",
    media_type="video",
    published_at="2026-10-02T17:00:09.000Z",
    status="published",
    author="Kiln & Clay",
    author_platform_uid="UCexample1234567890",
)
EXAMPLE_METRICS = WorkMetrics(view_count=5312, like_count=241, comment_count=18)
EXAMPLE_SNAPSHOT = work_insights.WorkSnapshotVo(
    id="6561f0c0ffee6561f0c0ffee",
    platform_work_id=EXAMPLE_WORK.id,
    snapshot_at=AT,
    fetched_at=AT,
    work=EXAMPLE_WORK,
    metrics=EXAMPLE_METRICS,
)


@endpoint(
    Operation(
        method=HttpMethod.GET,
        path=accounts.BASE + "/{account_id:str}/analytics",
        id="AccountsController_accountAnalytics_v2",
        scope=Scope.ACCOUNTS_READ,
        limit=Limit.WORKS,
        tag=accounts.TAG,
        summary="An account's figures now, and its snapshots",
        description="The platform is asked, and its answer is kept as a snapshot." + PERIOD
        + " Parts that the platform tells apart are snapshots without `id`. Where it tells no"
        " figures, `message` says so, and stored snapshots are given all the same.",
        query=account_insights.PeriodQuery,
        data=account_insights.AccountAnalyticsVo,
        example=account_insights.AccountAnalyticsVo(
            platform="youtube",
            account_id="youtube_1050_UCexample1234567890",
            profile=account_insights.AccountProfileVo(display_name="Kiln & Clay"),
            metrics=account_insights.AccountMetricsVo(fans_count=1840, work_count=96),
            snapshots=[
                account_insights.AccountSnapshotVo(
                    id="6561f0c0ffee6561f0c0ffee",
                    platform_uid="1050",
                    snapshot_at=AT,
                    fetched_at=AT,
                    metrics=account_insights.AccountMetricsVo(fans_count=1840, work_count=96),
                )
            ],
            snapshot_id="6561f0c0ffee6561f0c0ffee",
            fetched_at=AT,
        ),
        codes=CALL_CODES,
        path_notes=accounts.NOTES,
    )
)  # fmt: skip
async def account_analytics(
    services: Services, call: OperationCall
) -> account_insights.AccountAnalyticsVo:
    period = read_period(call.query.since, call.query.until)
    report = await services.account_analytics.report(call.caller, call.path["account_id"], period)
    return account_insights.account_analytics(report)


@endpoint(
    Operation(
        method=HttpMethod.GET,
        path=WORK,
        id="WorksController_getDetail_v2",
        scope=Scope.WORKS_READ,
        limit=Limit.WORKS,
        tag=works.TAG,
        summary="One work",
        description="As the platform shows it to the account. Its metrics are in the one snapshot,"
        " which is kept.",
        query=work_insights.WorkQuery,
        data=work_insights.WorkDataVo,
        example=work_insights.WorkDataVo(
            platform="youtube",
            work=EXAMPLE_WORK,
            snapshots=[EXAMPLE_SNAPSHOT],
            snapshot_id=EXAMPLE_SNAPSHOT.id,
            fetched_at=AT,
        ),
        codes=(
            *CALL_CODES,
            errors.PLATFORM_MISMATCH,
            errors.OPERATION_NOT_SUPPORTED,
            errors.ACCOUNT_REQUIRED,
        ),
        path_notes=NOTES,
    )
)
async def work_detail(services: Services, call: OperationCall) -> work_insights.WorkDataVo:
    query: work_insights.WorkQuery = call.query
    report = await services.work_reading.detail(
        call.caller,
        works.platform_of(call),
        _work_id(call),
        none_if_unset(query.account_id),
    )
    return work_insights.work_data(report)


@endpoint(
    Operation(
        method=HttpMethod.GET,
        path=WORK + "/analytics",
        id="WorksController_getAnalytics_v2",
        scope=Scope.WORKS_READ,
        limit=Limit.WORKS,
        tag=works.TAG,
        summary="A work's figures now, and its snapshots",
        description="As for an account." + PERIOD + " A missing `accountId`, and a platform that"
        " tells no figures of works, are successes with a `message`.",
        query=work_insights.WorkFiguresQuery,
        data=work_insights.WorkAnalyticsVo,
        example=work_insights.WorkAnalyticsVo(
            platform="youtube",
            account_id="youtube_1050_UCexample1234567890",
            platform_work_id=EXAMPLE_WORK.id,
            work=EXAMPLE_WORK,
            metrics=EXAMPLE_METRICS,
            snapshots=[EXAMPLE_SNAPSHOT],
            snapshot_id=EXAMPLE_SNAPSHOT.id,
            fetched_at=AT,
        ),
        codes=(*CALL_CODES, errors.PLATFORM_MISMATCH),
        path_notes=NOTES,
    )
)
async def work_analytics(services: Services, call: OperationCall) -> work_insights.WorkAnalyticsVo:
    query: work_insights.WorkFiguresQuery = call.query
    report = await services.work_reading.report(
        call.caller,
        works.platform_of(call),
        _work_id(call),
        none_if_unset(query.account_id),
        read_period(query.since, query.until),
    )
    return work_insights.work_analytics(report)


@endpoint(
    Operation(
        method=HttpMethod.GET,
        path=WORK + "/history",
        id="WorksController_listHistory_v2",
        scope=Scope.WORKS_READ,
        limit=None,
        tag=works.TAG,
        summary="A work's stored snapshots",
        description="Newest first: what was kept each time the work was read with this account."
        " The platform is not called.",
        query=work_insights.HistoryQuery,
        data=work_insights.WorkHistory,
        example=work_insights.WorkHistory(list=[EXAMPLE_SNAPSHOT]),
        codes=(errors.ACCOUNT_NOT_FOUND, errors.PLATFORM_MISMATCH),
        path_notes=NOTES,
    )
)
async def work_history(services: Services, call: OperationCall) -> work_insights.WorkHistory:
    query: work_insights.HistoryQuery = call.query
    work_id = _work_id(call)
    page = await services.work_reading.history(
        call.caller,
        works.platform_of(call),
        work_id,
        query.account_id,
        read_period(query.since, query.until),
        none_if_unset(query.limit) or DEFAULT_LIMIT,
        none_if_unset(query.cursor),
    )
    return work_insights.work_history(page, work_id)


@endpoint(
    Operation(
        method=HttpMethod.POST,
        path=WORK + "/ownership/verify",
        id="WorksController_verifyOwnership_v2",
        scope=Scope.WORKS_READ,
        limit=Limit.WORKS,
        acts=False,
        tag=works.TAG,
        summary="Whether a work is an account's",
        description="`owned` is true only if the platform proves it: by the id of the work's"
        " author, or because it shows this account no other works. A name proves nothing. A work"
        " that the account cannot see is not owned. Where the platform proves nothing,"
        " `owned` is false with a `message`.",
        body=work_insights.VerifyOwnership,
        body_example=work_insights.VerifyOwnership(
            candidate_account_id="youtube_1050_UCexample1234567890"
        ),
        data=work_insights.OwnershipVo,
        example=work_insights.OwnershipVo(platform="youtube", owned=True),
        codes=(*CALL_CODES, errors.PLATFORM_MISMATCH),
        path_notes=NOTES,
    )
)
async def verify_ownership(services: Services, call: OperationCall) -> work_insights.OwnershipVo:
    body: work_insights.VerifyOwnership = call.body
    found = await services.work_reading.verify_ownership(
        call.caller, works.platform_of(call), _work_id(call), body.candidate_account_id
    )
    return work_insights.ownership(found)


def _work_id(call: OperationCall) -> str:
    work_id: str = call.path["platform_work_id"]
    if len(work_id) > MAX_WORK_ID:
        issue = Issue("platformWorkId", f"must have at most {MAX_WORK_ID} characters")
        raise errors.validation_failed([issue])
    return work_id


ROUTES = [account_analytics, work_detail, work_analytics, work_history, verify_ownership]

"""The route of the audit log."""

from litestar import HttpMethod

from openchannels.api.endpoint import Operation, OperationCall, endpoint
from openchannels.api.schemas.audit import AuditEntryVo, AuditList, AuditQuery, audit_list, wanted
from openchannels.api.schemas.common import given
from openchannels.core.keys import Scope
from openchannels.service.services import Services

TAG = "渠道管理/审计"
DEFAULT_LIMIT = 50


@endpoint(
    Operation(
        method=HttpMethod.GET,
        path="/api/v2/channels/audit",
        id="AuditController_list_v2",
        scope=Scope.ADMIN,
        tag=TAG,
        summary="Who did what in your workspace",
        description="Newest first: accounts connected, taken over, gone offline, revoked and"
        " deleted, keys and webhooks made and changed. Entries are only ever added.",
        query=AuditQuery,
        data=AuditList,
        example=AuditList(
            list=[
                AuditEntryVo(
                    id="6561f0c0ffee6561f0c0ffee",
                    at="2026-11-21T08:00:00.000Z",
                    actor="key:65f0c0ffee65f0c0ffee65f0",
                    action="account.deleted",
                    account_id="tiktok_act.example12345",
                    details={"revoked": True},
                )
            ],
            next_cursor="6561f0c0ffee6561f0c0ffee",
        ),
    )
)
async def list_audit(services: Services, call: OperationCall) -> AuditList:
    query: AuditQuery = call.query
    page = await services.audit.list_page(
        call.caller, wanted(query), given(query.limit) or DEFAULT_LIMIT, given(query.cursor)
    )
    return audit_list(page)


ROUTES = [list_audit]

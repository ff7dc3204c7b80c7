"""The route that lists the audit log."""

from litestar import HttpMethod

from openchannels.api.endpoint import Operation, OperationCall, endpoint
from openchannels.api.schemas.audit import (
    AuditEntryVo,
    AuditList,
    AuditQuery,
    audit_filter,
    audit_list,
)
from openchannels.api.schemas.common import none_if_unset
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
        limit=None,
        tag=TAG,
        summary="Who did what in your workspace",
        description="Newest first: accounts connected, taken over, gone offline, revoked and"
        " deleted, keys and webhooks created and changed. Entries are never changed.",
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
        call.caller,
        audit_filter(query),
        none_if_unset(query.limit) or DEFAULT_LIMIT,
        none_if_unset(query.cursor),
    )
    return audit_list(page)


ROUTES = [list_audit]

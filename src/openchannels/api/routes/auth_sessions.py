"""Routes under `/auth-sessions`: list one's authorizations, cancel one."""

from litestar import HttpMethod

from openchannels.api.endpoint import Operation, OperationCall, endpoint
from openchannels.api.routes.auth import COMPLETED, TAG
from openchannels.api.schemas import auth
from openchannels.api.schemas.common import none_if_unset
from openchannels.core import errors
from openchannels.core.keys import Scope
from openchannels.core.rate_limits import Limit
from openchannels.service.authorization.sessions import status_of
from openchannels.service.services import Services

BASE = "/api/v2/channels/auth-sessions"
DEFAULT_LIMIT = 20


@endpoint(
    Operation(
        method=HttpMethod.GET,
        path=BASE,
        id="AuthSessionsController_list_v2",
        scope=Scope.ACCOUNTS_READ,
        limit=None,
        tag=TAG,
        summary="Your authorizations and how they ended",
        description="Newest first, while they are readable: open ones until they end,"
        " ended ones for 24 hours. Looks at your last thousand sessions.",
        query=auth.SessionsQuery,
        data=auth.SessionList,
        example=auth.SessionList(
            list=[
                auth.ListedSession(
                    session_id="Zk3v9Qx1LmN0pRsT",
                    status="failed",
                    requires_selection=False,
                    error_code=errors.AUTHORIZATION_DENIED.number,
                    error_message="Authorization was denied or failed.",
                    error_data={
                        "platform": "youtube",
                        "category": "auth",
                        "retryable": False,
                        "reason": "cancelled",
                    },
                    expires_at="2026-11-21T08:15:00.000Z",
                    platform="youtube",
                    created_at="2026-11-21T08:00:00.000Z",
                )
            ]
        ),
    )
)
async def list_sessions(services: Services, call: OperationCall) -> auth.SessionList:
    query: auth.SessionsQuery = call.query
    found = await services.session_management.list_sessions(
        call.caller,
        limit=none_if_unset(query.limit) or DEFAULT_LIMIT,
        status=none_if_unset(query.status),
        platform=none_if_unset(query.platform),
    )
    return auth.session_list(found, call.locale)


@endpoint(
    Operation(
        method=HttpMethod.DELETE,
        path=BASE + "/{session_id:str}",
        id="AuthSessionsController_cancel_v2",
        scope=Scope.ACCOUNTS_WRITE,
        limit=Limit.CHANGE,
        tag=TAG,
        summary="Cancel an authorization",
        description="An open session ends as `failed` with"
        f" {errors.AUTHORIZATION_DENIED.number} and `errorData.reason`"
        " `cancelled`. One that has ended stays as it is, and one whose code is being redeemed"
        " is waited for; the answer holds its status.",
        data=auth.AuthSessionStatus,
        example=COMPLETED,
        codes=(errors.SESSION_NOT_FOUND,),
        path_notes={"sessionId": "The session's id."},
    )
)
async def cancel_session(services: Services, call: OperationCall) -> auth.AuthSessionStatus:
    session = await services.session_management.cancel(call.caller, call.path["session_id"])
    return auth.session_status(status_of(session), call.locale)


ROUTES = [list_sessions, cancel_session]

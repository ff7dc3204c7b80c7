"""Routes under `/auth-sessions`: looking through one's authorizations, calling one off."""

from litestar import HttpMethod

from openchannels.api.endpoint import Operation, OperationCall, endpoint
from openchannels.api.routes.auth import COMPLETED, TAG
from openchannels.api.schemas import auth
from openchannels.api.schemas.common import given
from openchannels.core import errors
from openchannels.core.keys import Scope
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
        tag=TAG,
        summary="Your authorizations and how they ended",
        description="Newest first, as long as they can be read: open ones until they are over,"
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
        limit=given(query.limit) or DEFAULT_LIMIT,
        status=given(query.status),
        platform=given(query.platform),
    )
    return auth.session_list(found, call.locale)


@endpoint(
    Operation(
        method=HttpMethod.DELETE,
        path=BASE + "/{session_id:str}",
        id="AuthSessionsController_cancel_v2",
        scope=Scope.ACCOUNTS_WRITE,
        tag=TAG,
        summary="Call an authorization off",
        description="An open session ends as `failed` with"
        f" {errors.AUTHORIZATION_DENIED.number} and `errorData.reason`"
        " `cancelled`. One that has ended stays as it is, and one whose code is just being redeemed"
        " is waited for; the answer says how it stands.",
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

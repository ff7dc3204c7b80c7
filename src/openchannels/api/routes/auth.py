"""Routes under `/accounts/auth`: start an authorization, poll it, select accounts."""

from typing import Any

from litestar import HttpMethod

from openchannels.api.endpoint import Operation, OperationCall, endpoint
from openchannels.api.schemas import auth
from openchannels.api.schemas.common import none_if_empty, none_if_unset
from openchannels.core import errors
from openchannels.core.keys import Scope
from openchannels.core.rate_limits import Limit
from openchannels.service.authorization.selection import SelectedAccount
from openchannels.service.authorization.sessions import status_of
from openchannels.service.services import Services

TAG = "渠道管理/授权"
BASE = "/api/v2/channels/accounts/auth"
STARTED = auth.AuthStart(
    url="https://accounts.google.com/o/oauth2/v2/auth?response_type=code&client_id=...",
    session_id="Zk3v9Qx1LmN0pRsT",
    expires_at="2026-11-21T08:15:00.000Z",
    auth_instructions={
        "en-US": "Open the link, choose the account that owns the channel, and approve.",
        "zh-CN": "打开链接，选择拥有该频道的账号并同意授权。",
    },
)
COMPLETED = auth.AuthSessionStatus(
    session_id="Zk3v9Qx1LmN0pRsT",
    status="completed",
    requires_selection=False,
    expires_at="2026-11-21T08:15:00.000Z",
    account_id="youtube_104512345_UC4q7ExampleChannel0001",
    account_ids=["youtube_104512345_UC4q7ExampleChannel0001"],
    accounts=[
        auth.ConnectedAccount(
            account_id="youtube_104512345_UC4q7ExampleChannel0001",
            platform="youtube",
            platform_uid="104512345",
            account="UC4q7ExampleChannel0001",
            display_name="Kiln & Clay",
        )
    ],
)


def start_options(query: auth.StartQuery) -> dict[str, Any]:
    """Returns the options of a session, as the service takes them."""
    return {
        "callback_url": none_if_unset(query.callback_url),
        "redirect_uri": none_if_unset(query.redirect_uri),
        "group_id": none_if_unset(query.group_id),
        "purposes": tuple(dict.fromkeys(none_if_unset(query.purpose) or ())),
    }


@endpoint(
    Operation(
        method=HttpMethod.GET,
        path=BASE + "/{platform:str}",
        id="AuthController_startAuth_v2",
        scope=Scope.ACCOUNTS_WRITE,
        limit=Limit.START,
        acts=True,
        tag=TAG,
        summary="Start connecting an account",
        description="Show `url` to the person and poll the session's status. With `callbackUrl`"
        " the browser posts a signed form there at the end, with `redirectUri` it goes there with"
        " `sessionId`, `status`, `accountId` and `errorCode` as query parameters.",
        query=auth.StartQuery,
        data=auth.AuthStart,
        example=STARTED,
        codes=(errors.GROUP_NOT_FOUND, errors.PLATFORM_NOT_SUPPORTED),
        path_notes={"platform": "One of the platforms."},
    )
)
async def start_auth(services: Services, call: OperationCall) -> auth.AuthStart:
    started = await services.sessions.start(
        call.caller, call.path["platform"], **start_options(call.query)
    )
    return auth.auth_start(started)


@endpoint(
    Operation(
        method=HttpMethod.GET,
        path=BASE + "/{platform:str}/status/{session_id:str}",
        id="AuthController_getAuthStatus_v2",
        scope=Scope.ACCOUNTS_READ,
        limit=None,
        tag=TAG,
        summary="The status of an authorization",
        description="`pending` until the person has finished; with `requiresSelection` accounts"
        " must be chosen. Ended sessions stay readable for 24 hours.",
        data=auth.AuthSessionStatus,
        example=COMPLETED,
        codes=(errors.SESSION_NOT_FOUND, errors.PLATFORM_MISMATCH),
        path_notes={
            "platform": "The platform the session was started for.",
            "sessionId": "The session's id.",
        },
    )
)
async def auth_session_status(services: Services, call: OperationCall) -> auth.AuthSessionStatus:
    found = await services.sessions.status(
        call.caller, call.path["platform"], call.path["session_id"]
    )
    return auth.session_status(found, call.locale)


@endpoint(
    Operation(
        method=HttpMethod.POST,
        path=BASE + "/selections",
        id="AuthController_select_v2",
        scope=Scope.ACCOUNTS_WRITE,
        limit=Limit.SELECTION,
        tag=TAG,
        summary="Choose accounts for a session that offers several",
        description="All chosen accounts are connected, or none. A refused choice leaves the"
        " session open for another.",
        body=auth.Selection,
        body_example=auth.Selection(
            session_id="Zk3v9Qx1LmN0pRsT",
            accounts=[auth.SelectedAccount(platform_uid="104857600012345")],
        ),
        data=auth.AuthSessionStatus,
        example=COMPLETED,
        codes=(
            errors.GROUP_NOT_FOUND,
            errors.SESSION_NOT_FOUND,
            errors.NO_SELECTION_OFFERED,
            errors.ACCOUNT_OF_ANOTHER_USER,
            errors.SELECTION_REQUIRED,
            errors.SELECTED_ACCOUNT_UNAVAILABLE,
            errors.CONFIRMATION_REQUIRED,
        ),
    )
)
async def select_accounts(services: Services, call: OperationCall) -> auth.AuthSessionStatus:
    body: auth.Selection = call.body
    picks = [SelectedAccount(a.platform_uid, none_if_empty(a.account)) for a in body.accounts]
    session = await services.selections.choose(call.caller, body.session_id, picks)
    return auth.session_status(status_of(session), call.locale)


ROUTES = [start_auth, auth_session_status, select_accounts]

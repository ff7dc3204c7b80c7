"""Routes under `/accounts`: handing in plug-in accounts and knowing whether one works."""

from litestar import HttpMethod

from openchannels.api import schemas
from openchannels.api.endpoint import Call, Operation, endpoint
from openchannels.api.schemas import given
from openchannels.core.platforms import Platform
from openchannels.service.accounts import NewAccount
from openchannels.service.services import Services

TAG = "渠道管理/账号"
BASE = "/api/v2/channels/accounts"


@endpoint(
    Operation(
        method=HttpMethod.POST,
        path=BASE,
        id="AccountsController_create_v2",
        tag=TAG,
        summary="Create an account from a browser plug-in's login",
        description="Only `xhs` (needs `uid` and `nickname`) and `wxSph` (needs `loginCookie`,"
        " which is checked live). The same account handed in again is updated.",
        body=schemas.CreateAccount,
        body_example=schemas.CreateAccount(
            type="xhs", uid="6433a78b000000000e01d2bf", nickname="川西骑行志"
        ),
        data=schemas.AccountVo,
        example=schemas.AccountVo(
            id="xhs_6433a78b000000000e01d2bf_web",
            user_id="acme",
            type="xhs",
            client_type="web",
            uid="6433a78b000000000e01d2bf",
            nickname="川西骑行志",
            group_id="65f0c0ffee65f0c0ffee65f0",
            status=1,
            rank=1,
            created_at="2026-11-21T08:00:00.000Z",
            updated_at="2026-11-21T08:00:00.000Z",
        ),
        codes=(12601, 12604, 15003, 15071, 15072, 15081, 15082, 15092, 15094),
    )
)
async def create_account(services: Services, call: Call) -> schemas.AccountVo:
    body: schemas.CreateAccount = call.body
    new = NewAccount(
        platform=Platform(body.type),
        uid=given(body.uid),
        nickname=given(body.nickname),
        avatar=given(body.avatar) or None,
        group_id=given(body.group_id),
        login_cookie=given(body.login_cookie),
    )
    return schemas.account_vo(await services.accounts.create(call.caller, new))


@endpoint(
    Operation(
        method=HttpMethod.GET,
        path=BASE + "/{account_id:str}/auth-status",
        id="AccountsController_authStatus_v2",
        tag=TAG,
        summary="Whether an account works now, and why not",
        description="Worked out at the read, so that a grant that has ended never reads 1.",
        data=schemas.AuthStatus,
        example=schemas.AuthStatus(
            status=1,
            expires_at="2026-11-21T09:00:00.000Z",
            scopes=["https://www.googleapis.com/auth/youtube.readonly"],
            checked_at="2026-11-21T08:00:00.000Z",
        ),
        codes=(12600,),
        path_notes={"accountId": "Id of the account, as sessions and account answers give it."},
    )
)
async def auth_status(services: Services, call: Call) -> schemas.AuthStatus:
    state = await services.accounts.auth_state(call.caller, call.path["account_id"])
    return schemas.auth_status(state)


ROUTES = [create_account, auth_status]

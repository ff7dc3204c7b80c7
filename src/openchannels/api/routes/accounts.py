"""Routes under `/accounts`: list, create, check, reconnect, revoke and delete accounts."""

from litestar import HttpMethod

from openchannels.api.endpoint import Operation, OperationCall, endpoint
from openchannels.api.routes.auth import STARTED, start_options
from openchannels.api.schemas import accounts, auth
from openchannels.api.schemas import auth_status as standing
from openchannels.api.schemas.common import none_if_empty, none_if_unset
from openchannels.core import errors
from openchannels.core.accounts import AccountFilter
from openchannels.core.keys import Scope
from openchannels.core.platforms import Platform
from openchannels.core.rate_limits import Limit
from openchannels.service.accounts.accounts import NewAccount
from openchannels.service.platforms.registered import PLUGIN_FIELDS
from openchannels.service.services import Services

TAG = "渠道管理/账号"
BASE = "/api/v2/channels/accounts"


PLUGINS = ", ".join(
    f"`{platform}` (needs {' and '.join(f'`{name}`' for name in fields)})"
    for platform, fields in PLUGIN_FIELDS.items()
)
EXAMPLE = accounts.AccountVo(
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
)
NOTES = {"accountId": "Id of the account, as sessions and accounts return it."}


@endpoint(
    Operation(
        method=HttpMethod.GET,
        path=BASE,
        id="AccountsController_list_v2",
        scope=Scope.ACCOUNTS_READ,
        limit=None,
        tag=TAG,
        summary="List your accounts",
        description="In the order of their ids, a thousand at most. Continue by `page` and"
        " `pageSize`, or by `cursor` and `limit`; `total` counts all that match."
        " `ids` override `spaceIds`, and these override the other filters, which must all match."
        " `status`, `reason`, `advice` and `expiresAt` are those of auth-status.",
        query=accounts.AccountsQuery,
        data=accounts.AccountList,
        example=accounts.AccountList(total=1, list=[EXAMPLE]),
    )
)
async def list_accounts(services: Services, call: OperationCall) -> accounts.AccountList:
    query: accounts.AccountsQuery = call.query
    wanted = AccountFilter(
        ids=none_if_unset(query.ids) or (),
        group_ids=none_if_unset(query.space_ids) or (),
        platforms=none_if_unset(query.types) or (),
        status=none_if_unset(query.status),
        group_id=none_if_unset(query.group_id),
    )
    return accounts.account_list(
        await services.accounts.list_accounts(call.caller, wanted, accounts.account_slice(query))
    )


@endpoint(
    Operation(
        method=HttpMethod.GET,
        path=BASE + "/{account_id:str}",
        id="AccountsController_getById_v2",
        scope=Scope.ACCOUNTS_READ,
        limit=None,
        tag=TAG,
        summary="One account",
        description="With the counters read when it was last connected.",
        data=accounts.AccountVo,
        example=EXAMPLE,
        codes=(errors.ACCOUNT_NOT_FOUND,),
        path_notes=NOTES,
    )
)
async def one_account(services: Services, call: OperationCall) -> accounts.AccountVo:
    return accounts.account_vo(
        await services.accounts.get_account(call.caller, call.path["account_id"])
    )


@endpoint(
    Operation(
        method=HttpMethod.POST,
        path=BASE,
        id="AccountsController_create_v2",
        scope=Scope.ACCOUNTS_WRITE,
        limit=Limit.CHANGE,
        tag=TAG,
        summary="Create an account from a browser plug-in's login",
        description=f"Only for platforms that a browser plug-in connects: {PLUGINS}."
        " A `loginCookie` that is needed is checked live. An account that exists already is"
        " updated.",
        body=accounts.CreateAccount,
        body_example=accounts.CreateAccount(
            type="xhs", uid="6433a78b000000000e01d2bf", nickname="川西骑行志"
        ),
        data=accounts.AccountVo,
        example=EXAMPLE,
        codes=(
            errors.GROUP_NOT_FOUND,
            errors.ACCOUNT_CREATE_FAILED,
            errors.ACCOUNT_INFO_FAILED,
            errors.PLATFORM_RATE_LIMITED,
            errors.PLATFORM_RESPONSE_INVALID,
            errors.ACCOUNT_CREATE_NOT_SUPPORTED,
            errors.ACCOUNT_OF_ANOTHER_USER,
            errors.REQUIRED_FIELD_MISSING,
            errors.PLATFORM_UNAVAILABLE,
        ),
    )
)
async def create_account(services: Services, call: OperationCall) -> accounts.AccountVo:
    body: accounts.CreateAccount = call.body
    new = NewAccount(
        platform=Platform(body.type),
        uid=none_if_unset(body.uid),
        nickname=none_if_unset(body.nickname),
        avatar=none_if_empty(body.avatar),
        group_id=none_if_empty(body.group_id),
        login_cookie=none_if_unset(body.login_cookie),
    )
    return accounts.account_vo(await services.accounts.create(call.caller, new))


@endpoint(
    Operation(
        method=HttpMethod.PATCH,
        path=BASE + "/{account_id:str}",
        id="AccountsController_update_v2",
        scope=Scope.ACCOUNTS_WRITE,
        limit=Limit.CHANGE,
        tag=TAG,
        summary="Change an account's name, picture, group or rank",
        description="What you set stays when the account is connected again; only a group that"
        " the caller names then moves it.",
        body=accounts.UpdateAccount,
        body_example=accounts.UpdateAccount(nickname="川西骑行志", rank=1),
        data=accounts.AccountVo,
        example=EXAMPLE,
        codes=(errors.ACCOUNT_NOT_FOUND, errors.GROUP_NOT_FOUND),
        path_notes=NOTES,
    )
)
async def update_account(services: Services, call: OperationCall) -> accounts.AccountVo:
    values = accounts.account_changes(call.body)
    return accounts.account_vo(
        await services.accounts.update(call.caller, call.path["account_id"], values)
    )


@endpoint(
    Operation(
        method=HttpMethod.GET,
        path=BASE + "/{account_id:str}/auth-status",
        id="AccountsController_authStatus_v2",
        scope=Scope.ACCOUNTS_READ,
        limit=None,
        tag=TAG,
        summary="Whether an account works now, and why not",
        description="Computed at each read, so an expired grant never reads 1."
        " `reason` comes with `advice` for the person; `evidence` is what the platform answered"
        " when the account was taken offline.",
        data=standing.AuthStatus,
        example=standing.AuthStatus(
            status=1,
            expires_at="2026-11-21T09:00:00.000Z",
            scopes=["https://www.googleapis.com/auth/youtube.readonly"],
            checked_at="2026-11-21T08:00:00.000Z",
            purposes=["read"],
        ),
        codes=(errors.ACCOUNT_NOT_FOUND,),
        path_notes=NOTES,
    )
)
async def auth_status(services: Services, call: OperationCall) -> standing.AuthStatus:
    found = await services.accounts.auth_state(call.caller, call.path["account_id"])
    return standing.auth_status(found)


@endpoint(
    Operation(
        method=HttpMethod.POST,
        path=BASE + "/{account_id:str}/reconnect",
        id="AccountsController_reconnect_v2",
        scope=Scope.ACCOUNTS_WRITE,
        limit=Limit.START,
        tag=TAG,
        summary="Start connecting an account again",
        description="Like a start, but only this account can be connected: another one ends the"
        f" session with {errors.OTHER_ACCOUNT.number} and nothing is stored, and among several"
        " accounts this one is taken without a choice. Plug-in accounts are created again instead.",
        query=auth.StartQuery,
        data=auth.AuthStart,
        example=STARTED,
        codes=(errors.ACCOUNT_NOT_FOUND, errors.GROUP_NOT_FOUND, errors.PLATFORM_NOT_SUPPORTED),
        path_notes=NOTES,
    )
)
async def reconnect_account(services: Services, call: OperationCall) -> auth.AuthStart:
    started = await services.sessions.reconnect(
        call.caller, call.path["account_id"], **start_options(call.query)
    )
    return auth.auth_start(started)


@endpoint(
    Operation(
        method=HttpMethod.DELETE,
        path=BASE + "/{account_id:str}",
        id="AccountsController_delete_v2",
        scope=Scope.ACCOUNTS_WRITE,
        limit=Limit.CHANGE,
        tag=TAG,
        summary="Delete an account",
        description="With its credential. The grant at the platform is revoked first where that is"
        " possible, but never one that a remaining account uses. A failing platform does"
        " not prevent the deletion.",
        query=accounts.DeleteQuery,
        data=bool,
        example=True,
        codes=(errors.ACCOUNT_NOT_FOUND,),
        path_notes=NOTES,
    )
)
async def delete_account(services: Services, call: OperationCall) -> bool:
    query: accounts.DeleteQuery = call.query
    revoke = none_if_unset(query.revoke) is not False
    await services.disconnects.delete(call.caller, call.path["account_id"], revoke=revoke)
    return True


@endpoint(
    Operation(
        method=HttpMethod.DELETE,
        path=BASE,
        id="AccountsController_deleteMany_v2",
        scope=Scope.ACCOUNTS_WRITE,
        limit=Limit.CHANGE,
        tag=TAG,
        summary="Delete several accounts",
        description="Like single deletions, all in one transaction; ids that are not yours are"
        " ignored. A grant that only deleted accounts use is revoked.",
        query=accounts.DeleteManyQuery,
        data=accounts.DeletedVo,
        example=accounts.DeletedVo(deleted=["tiktok_act.example12345"]),
    )
)
async def delete_accounts(services: Services, call: OperationCall) -> accounts.DeletedVo:
    query: accounts.DeleteManyQuery = call.query
    revoke = none_if_unset(query.revoke) is not False
    deleted = await services.disconnects.delete_all(call.caller, query.ids, revoke=revoke)
    return accounts.DeletedVo(deleted=deleted)


@endpoint(
    Operation(
        method=HttpMethod.POST,
        path=BASE + "/{account_id:str}/revoke",
        id="AccountsController_revoke_v2",
        scope=Scope.ACCOUNTS_WRITE,
        limit=Limit.CHANGE,
        tag=TAG,
        summary="Revoke an account's grant at the platform and keep the account",
        description="Afterwards the account reads 0 with `revoked`, and its credential is gone."
        " If your other accounts use the same grant nothing is done unless `siblings=true`"
        " accepts that they go offline too. If the platform can be retried later, that is an"
        " error and nothing is changed.",
        query=accounts.RevokeQuery,
        data=accounts.RevokedVo,
        example=accounts.RevokedVo(
            revoked=False,
            siblings=["facebook_104857600012345", "facebook_104857600067890"],
            reason="siblings",
        ),
        codes=(
            errors.ACCOUNT_NOT_FOUND,
            errors.ACCESS_TOKEN_FAILED,
            errors.PLATFORM_RATE_LIMITED,
            errors.PLATFORM_RESPONSE_INVALID,
            errors.PLATFORM_UNAVAILABLE,
        ),
        path_notes=NOTES,
    )
)
async def revoke_account(services: Services, call: OperationCall) -> accounts.RevokedVo:
    query: accounts.RevokeQuery = call.query
    end = await services.disconnects.revoke(
        call.caller, call.path["account_id"], siblings=none_if_unset(query.siblings) is True
    )
    return accounts.RevokedVo(
        revoked=end.revoked,
        siblings=list(end.siblings),
        reason=end.reason,  # type: ignore[arg-type]
    )


ROUTES = [
    list_accounts,
    one_account,
    create_account,
    update_account,
    delete_account,
    delete_accounts,
    auth_status,
    reconnect_account,
    revoke_account,
]

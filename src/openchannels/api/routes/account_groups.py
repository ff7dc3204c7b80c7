"""Routes under `/account-groups`: list, create, change and delete groups, and sort accounts."""

from litestar import HttpMethod

from openchannels.api.endpoint import Operation, OperationCall, endpoint
from openchannels.api.schemas import account_groups as groups
from openchannels.core import errors
from openchannels.core.groups import MAX_GROUPS
from openchannels.core.keys import Scope
from openchannels.core.rate_limits import Limit
from openchannels.service.services import Services

TAG = "渠道管理/账号分组"
BASE = "/api/v2/channels/account-groups"
ONE = BASE + "/{group_id:str}"
NOTES = {"groupId": "Id of a group."}
EXAMPLE = groups.GroupVo(
    id="65f0c0ffee65f0c0ffee65f0",
    name="川西",
    rank=2,
    ip="",
    location="成都",
    country_code="CN",
    proxy_ip="",
    is_default=False,
    has_browser_config=False,
    created_at="2026-11-21T08:00:00.000Z",
    updated_at="2026-11-21T08:00:00.000Z",
)


@endpoint(
    Operation(
        method=HttpMethod.GET,
        path=BASE,
        id="AccountGroupsController_list_v2",
        scope=Scope.ACCOUNTS_READ,
        limit=None,
        tag=TAG,
        summary="Your account groups",
        description="By rank. The default group is created on first use.",
        data=list[groups.GroupVo],
        example=[EXAMPLE],
    )
)
async def list_groups(services: Services, call: OperationCall) -> list[groups.GroupVo]:
    return [groups.group_vo(one) for one in await services.groups.list_groups(call.caller)]


@endpoint(
    Operation(
        method=HttpMethod.POST,
        path=BASE,
        id="AccountGroupsController_create_v2",
        scope=Scope.ACCOUNTS_WRITE,
        limit=Limit.CHANGE,
        tag=TAG,
        summary="Create an account group",
        description=f"Of rank 1 unless another is given. A user may have {MAX_GROUPS} groups.",
        body=groups.CreateGroup,
        body_example=groups.CreateGroup(name="川西", rank=2, location="成都", country_code="CN"),
        data=groups.GroupVo,
        example=EXAMPLE,
    )
)
async def create_group(services: Services, call: OperationCall) -> groups.GroupVo:
    return groups.group_vo(await services.groups.create(call.caller, groups.given(call.body)))


@endpoint(
    Operation(
        method=HttpMethod.DELETE,
        path=BASE,
        id="AccountGroupsController_deleteMany_v2",
        scope=Scope.ACCOUNTS_WRITE,
        limit=Limit.CHANGE,
        tag=TAG,
        summary="Delete account groups",
        description="True if any was deleted; their accounts move to the default group, and ids"
        f" that are not yours are ignored. The default group stays: {errors.GROUP_NOT_FOUND.number}"
        " with `data.reasonCode`, and nothing is deleted.",
        query=groups.DeleteGroupsQuery,
        data=bool,
        example=True,
        codes=(errors.GROUP_NOT_FOUND,),
    )
)
async def delete_groups(services: Services, call: OperationCall) -> bool:
    return await services.groups.delete_all(call.caller, call.query.ids)


@endpoint(
    Operation(
        method=HttpMethod.PATCH,
        path=ONE,
        id="AccountGroupsController_update_v2",
        scope=Scope.ACCOUNTS_WRITE,
        limit=Limit.CHANGE,
        tag=TAG,
        summary="Change an account group",
        description="Properties that are not sent stay as they are.",
        body=groups.UpdateGroup,
        body_example=groups.UpdateGroup(name="川西", rank=2),
        data=groups.GroupVo,
        example=EXAMPLE,
        codes=(errors.GROUP_NOT_FOUND,),
        path_notes=NOTES,
    )
)
async def update_group(services: Services, call: OperationCall) -> groups.GroupVo:
    group_id = call.path["group_id"]
    return groups.group_vo(
        await services.groups.update(call.caller, group_id, groups.given(call.body))
    )


@endpoint(
    Operation(
        method=HttpMethod.PATCH,
        path=ONE + "/accounts/rank",
        id="AccountGroupsController_sortAccounts_v2",
        scope=Scope.ACCOUNTS_WRITE,
        limit=Limit.CHANGE,
        tag=TAG,
        summary="Sort the accounts of a group",
        description="Sets the `rank` of accounts, all of them or none. An account that is not in"
        f" the group is {errors.ACCOUNT_NOT_FOUND.number}.",
        body=groups.SortAccounts,
        body_example=groups.SortAccounts(
            list=[groups.AccountRank(id="tiktok_act.example12345", rank=1)]
        ),
        data=bool,
        example=True,
        codes=(errors.ACCOUNT_NOT_FOUND, errors.GROUP_NOT_FOUND),
        path_notes=NOTES,
    )
)
async def sort_accounts(services: Services, call: OperationCall) -> bool:
    body: groups.SortAccounts = call.body
    ranks = [(one.id, one.rank) for one in body.list]
    await services.groups.sort_accounts(call.caller, call.path["group_id"], ranks)
    return True


ROUTES = [list_groups, create_group, delete_groups, update_group, sort_accounts]

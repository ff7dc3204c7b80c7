"""Routes under `/accounts/{accountId}/publish-options`: values of options, read and made."""

from litestar import HttpMethod

from openchannels.api.call_codes import CALL_CODES
from openchannels.api.endpoint import Operation, OperationCall, endpoint
from openchannels.api.option_forms import read_filter, read_new_value
from openchannels.api.routes.accounts import BASE, NOTES, TAG
from openchannels.api.schemas import option_values as schemas
from openchannels.core import errors
from openchannels.core.keys import Scope
from openchannels.core.rate_limits import Limit
from openchannels.service.services import Services

PATH = BASE + "/{account_id:str}/publish-options/{field:str}/values"
PATH_NOTES = {**NOTES, "field": "`field` of one of the platform's publish options."}
BOARD = schemas.OptionValueVo(value="549755885175", label="Glazes")
CODES = (*CALL_CODES, errors.OPERATION_NOT_SUPPORTED)


@endpoint(
    Operation(
        method=HttpMethod.GET,
        path=PATH,
        id="AccountsController_publishOptionValues_v2",
        scope=Scope.ACCOUNTS_READ,
        limit=Limit.WORKS,
        tag=TAG,
        summary="Values of a publish option that are the account's or the platform's own",
        description="Such as its boards, or the platform's categories, which are a tree where"
        " `valueType` says so. Options are listed with the platform; an option without values here"
        f" is {errors.OPERATION_NOT_SUPPORTED.number}.",
        free_query="What narrows the values: parameters as the option's `filterSchema` has them,"
        " and no others.",
        data=schemas.OptionValuesVo,
        example=schemas.OptionValuesVo(field="boardId", value_type="list", items=[BOARD]),
        codes=CODES,
        path_notes=PATH_NOTES,
    )
)
async def option_values(services: Services, call: OperationCall) -> schemas.OptionValuesVo:
    account_id, field = call.path["account_id"], call.path["field"]
    option = await services.publish_options.find(call.caller, account_id, field)
    chosen = read_filter(option.source.filter_schema, call.raw_query.scalars())
    values = await services.publish_options.fetch(option, chosen)
    return schemas.option_values(option.source, values, call.locale)


@endpoint(
    Operation(
        method=HttpMethod.POST,
        path=PATH,
        id="AccountsController_createPublishOptionValue_v2",
        scope=Scope.ACCOUNTS_WRITE,
        limit=Limit.CHANGE,
        tag=TAG,
        summary="Make a value of a publish option, such as a board",
        description="Where the option has a `createSchema`; elsewhere this is"
        f" {errors.OPERATION_NOT_SUPPORTED.number}. Nothing is repeated: after an error that leaves"
        " it open whether the value was made, read the values before you try again.",
        body=schemas.NewOptionValue,
        body_example={"name": "Glazes", "privacy": "PUBLIC"},
        data=schemas.CreatedOptionValueVo,
        example=schemas.CreatedOptionValueVo(field="boardId", value_type="list", item=BOARD),
        codes=CODES,
        path_notes=PATH_NOTES,
    )
)
async def create_option_value(
    services: Services, call: OperationCall
) -> schemas.CreatedOptionValueVo:
    account_id, field = call.path["account_id"], call.path["field"]
    option = await services.publish_options.find(call.caller, account_id, field, creates=True)
    assert option.source.create_schema is not None
    wanted = read_new_value(option.source.create_schema, call.raw_body)
    value = await services.publish_options.create(option, wanted)
    return schemas.created_value(option.source, value, call.locale)


ROUTES = [option_values, create_option_value]

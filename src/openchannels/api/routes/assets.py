"""Routes under `/assets`: sign, confirm, list, show and delete uploaded files."""

from litestar import HttpMethod

from openchannels.api.endpoint import Operation, OperationCall, endpoint
from openchannels.api.schemas import assets as schemas
from openchannels.api.schemas.common import none_if_unset
from openchannels.core import errors
from openchannels.core.assets import USER_TYPE, AssetType
from openchannels.core.keys import Scope
from openchannels.core.rate_limits import Limit
from openchannels.service.services import Services

TAG = "资源管理"
BASE = "/api/assets"
ONE = BASE + "/{id:str}"
NOTES = {"id": "Id of an asset."}
DEFAULT_LIMIT = 50
EXAMPLE_PATH = "acme/publishMedia/202611/V1StGXR8_Z5jdHi6B-myT.mp4"
EXAMPLE_URL = f"https://channels.example.com/media/{EXAMPLE_PATH}"
EXAMPLE = schemas.AssetVo(
    id="65f0c0ffee65f0c0ffee65f0",
    user_id="acme",
    user_type=USER_TYPE,
    path=EXAMPLE_PATH,
    url=EXAMPLE_URL,
    type=AssetType.PUBLISH_MEDIA,
    status="confirmed",
    size=8_388_608,
    mime_type="video/mp4",
    filename="ride.mp4",
    metadata={
        "width": 1080,
        "height": 1920,
        "codec": "h264",
        "audioCodec": "aac",
        "duration": 14.6,
    },
    created_at="2026-11-21T08:00:00.000Z",
    updated_at="2026-11-21T08:00:09.000Z",
)


@endpoint(
    Operation(
        method=HttpMethod.POST,
        path=BASE + "/uploadSign",
        id="AssetsHttpController_createUploadSign",
        scope=Scope.ASSETS_WRITE,
        limit=Limit.CHANGE,
        tag=TAG,
        summary="Sign an upload",
        description="Send the file to `uploadUrl` by PUT, then confirm it. What is not confirmed is"
        " deleted after a day. Its bytes are reserved in your quota.",
        body=schemas.SignUpload,
        body_example=schemas.SignUpload(
            filename="ride.mp4", type=AssetType.PUBLISH_MEDIA, size=8_388_608
        ),
        data=schemas.SignedUploadVo,
        example=schemas.SignedUploadVo(
            id=EXAMPLE.id,
            path=EXAMPLE_PATH,
            url=EXAMPLE_URL,
            upload_url=f"https://channels.example.com/uploads/{EXAMPLE.id}?token=R3...",
            resumable=True,
        ),
        codes=(errors.ASSET_TOO_LARGE,),
    )
)
async def sign_upload(services: Services, call: OperationCall) -> schemas.SignedUploadVo:
    body: schemas.SignUpload = call.body
    signed = await services.asset_signing.sign(
        call.caller,
        body.filename,
        none_if_unset(body.type) or AssetType.TEMP,
        none_if_unset(body.size),
    )
    return schemas.signed_upload_vo(signed, services.context.rules.public_url)


@endpoint(
    Operation(
        method=HttpMethod.POST,
        path=ONE + "/confirm",
        id="AssetsHttpController_confirmUpload",
        scope=Scope.ASSETS_WRITE,
        limit=Limit.CHANGE,
        tag=TAG,
        summary="Confirm an upload",
        description="Looks at the bytes and makes the file readable at `url`. Images, video and"
        " audio are accepted; for `userFile` and `subtitle` also plain text. Anything else is"
        f" deleted: {errors.ASSET_UPLOAD_FAILED.number}, with `data.reason`.",
        data=schemas.AssetVo,
        example=EXAMPLE,
        codes=(errors.ASSET_NOT_FOUND, errors.ASSET_UPLOAD_FAILED, errors.ASSET_TOO_LARGE),
        path_notes=NOTES,
    )
)
async def confirm_upload(services: Services, call: OperationCall) -> schemas.AssetVo:
    asset = await services.asset_confirmation.confirm(call.caller, call.path["id"])
    return schemas.asset_vo(asset, services.context.rules.public_url)


@endpoint(
    Operation(
        method=HttpMethod.GET,
        path=BASE,
        id="AssetsController_list",
        scope=Scope.ASSETS_READ,
        limit=None,
        tag=TAG,
        summary="Your assets",
        description="Newest first.",
        query=schemas.AssetsQuery,
        data=schemas.AssetList,
        example=schemas.AssetList(
            list=[EXAMPLE], next_cursor=f"0x1.a482400000000p+30_{EXAMPLE.id}"
        ),
    )
)
async def list_assets(services: Services, call: OperationCall) -> schemas.AssetList:
    query: schemas.AssetsQuery = call.query
    page = await services.assets.list_page(
        call.caller,
        schemas.asset_filter(query),
        none_if_unset(query.limit) or DEFAULT_LIMIT,
        none_if_unset(query.cursor),
    )
    return schemas.asset_list(page, services.context.rules.public_url)


@endpoint(
    Operation(
        method=HttpMethod.GET,
        path=ONE,
        id="AssetsController_getById",
        scope=Scope.ASSETS_READ,
        limit=None,
        tag=TAG,
        summary="An asset",
        description="In any stage; `failed` is what was refused when it was confirmed.",
        data=schemas.AssetVo,
        example=EXAMPLE,
        codes=(errors.ASSET_NOT_FOUND,),
        path_notes=NOTES,
    )
)
async def get_asset(services: Services, call: OperationCall) -> schemas.AssetVo:
    asset = await services.assets.get(call.caller, call.path["id"])
    return schemas.asset_vo(asset, services.context.rules.public_url)


@endpoint(
    Operation(
        method=HttpMethod.DELETE,
        path=ONE,
        id="AssetsController_delete",
        scope=Scope.ASSETS_WRITE,
        limit=Limit.CHANGE,
        tag=TAG,
        summary="Delete an asset",
        description="With its file; `url` stops working at once.",
        data=bool,
        example=True,
        codes=(errors.ASSET_NOT_FOUND, errors.ASSET_IN_USE),
        path_notes=NOTES,
    )
)
async def delete_asset(services: Services, call: OperationCall) -> bool:
    await services.assets.delete(call.caller, call.path["id"])
    return True


ROUTES = [sign_upload, confirm_upload, list_assets, get_asset, delete_asset]

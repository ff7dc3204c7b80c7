"""Types of assets on the wire."""

from typing import Annotated, Any

from msgspec import Meta

from openchannels.api.schemas.common import (
    UNSET,
    Address,
    Count,
    Filled,
    Moment,
    Unset,
    Wire,
    none_if_unset,
)
from openchannels.core.assets import (
    MAX_FILENAME,
    USER_TYPE,
    Asset,
    AssetFilter,
    AssetStatus,
    AssetType,
)
from openchannels.core.clock import iso
from openchannels.service.assets.addresses import lasting_url
from openchannels.service.assets.library import AssetPage
from openchannels.service.assets.signing import SignedUpload

MAX_SIZE = 2**50
URL_NOTE = (
    "Where the file can be read once it is confirmed, without a key, for as long as the asset"
    " lasts; nobody can guess it."
)
Url = Annotated[Address, Meta(description=URL_NOTE)]
StatusShown = Annotated[
    str,
    Meta(extra_json_schema={"enum": ["pending", "uploaded", "confirmed", "failed"]}),
]
METADATA_NOTE = (
    "Read from the bytes: `width` and `height` in pixels, `duration` in seconds, `frameRate`,"
    " `codec`, `audioCodec`."
)


class SignUpload(Wire, kw_only=True):
    """A file that is to be uploaded."""

    filename: Annotated[str, Meta(min_length=1, max_length=MAX_FILENAME)]
    type: Annotated[AssetType, Meta(description="`temp` if absent.")] | Unset = UNSET
    size: (
        Annotated[
            int, Meta(ge=1, le=MAX_SIZE, description="In bytes; a file of another size is refused.")
        ]
        | Unset
    ) = UNSET


class AssetsQuery(Wire, kw_only=True):
    """Filters of assets; all given ones must match."""

    type: Annotated[AssetType, Meta(description="Only of this type.")] | Unset = UNSET
    status: (
        Annotated[
            str,
            Meta(
                description="Only in this stage.",
                pattern="^(pending|uploaded|confirmed|failed)$",
            ),
        ]
        | Unset
    ) = UNSET
    limit: (
        Annotated[int, Meta(ge=1, le=100, description="Maximum number; 50 if absent.")] | Unset
    ) = UNSET
    cursor: Annotated[Filled, Meta(description="`nextCursor` of the previous page.")] | Unset = (
        UNSET
    )


class SignedUploadVo(Wire, kw_only=True):
    """A new asset, and where its file is to be sent."""

    id: str
    path: str
    url: Url
    upload_url: Annotated[
        Address, Meta(description="Takes the file by one PUT; ends with `assets.upload_minutes`.")
    ]
    resumable: Annotated[
        bool, Meta(description="Whether `uploadUrl` takes ranges, so that an upload can go on.")
    ]


class AssetVo(Wire, kw_only=True):
    """An uploaded file."""

    id: str
    user_id: str
    user_type: str
    path: str
    url: Url
    type: AssetType
    status: StatusShown
    size: Count | None = None
    mime_type: Annotated[str, Meta(description="What the bytes are, once confirmed.")] | None = None
    filename: str
    metadata: Annotated[dict[str, Any], Meta(description=METADATA_NOTE)]
    created_at: Moment
    updated_at: Moment


class AssetList(Wire, kw_only=True):
    """A page of assets, newest first. The last page has no `nextCursor`."""

    list: list[AssetVo]
    next_cursor: str | None = None


def asset_filter(query: AssetsQuery) -> AssetFilter:
    kind, status = none_if_unset(query.type), none_if_unset(query.status)
    return AssetFilter(kind and kind.value, status and AssetStatus(status).value)


def signed_upload_vo(signed: SignedUpload, public_url: str) -> SignedUploadVo:
    return SignedUploadVo(
        id=signed.asset.id,
        path=signed.asset.path,
        url=lasting_url(public_url, signed.asset),
        upload_url=signed.upload_url,
        resumable=signed.resumable,
    )


def asset_list(page: AssetPage, public_url: str) -> AssetList:
    return AssetList(
        list=[asset_vo(one, public_url) for one in page.assets], next_cursor=page.next_cursor
    )


def asset_vo(asset: Asset, public_url: str) -> AssetVo:
    return AssetVo(
        id=asset.id,
        user_id=asset.user_id,
        user_type=USER_TYPE,
        path=asset.path,
        url=lasting_url(public_url, asset),
        type=AssetType(asset.type),
        status=asset.status,
        size=asset.size,
        mime_type=asset.mime_type,
        filename=asset.filename,
        metadata=dict(asset.metadata),
        created_at=iso(asset.created_at),
        updated_at=iso(asset.updated_at),
    )

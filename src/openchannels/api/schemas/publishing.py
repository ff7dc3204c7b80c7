"""Types of publishing on the wire."""

from datetime import datetime
from typing import Annotated, Any, Literal

from msgspec import Meta

from openchannels.api.schemas.common import (
    UNSET,
    Address,
    Filled,
    Moment,
    PlatformName,
    Unset,
    Wire,
)

MAX_MEDIA = 100
MAX_ITEMS = 100
MAX_TEXT = 100_000
MediaAddress = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=2048,
        extra_json_schema={"format": "uri"},
        description="Of an asset of yours, or of a file that anybody can fetch.",
    ),
]
Text = Annotated[str, Meta(max_length=MAX_TEXT)]
When = Annotated[datetime, Meta(tz=True)]
FlowId = Annotated[str, Meta(min_length=1, max_length=128)]
StatusShown = Annotated[
    int,
    Meta(
        ge=-1,
        le=9,
        description="-1 failed, 0 waiting for its time, 1 published, 2 publishing, 3 and 4 being"
        " changed, 5 change failed, 6 due and waiting, 7 scheduled on the platform, 8 waiting for"
        " a person, 9 cancelled.",
    ),
]
LinkStatusShown = Literal["pending", "ready", "failed"]


class AdaptationWire(Wire, kw_only=True):
    """How a file may be changed for a platform."""

    image_format: Annotated[
        Literal["off", "auto", "jpeg", "png", "webp"],
        Meta(description="`auto`: to one that the platform takes. Videos are never changed."),
    ] = "off"


class MediaOptions(Wire, kw_only=True):
    """Options of a file."""

    adaptation: AdaptationWire | Unset = UNSET


class MediaItem(Wire, kw_only=True):
    """A file of the content."""

    url: MediaAddress
    options: MediaOptions | Unset = UNSET


class ContentWire(Wire, kw_only=True):
    """What is published. `media` in the order in which it is shown."""

    title: Text | Unset = UNSET
    body: Text | Unset = UNSET
    media: Annotated[list[MediaItem], Meta(max_length=MAX_MEDIA)] | Unset = UNSET
    cover: MediaItem | Unset | None = UNSET


class FlowContext(Wire, kw_only=True):
    """Where the content comes from, kept as it is."""

    material_group_id: Annotated[str, Meta(max_length=128)] | Unset = UNSET
    material_id: Annotated[str, Meta(max_length=128)] | Unset = UNSET
    task_id: Annotated[str, Meta(max_length=128)] | Unset = UNSET


class FlowItem(Wire, kw_only=True):
    """One account that publishes the content."""

    platform: PlatformName
    account_id: Filled
    option: (
        Annotated[
            dict[str, Any],
            Meta(description="As the platform's `optionSchema` in `GET /platforms` has it."),
        ]
        | Unset
    ) = UNSET
    overrides: (
        Annotated[
            ContentWire,
            Meta(description="Parts that this account has otherwise; a cover of null removes it."),
        ]
        | Unset
    ) = UNSET


class CreateFlow(Wire, kw_only=True):
    """One content for one or more accounts."""

    content: ContentWire
    publish_at: Annotated[When, Meta(description="When it goes out; one in the past means now.")]
    items: Annotated[list[FlowItem], Meta(min_length=1, max_length=MAX_ITEMS)]
    flow_id: (
        Annotated[
            FlowId,
            Meta(description="Yours, or ours if absent. The same request again changes nothing."),
        ]
        | Unset
    ) = UNSET
    context: FlowContext | Unset = UNSET


class UpdatePublishAt(Wire, kw_only=True):
    """Another time."""

    publish_at: When


class RetryTask(Wire, kw_only=True):
    """How a failed task is started again."""

    force: (
        Annotated[
            bool,
            Meta(
                description="Also one of which it is not known whether it is out, after you"
                " have looked."
            ),
        ]
        | Unset
    ) = UNSET


class UpdateTask(Wire, kw_only=True):
    """What a published work is changed to; at least one of both."""

    content: ContentWire | Unset = UNSET
    option: dict[str, Any] | Unset = UNSET


class RecordsQuery(Wire, kw_only=True):
    """Filters of records; all given ones must match."""

    account_id: Annotated[Filled, Meta(description="Of one account.")] | Unset = UNSET
    account_type: Annotated[PlatformName, Meta(description="Of one platform.")] | Unset = UNSET
    time: (
        Annotated[
            list[When],
            Meta(min_length=2, max_length=2, description="From and until, by `publishTime`."),
        ]
        | Unset
    ) = UNSET


class AllRecordsQuery(RecordsQuery, kw_only=True):
    """The same, and the status."""

    status: StatusShown | Unset = UNSET


class UpdateWorkLink(Wire, kw_only=True):
    """The work that a plug-in or a person has published."""

    work_link: Annotated[str, Meta(min_length=1, max_length=2048)] | Unset = UNSET
    data_id: Annotated[str, Meta(min_length=1, max_length=512)] | Unset = UNSET
    platform_work_id: Annotated[str, Meta(min_length=1, max_length=512)] | Unset = UNSET
    link_status: LinkStatusShown = "ready"
    link_error: Annotated[str, Meta(max_length=1000)] | Unset = UNSET
    link_meta: dict[str, Any] | Unset = UNSET


class ErrorDataVo(Wire, kw_only=True):
    """What went wrong: `code` is a code of this API, `message` in your language."""

    type: Annotated[
        str,
        Meta(
            description="platform, account, media_unavailable, too_late, unconfirmed,"
            " not_finished_by_person or internal."
        ),
    ]
    code: str
    message: str
    platform_code: str | None = None
    platform_message: str | None = None
    retryable: bool | None = None
    details: dict[str, Any] | None = None


class WaitingVo(Wire, kw_only=True):
    """What a task waits for, and until when if that is known."""

    reason: str
    expected_at: Moment | None = None


class WarningVo(Wire, kw_only=True):
    """Something that a person should see although it did not stop the task."""

    rule: str | None = None
    code: str | None = None
    path: str | None = None
    message: str


class PublishTaskVo(Wire, kw_only=True):
    """One account's part of a flow."""

    id: str
    account_id: str
    platform: PlatformName
    status: StatusShown
    publish_time: Moment
    platform_work_id: str | None = None
    work_link: Address | None = None
    link_status: LinkStatusShown | None = None
    link_error: str | None = None
    link_meta: dict[str, Any] | None = None
    error_msg: str | None = None
    error_data: ErrorDataVo | None = None
    waiting: WaitingVo | None = None
    warnings: list[WarningVo] | None = None


class PublishFlowVo(Wire, kw_only=True):
    """A flow with all its tasks."""

    flow_id: str
    tasks: list[PublishTaskVo]


class TaskIdVo(Wire, kw_only=True):
    """The task that was changed."""

    task_id: str


class PublishRecordVo(Wire, kw_only=True):
    """A publication with its content."""

    id: str
    flow_id: str
    task_id: str
    account_id: str
    account_type: PlatformName
    type: Literal["video", "article"]
    status: StatusShown
    title: str | None = None
    desc: str | None = None
    publish_time: Moment
    platform_work_id: str | None = None
    work_link: Address | None = None
    link_status: LinkStatusShown | None = None
    link_error: str | None = None
    link_meta: dict[str, Any] | None = None
    video_url: Address | None = None
    cover_url: Address | None = None
    img_url_list: list[str]
    source: str
    error_msg: str | None = None
    error_data: ErrorDataVo | None = None
    waiting: WaitingVo | None = None
    warnings: list[WarningVo] | None = None
    created_at: Moment
    updated_at: Moment


class PublicRecordVo(Wire, kw_only=True):
    """What anybody who knows the id of a record may see."""

    id: str
    account_type: PlatformName
    type: Literal["video", "article"]
    status: StatusShown
    publish_time: Moment
    platform_work_id: str | None = None
    work_link: Address | None = None
    link_status: LinkStatusShown | None = None
    created_at: Moment
    updated_at: Moment


class UserActionVo(Wire, kw_only=True):
    """How the person finishes a publication: in the platform's app, or in any browser."""

    record_id: str
    platform: PlatformName
    share_id: str
    scheme_url: str
    short_link: Address
    expires_at: Moment | None = None


class RuleIssueVo(Wire, kw_only=True):
    """A rule of a platform that the content breaks."""

    rule: str
    code: str
    path: str
    message: str
    params: dict[str, Any]
    severity: Literal["error", "warning"]


class PreflightItemVo(Wire, kw_only=True):
    """What one account's platform says of the content."""

    platform: PlatformName
    account_id: str
    ok: bool
    issues: list[RuleIssueVo]


class PreflightVo(Wire, kw_only=True):
    """All items; `ok` if the flow would be accepted."""

    ok: bool
    items: list[PreflightItemVo]

"""Types of works, their metrics and their pages on the wire."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, field

from openchannels.api.schemas.common import (
    UNSET,
    Address,
    Count,
    Filled,
    Moment,
    PlatformName,
    Unset,
    UnusableVo,
    Wire,
    moment,
    texts,
)
from openchannels.api.schemas.pages import CursorPage, NumberedPage, page_vo
from openchannels.core.works import Metrics, Work
from openchannels.service.works.links import LinkInfo
from openchannels.service.works.listing import ListedWorks

MediaType = Literal["article2", "article", "video"]
Status = Literal[
    "published", "unlisted", "private", "draft", "scheduled", "pending", "processing",
    "reviewing", "rejected", "failed", "unavailable", "deleted", "upcoming", "live",
]  # fmt: skip


class WorksQuery(Wire, kw_only=True):
    """The account, the time of publication, and the kind of works where there are two lists."""

    account_id: Annotated[Filled, Meta(description="Id of the account whose works to list.")]
    content_mode: (
        Annotated[
            Literal["video", "article"],
            Meta(description="wxSph only: `article` lists image posts, which are a separate list."),
        ]
        | msgspec.UnsetType
    ) = msgspec.UNSET
    since: (
        Annotated[datetime, Meta(tz=True, description="Works published from this time on.")] | Unset
    ) = UNSET
    until: (
        Annotated[datetime, Meta(tz=True, description="Works published before this time.")] | Unset
    ) = UNSET


class WorkMetrics(Wire, kw_only=True):
    """Metrics of a work. One that the platform does not provide is absent, never zero."""

    view_count: Count | None = None
    play_count: Count | None = None
    impression_count: Count | None = None
    reach_count: Count | None = None
    like_count: Count | None = None
    collect_count: Count | None = None
    comment_count: Count | None = None
    share_count: Count | None = None
    save_count: Count | None = None
    click_count: Count | None = None
    engagement_count: Count | None = None
    watch_time_seconds: Annotated[float, Meta(ge=0)] | None = None


NO_METRICS = WorkMetrics()


class WorkItem(Wire, kw_only=True):
    """A work. `contentMode`: `video`, `article` with images, `article2` text only."""

    platform_work_id: str
    content_mode: MediaType
    title: str | None = None
    description: str | None = None
    url: str | None = None
    cover_url: str | None = None
    published_at: Moment | None = None
    author_name: str | None = None
    author_platform_uid: str | None = None
    status: Status | None = None
    metrics: WorkMetrics | None = None


class WorkList(Wire, kw_only=True):
    """One page of works, newest first as the platform orders them."""

    platform: PlatformName
    items: list[WorkItem]
    pagination: CursorPage | NumberedPage = field()
    unusable: (
        Annotated[
            list[UnusableVo],
            Meta(description="Works that the platform counts and does not list, and why."),
        ]
        | None
    ) = None


class LinkQuery(Wire, kw_only=True):
    """The platform and the link, and an account of the platform where one is needed."""

    platform: Annotated[PlatformName, Meta(description="The platform that the link leads to.")]
    link: Annotated[Filled, Meta(description="A public link to a work, or a short link.")]
    account_id: Annotated[Filled, Meta(description="Id of an account of the platform.")] | Unset = (
        UNSET
    )


class LinkedWorkVo(Wire, kw_only=True):
    """The work that a link names. `url` is its address without parameters of sharing."""

    id: str
    url: Address
    media_type: MediaType | None = None


class LinkExtra(Wire, kw_only=True):
    """`dataId` is the work's id in the platform's API; absent where a link does not hold it."""

    data_id: str | None = None
    unique_id: str
    type: MediaType | None = None
    resolved_url: Address


class LinkInfoVo(Wire, kw_only=True):
    """What is known of a link. Without `work`, `message` says why."""

    platform: PlatformName
    work: LinkedWorkVo | None = None
    snapshots: Annotated[
        list[WorkMetrics], Meta(max_length=0, description="Empty: a link holds no metrics.")
    ]
    extra: LinkExtra | None = None
    message: Literal["Link info not supported", "Account required"] | None = None


def work_item(work: Work) -> WorkItem:
    return WorkItem(
        platform_work_id=work.id,
        content_mode=work.mode.value,
        title=work.title,
        description=work.description,
        url=work.url,
        cover_url=work.cover_url,
        published_at=moment(work.published_at),
        author_name=work.author_name,
        author_platform_uid=work.author_uid,
        status=work.status.value if work.status else None,
        metrics=work_metrics(work.metrics),
    )


def work_metrics(metrics: Metrics) -> WorkMetrics | None:
    known = WorkMetrics(
        view_count=metrics.views,
        play_count=metrics.plays,
        impression_count=metrics.impressions,
        reach_count=metrics.reach,
        like_count=metrics.likes,
        collect_count=metrics.collects,
        comment_count=metrics.comments,
        share_count=metrics.shares,
        save_count=metrics.saves,
        click_count=metrics.clicks,
        engagement_count=metrics.engagements,
        watch_time_seconds=metrics.watch_seconds,
    )
    return None if known == NO_METRICS else known


def work_list(listed: ListedWorks) -> WorkList:
    return WorkList(
        platform=listed.platform,
        items=[work_item(work) for work in listed.items],
        pagination=page_vo(listed.page),
        unusable=[UnusableVo(name=one.name, reason=texts(one.reason)) for one in listed.unusable]
        or None,
    )


def link_info(info: LinkInfo) -> LinkInfoVo:
    work = info.work
    if work is None:
        return LinkInfoVo(platform=info.platform, snapshots=[], message=info.message)
    kind: MediaType | None = work.mode.value if work.mode else None
    return LinkInfoVo(
        platform=info.platform,
        work=LinkedWorkVo(id=work.id, url=work.url, media_type=kind),
        snapshots=[],
        extra=LinkExtra(
            data_id=work.id if work.listed else None,
            unique_id=f"{info.platform}_{work.id}",
            type=kind,
            resolved_url=work.url,
        ),
    )

"""What YouTube accepts as a video."""

from openchannels.connectors.base.option_schemas import boolean, choice, record, string
from openchannels.connectors.google.youtube.publish_rules import RULES, cost
from openchannels.core.platforms import Text
from openchannels.core.publishing import (
    MIB,
    ContentLimits,
    MediaRules,
    OptionSource,
    PublishRules,
    TopicRules,
)
from openchannels.core.works import ContentMode

# https://developers.google.com/youtube/v3/docs/videos/insert
PUBLISHING = PublishRules(
    editor="text",
    content=ContentLimits(
        modes=(ContentMode.VIDEO,), title=100, body=5_000, media=1, images=0, videos=1
    ),
    media=MediaRules(
        video_formats=("mp4", "mov", "avi", "wmv", "flv", "mkv"),
        max_video_size=256 * 1024 * MIB,
        max_video_duration=12 * 3600,
    ),
    topics=TopicRules(supported=True, native=True, max_total_length=500),
    options=record(
        privacyStatus=choice(
            "Visibility", "可见范围", "public", "unlisted", "private", default="public"
        ),
        categoryId=string("Category", "分类"),
        publishAt=string(
            "Goes public at, if private", "公开时间（仅限私享视频）", format="date-time"
        ),
        license=choice("License", "许可", "creativeCommon", "youtube"),
        embeddable=boolean("May be embedded", "允许嵌入", default=True),
        notifySubscribers=boolean("Notify subscribers", "通知订阅者", default=False),
        selfDeclaredMadeForKids=boolean("Made for kids", "面向儿童", default=False),
        madeForKids=boolean("Made for kids by YouTube's own verdict", "YouTube 判定为面向儿童"),
        containsSyntheticMedia=boolean("Contains synthetic media", "包含合成内容"),
    ),
    option_sources=(
        # https://developers.google.com/youtube/v3/docs/videoCategories/list
        OptionSource(
            "categoryId",
            Text(en="Category", zh="分类"),
            "list",
            filter_schema=record(
                id=string("Category id", "分类 id"),
                regionCode=string("Country", "国家或地区", pattern="^[A-Z]{2}$"),
            ),
        ),
    ),
    rules=RULES,
    cost=cost,
)

"""What Douyin accepts as a video or image post."""

from openchannels.connectors.base.option_schemas import choice, integer, record, string
from openchannels.connectors.douyin.publish_rules import RULES
from openchannels.core.publishing import (
    MIB,
    AspectRatio,
    ContentLimits,
    MediaRules,
    PublishRules,
    TopicRules,
)
from openchannels.core.works import ContentMode

# https://developer.open-douyin.com/docs/resource/zh-CN/dop/develop/sdk/web-app/h5/share-to-h5
PUBLISHING = PublishRules(
    editor="text",
    content=ContentLimits(
        modes=(ContentMode.IMAGE, ContentMode.VIDEO),
        title=30,
        body=1_000,
        total_text=1_000,
        images=12,
        videos=1,
    ),
    media=MediaRules(
        image_formats=("jpg", "jpeg", "png", "bmp"),
        video_formats=("mp4", "avi", "mkv", "mov"),
        max_image_size=20 * MIB,
        max_video_size=100 * MIB,
        max_video_duration=900,
        min_image_width=360,
        min_image_height=360,
        aspect_ratio=AspectRatio(0.46, 2.2),
    ),
    topics=TopicRules(supported=True, native=True, max_count=5),
    options=record(
        short_title=string("Short title", "短标题", maxLength=12),
        cover_tsp=integer("Time of the cover in milliseconds", "封面时间点（毫秒）", minimum=0),
        download_type=choice("Downloads: 1 allowed, 2 not", "下载权限：1 允许，2 不允许", 1, 2),
        private_status=choice(
            "Who can see it: 0 all, 1 the author, 2 friends",
            "谁可以看：0 公开，1 仅自己，2 好友",
            0,
            1,
            2,
        ),
    ),
    rules=RULES,
)

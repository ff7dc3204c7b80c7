"""What Facebook Pages accept as posts, reels and stories."""

from openchannels.connectors.base.option_schemas import (
    address,
    any_object,
    array,
    boolean,
    choice,
    integer,
    record,
)
from openchannels.connectors.meta.facebook.publish_rules import RULES
from openchannels.core.publishing import MIB, ContentLimits, MediaRules, PublishRules
from openchannels.core.works import ContentMode

DIGITS = {"type": "string", "pattern": "^[0-9]+$"}
# https://developers.facebook.com/docs/pages-api/posts
PUBLISHING = PublishRules(
    editor="text",
    content=ContentLimits(
        modes=(ContentMode.TEXT, ContentMode.IMAGE, ContentMode.VIDEO),
        body=63_206,
        images=10,
        videos=1,
    ),
    media=MediaRules(
        image_formats=("jpg", "jpeg", "png", "gif", "bmp", "tiff"),
        video_formats=("mp4", "mov", "avi"),
        max_image_size=10 * MIB,
        max_video_size=1024 * MIB,
        max_video_duration=90,
    ),
    options=record(
        content_category=choice("Kind of publication", "发布类型", "post", "reel", "story"),
        link=address("Link", "链接"),
        content_tags=array("Content tags", "内容标签", DIGITS),
        custom_labels=array("Labels", "自定义标签", {"type": "string"}),
        direct_share_status=integer("Direct share status", "直接分享状态"),
        embeddable=boolean("May be embedded", "允许嵌入"),
        feed_targeting=any_object("Who sees it in the feed", "动态受众"),
        video_state=choice("State of the video", "视频状态", "DRAFT", "SCHEDULED", "PUBLISHED"),
    ),
    rules=RULES,
)

"""What LinkedIn accepts as a post."""

from openchannels.connectors.base.option_schemas import choice, record, string
from openchannels.connectors.linkedin.publish_rules import RULES
from openchannels.core.publishing import MIB, ContentLimits, MediaRules, PublishRules
from openchannels.core.works import ContentMode

# https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/posts-api
PUBLISHING = PublishRules(
    editor="text",
    content=ContentLimits(
        modes=(ContentMode.TEXT, ContentMode.IMAGE, ContentMode.VIDEO),
        title=200,
        body=3_000,
        images=9,
        videos=1,
    ),
    media=MediaRules(
        image_formats=("jpg", "jpeg", "png", "gif"),
        video_formats=("mp4",),
        max_image_size=10 * MIB,
        max_video_size=200 * MIB,
        min_video_duration=3,
        max_video_duration=600,
    ),
    options=record(
        visibility=choice("Who can see it", "谁可以看", "PUBLIC", "CONNECTIONS", default="PUBLIC"),
        authorUrn=string("Author", "作者", pattern="^urn:li:person:"),
        distribution=choice("Distribution", "分发范围", "MAIN_FEED", "NONE", default="MAIN_FEED"),
        commentary=string("Text instead of the body", "替代正文的文字", maxLength=3_000),
    ),
    rules=RULES,
)

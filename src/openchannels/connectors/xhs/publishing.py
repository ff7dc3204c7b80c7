"""What RedNote accepts as a note; a person publishes it, and its link is reported."""

from openchannels.connectors.base.option_schemas import record, string
from openchannels.connectors.xhs.publish_rules import RULES
from openchannels.core.publishing import MIB, ContentLimits, MediaRules, PublishRules, TopicRules
from openchannels.core.works import ContentMode

# The platform documents no limits for programs; these are the ones that tools keep to.
PUBLISHING = PublishRules(
    editor="text",
    content=ContentLimits(
        modes=(ContentMode.IMAGE, ContentMode.VIDEO), title=20, body=1_000, images=9, videos=1
    ),
    media=MediaRules(
        image_formats=("jpg", "jpeg", "png", "bmp", "webp"),
        video_formats=("mp4", "avi", "mkv", "mov", "webm"),
        max_image_size=20 * MIB,
        max_video_size=1024 * MIB,
        max_video_duration=3_600,
    ),
    topics=TopicRules(supported=True, native=True, max_count=5),
    options=record(
        ("workLink",),
        workLink=string("Link of the note", "笔记链接", minLength=1),
    ),
    rules=RULES,
    reported=True,
)

"""What WeChat Channels accept as a video; a person publishes it, and its id is reported."""

from openchannels.connectors.base.option_schemas import address, any_object, choice, record, string
from openchannels.connectors.wechat.channels.publish_rules import RULES
from openchannels.core.publishing import MIB, ContentLimits, MediaRules, PublishRules, TopicRules
from openchannels.core.works import ContentMode

# The platform documents no limits for programs; these are the ones that tools keep to.
PUBLISHING = PublishRules(
    editor="text",
    content=ContentLimits(modes=(ContentMode.VIDEO,), title=16, body=1_000, images=9, videos=1),
    media=MediaRules(
        image_formats=("jpg", "jpeg", "png", "bmp"),
        video_formats=("mp4", "avi", "mkv", "mov", "flv", "rmvb", "wmv", "webm"),
        max_image_size=20 * MIB,
        max_video_size=1024 * MIB,
        max_video_duration=3_600,
    ),
    topics=TopicRules(supported=True, native=True),
    options={
        **record(
            workId=string("Id of the work", "作品 id", minLength=1, maxLength=200),
            workLink=address("Link of the work", "作品链接", maxLength=2_000),
            linkStatus=choice("State of the link", "链接状态", "pending", "ready", "failed"),
            linkMeta=any_object("Facts about the link", "链接信息"),
        ),
        "anyOf": [{"required": ["workId"]}, {"required": ["workLink"]}],
    },
    rules=RULES,
    reported=True,
)

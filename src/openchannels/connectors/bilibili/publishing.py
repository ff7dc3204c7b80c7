"""What bilibili accepts as a video."""

from openchannels.connectors.base.option_schemas import choice, integer, record, string
from openchannels.connectors.bilibili.publish_rules import RULES
from openchannels.core.assets import ImageTarget
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

# https://open.bilibili.com/doc
PUBLISHING = PublishRules(
    editor="text",
    content=ContentLimits(
        modes=(ContentMode.VIDEO,), title=79, body=249, media=1, images=0, videos=1
    ),
    media=MediaRules(
        image_formats=("jpg", "jpeg", "png"),
        video_formats=("mp4", "flv"),
        max_image_size=5 * MIB,
        max_video_size=4096 * MIB,
        max_video_duration=18_000,
    ),
    topics=TopicRules(supported=True, native=True, max_total_length=199),
    options={
        **record(
            ("tid",),
            tid=integer("Section", "分区", minimum=1),
            no_reprint=choice("1: no reprints", "1：禁止转载", 0, 1, default=0),
            topic_id=integer("Topic", "话题", minimum=0),
            mission_id=integer("Mission", "活动", minimum=0),
            copyright=choice(
                "Original (1) or reprint (2)", "自制（1）或转载（2）", 1, 2, default=1
            ),
            source=string("Origin of a reprint", "转载来源", minLength=1),
        ),
        "if": {"properties": {"copyright": {"const": 2}}, "required": ["copyright"]},
        "then": {"required": ["source"]},
    },
    option_sources=(OptionSource("tid", Text(en="Section", zh="分区"), "tree"),),
    rules=RULES,
    made_cover=ImageTarget("jpeg", 5 * MIB, 1146, 717, fills=True),
)

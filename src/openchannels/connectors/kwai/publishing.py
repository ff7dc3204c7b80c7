"""What Kuaishou accepts as a video."""

from openchannels.connectors.base.option_schemas import address, choice, record, string
from openchannels.connectors.kwai.publish_rules import RULES
from openchannels.core.assets import ImageTarget
from openchannels.core.publishing import MIB, ContentLimits, MediaRules, PublishRules, TopicRules
from openchannels.core.works import ContentMode

# https://open.kuaishou.com/platformDocs/openAbility/contentManagement/createAVideo
PUBLISHING = PublishRules(
    editor="text",
    content=ContentLimits(
        modes=(ContentMode.VIDEO,),
        title=30,
        body=1_000,
        total_text=1_000,
        media=1,
        images=0,
        videos=1,
    ),
    media=MediaRules(
        image_formats=("jpg", "jpeg", "png", "bmp", "webp"),
        video_formats=("mp4", "avi", "mkv", "mov", "webm"),
        max_image_size=20 * MIB,
        max_video_size=100 * MIB,
        max_video_duration=1_800,
    ),
    topics=TopicRules(supported=True, max_count=4),
    options=record(
        cover=address("Cover", "封面"),
        stereo_type=choice(
            "Panorama",
            "全景类型",
            "NOT_SPHERICAL_VIDEO",
            "SPHERICAL_VIDEO_360",
            "SPHERICAL_VIDEO_180",
            default="NOT_SPHERICAL_VIDEO",
        ),
        merchant_product_id=string("Product", "商品"),
    ),
    rules=RULES,
    cover_option="cover",
    made_cover=ImageTarget("jpeg", 8 * MIB),
)

"""What Instagram accepts as images, carousels, reels and stories."""

from openchannels.connectors.base.option_schemas import (
    address,
    array,
    choice,
    number,
    record,
    string,
)
from openchannels.connectors.meta.instagram.publish_rules import RULES
from openchannels.core.publishing import (
    MIB,
    AspectRatio,
    ContentLimits,
    MediaRules,
    PublishRules,
    TopicRules,
)
from openchannels.core.works import ContentMode

POSITION = {"minimum": 0, "maximum": 1}
# https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/ig-user/media
PUBLISHING = PublishRules(
    editor="text",
    content=ContentLimits(
        modes=(ContentMode.IMAGE, ContentMode.VIDEO), body=2_200, images=10, videos=1
    ),
    media=MediaRules(
        image_formats=("jpg", "jpeg"),
        video_formats=("mp4", "mov"),
        max_image_size=8 * MIB,
        max_video_size=300 * MIB,
        min_video_duration=3,
        max_video_duration=900,
        aspect_ratio=AspectRatio(0.8, 1.91),
    ),
    topics=TopicRules(supported=True, max_count=30),
    options=record(
        media_type=choice(
            "Kind of publication", "发布类型", "IMAGE", "REELS", "STORIES", "CAROUSEL"
        ),
        caption=string("Caption instead of the text", "替代正文的说明文字", maxLength=2_200),
        alt_text=string("Alternative text", "替代文本", maxLength=1_000),
        collaborators=array("Collaborators", "协作者", {"type": "string"}, maxItems=3),
        cover_url=address("Cover of a reel", "Reels 封面"),
        image_url=address("Image instead of the given one", "替代图片"),
        location_id=string("Location", "地点"),
        product_tags=array(
            "Products shown",
            "商品标签",
            record(
                ("product_id",),
                product_id=string("Product", "商品"),
                x=number("Horizontal position", "水平位置", **POSITION),
                y=number("Vertical position", "垂直位置", **POSITION),
            ),
        ),
        user_tags=array(
            "People shown",
            "用户标签",
            record(
                ("username",),
                username=string("User name", "用户名"),
                x=number("Horizontal position", "水平位置", **POSITION),
                y=number("Vertical position", "垂直位置", **POSITION),
            ),
        ),
    ),
    rules=RULES,
)

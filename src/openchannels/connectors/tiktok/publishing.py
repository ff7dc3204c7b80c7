"""What TikTok accepts as a video or photo post."""

from openchannels.connectors.base.option_schemas import boolean, choice, integer, record
from openchannels.connectors.tiktok.publish_rules import RULES
from openchannels.core.publishing import MIB, ContentLimits, MediaRules, PublishRules, TopicRules
from openchannels.core.works import ContentMode

# https://developers.tiktok.com/doc/content-posting-api-media-transfer-guide
PUBLISHING = PublishRules(
    editor="text",
    content=ContentLimits(
        modes=(ContentMode.IMAGE, ContentMode.VIDEO),
        body=2_200,
        total_text=2_200,
        images=35,
        videos=1,
    ),
    media=MediaRules(
        image_formats=("jpg", "jpeg", "webp"),
        video_formats=("mp4", "mov", "webm"),
        max_image_size=20 * MIB,
        max_video_size=4096 * MIB,
        max_video_duration=600,
    ),
    topics=TopicRules(supported=True),
    options=record(
        privacy_level=choice(
            "Who can see it",
            "谁可以看",
            "PUBLIC_TO_EVERYONE",
            "MUTUAL_FOLLOW_FRIENDS",
            "SELF_ONLY",
            "FOLLOWER_OF_CREATOR",
        ),
        disable_duet=boolean("No duets", "禁止合拍"),
        disable_stitch=boolean("No stitches", "禁止拼接"),
        disable_comment=boolean("No comments", "禁止评论"),
        brand_organic_toggle=boolean("Promotes your own brand", "推广自有品牌"),
        brand_content_toggle=boolean("Paid partnership", "付费合作"),
        auto_add_music=boolean("Add music to photos", "为图片自动配乐"),
        photo_cover_index=integer("Photo that is the cover", "封面图片序号", minimum=0),
        source=choice("How the video is sent", "视频传输方式", "FILE_UPLOAD", "PULL_FROM_URL"),
        is_aigc=boolean("Made with AI", "AI 生成内容"),
    ),
    rules=RULES,
)

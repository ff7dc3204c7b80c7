"""What X accepts as a post."""

from openchannels.connectors.base.option_schemas import (
    array,
    boolean,
    choice,
    integer,
    record,
    string,
)
from openchannels.connectors.twitter.publish_rules import RULES, cost
from openchannels.core.platforms import Text
from openchannels.core.publishing import MIB, ContentLimits, MediaRules, PublishRules, TopicRules
from openchannels.core.works import ContentMode

# https://docs.x.com/x-api/media/quickstart/best-practices
PUBLISHING = PublishRules(
    editor="text",
    content=ContentLimits(
        modes=(ContentMode.TEXT, ContentMode.IMAGE, ContentMode.VIDEO),
        title=0,
        body=280,
        total_text=280,
        images=4,
        videos=1,
    ),
    media=MediaRules(
        image_formats=("jpg", "jpeg", "png", "gif", "webp"),
        video_formats=("mp4", "mov"),
        max_image_size=5 * MIB,
        max_video_size=512 * MIB,
        min_video_duration=0.5,
        max_video_duration=140,
    ),
    topics=TopicRules(supported=True),
    options=record(
        reply_to_tweet_id=string("Post to reply to", "要回复的帖子"),
        reply_settings=choice(
            "Who may reply",
            "谁可以回复",
            "following",
            "mentionedUsers",
            "subscribers",
            "verified",
        ),
        poll={
            "title": Text(en="Poll", zh="投票"),
            **record(
                ("options", "duration_minutes"),
                options=array(
                    "Answers",
                    "选项",
                    {"type": "string", "minLength": 1, "maxLength": 25},
                    minItems=2,
                    maxItems=4,
                ),
                duration_minutes=integer(
                    "Duration in minutes", "持续分钟数", minimum=5, maximum=10_080
                ),
            ),
        },
        quote_tweet_id=string("Post to quote", "要引用的帖子"),
        made_with_ai=boolean("Made with AI", "AI 生成内容"),
        paid_partnership=boolean("Paid partnership", "付费合作"),
        alt_text=string("Alternative text of the images", "图片替代文本", maxLength=1_000),
    ),
    rules=RULES,
    cost=cost,
)

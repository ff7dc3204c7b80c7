"""What Threads accepts as a post."""

from openchannels.connectors.base.option_schemas import (
    address,
    array,
    boolean,
    choice,
    number,
    record,
    string,
)
from openchannels.connectors.meta.threads.publish_rules import RULES
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

# https://developers.facebook.com/docs/threads/reference/publishing
PUBLISHING = PublishRules(
    editor="text",
    content=ContentLimits(
        modes=(ContentMode.TEXT, ContentMode.IMAGE, ContentMode.VIDEO),
        body=500,
        total_text=500,
        images=10,
        videos=1,
    ),
    media=MediaRules(
        image_formats=("jpg", "jpeg", "png"),
        video_formats=("mp4", "mov"),
        max_image_size=8 * MIB,
        max_video_size=1024 * MIB,
        max_video_duration=300,
    ),
    topics=TopicRules(supported=True, native=True, max_count=1),
    options=record(
        reply_control=choice(
            "Who may reply",
            "谁可以回复",
            "everyone",
            "accounts_you_follow",
            "mentioned_only",
            "parent_post_author_only",
            "followers_only",
        ),
        location_id=string("Location", "地点"),
        allowlisted_country_codes=array(
            "Countries that see it",
            "可见国家或地区",
            {"type": "string", "pattern": "^[A-Za-z]{2}$"},
        ),
        alt_text=string("Alternative text", "替代文本", maxLength=1_000),
        auto_publish_text=boolean("Publish text in one call", "文字一步发布"),
        link_attachment=address("Link of a text post", "文字帖的链接"),
        reply_to_id=string("Post to reply to", "要回复的帖子"),
        quote_post_id=string("Post to quote", "要引用的帖子"),
    ),
    option_sources=(
        # https://developers.facebook.com/docs/threads/create-posts/location-tagging
        OptionSource(
            "location_id",
            Text(en="Location", zh="地点"),
            "list",
            filter_schema={
                **record(
                    q=string("Name of the place", "地点名称", minLength=1),
                    latitude=number("Latitude", "纬度", minimum=-90, maximum=90),
                    longitude=number("Longitude", "经度", minimum=-180, maximum=180),
                ),
                "anyOf": [{"required": ["q"]}, {"required": ["latitude", "longitude"]}],
                "dependentRequired": {"latitude": ["longitude"], "longitude": ["latitude"]},
            },
        ),
    ),
    rules=RULES,
)

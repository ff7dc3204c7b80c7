"""What Pinterest accepts as a pin."""

from openchannels.connectors.base.option_schemas import address, choice, record, string
from openchannels.connectors.pinterest.publish_rules import RULES
from openchannels.core.platforms import Text
from openchannels.core.publishing import MIB, ContentLimits, MediaRules, OptionSource, PublishRules
from openchannels.core.works import ContentMode

# https://developers.pinterest.com/docs/api/v5/pins-create
PUBLISHING = PublishRules(
    editor="text",
    content=ContentLimits(
        modes=(ContentMode.IMAGE, ContentMode.VIDEO), title=100, body=800, images=5, videos=1
    ),
    media=MediaRules(
        image_formats=("bmp", "jpg", "jpeg", "png", "tiff", "webp"),
        video_formats=("mp4", "m4v", "mov"),
        max_image_size=20 * MIB,
        min_video_duration=4,
        max_video_duration=300,
    ),
    options=record(
        ("boardId",),
        boardId=string("Board", "图板", minLength=1),
        link=address("Link", "链接", maxLength=2_048),
        altText=string("Alternative text", "替代文本", maxLength=500),
        coverImageUrl=address("Cover of a video", "视频封面"),
    ),
    option_sources=(
        # https://developers.pinterest.com/docs/api/v5/boards-list
        OptionSource(
            "boardId",
            Text(en="Board", zh="图板"),
            "list",
            create_schema=record(
                ("name",),
                name=string("Name", "名称", minLength=1),
                description=string("Description", "说明"),
                privacy=choice("Visibility", "可见范围", "PUBLIC", "PROTECTED", "SECRET"),
            ),
        ),
    ),
    rules=RULES,
)

"""What WeChat official accounts accept as an article."""

from openchannels.connectors.base.option_schemas import address, choice, record, string
from openchannels.connectors.wechat.official_account.publish_rules import RULES
from openchannels.core.publishing import MIB, ContentLimits, MediaRules, PublishRules
from openchannels.core.works import ContentMode

# https://developers.weixin.qq.com/doc/service/api/draftbox/draftmanage/api_draft_add
PUBLISHING = PublishRules(
    editor="html",
    content=ContentLimits(modes=(ContentMode.IMAGE,), title=32, body=20_000, images=20),
    media=MediaRules(image_formats=("jpg", "jpeg", "png", "gif", "bmp"), max_image_size=10 * MIB),
    options=record(
        author=string("Author", "作者", maxLength=8),
        digest=string("Summary", "摘要", maxLength=120),
        open_comment=choice("Comments", "留言", 0, 1),
        only_fans_can_comment=choice("Only followers comment", "仅关注者可留言", 0, 1),
        showCoverPic=choice("Cover in the text", "正文显示封面", 0, 1),
        sourceUrl=address("Address of the original", "原文链接", maxLength=1_024),
    ),
    rules=RULES,
)

"""What Google Business Profile accepts as a local post."""

from openchannels.connectors.base.option_schemas import address, choice, record, string
from openchannels.connectors.google.business.publish_rules import RULES
from openchannels.core.platforms import Text
from openchannels.core.publishing import MIB, ContentLimits, MediaRules, PublishRules
from openchannels.core.works import ContentMode

LOCAL_TIME = r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}$"
"""A time at the place, without a zone."""

# https://developers.google.com/my-business/reference/rest/v4/accounts.locations.localPosts
PUBLISHING = PublishRules(
    editor="text",
    content=ContentLimits(
        modes=(ContentMode.TEXT, ContentMode.IMAGE), title=58, body=1_500, images=1, videos=0
    ),
    media=MediaRules(
        image_formats=("jpg", "jpeg", "png"),
        max_image_size=5 * MIB,
        min_image_width=400,
        min_image_height=300,
    ),
    options=record(
        topicType=choice("Kind", "类型", "STANDARD", "EVENT", "OFFER", default="STANDARD"),
        languageCode=string("Language", "语言", maxLength=35),
        callToAction={
            "title": Text(en="Button", zh="按钮"),
            **record(
                ("actionType",),
                actionType=choice(
                    "Action",
                    "操作",
                    *("BOOK", "ORDER", "SHOP", "LEARN_MORE", "SIGN_UP", "CALL"),
                ),
                url=address("Link of the button", "按钮链接"),
            ),
        },
        event={
            "title": Text(en="Event or period of an offer", zh="活动或优惠期限"),
            **record(
                ("start", "end"),
                title=string("Title", "标题", maxLength=58),
                start=string("Start, local time", "开始（当地时间）", pattern=LOCAL_TIME),
                end=string("End, local time", "结束（当地时间）", pattern=LOCAL_TIME),
            ),
        },
        offer={
            "title": Text(en="Offer", zh="优惠"),
            **record(
                couponCode=string("Coupon code", "优惠码"),
                redeemOnlineUrl=address("Where to redeem it", "兑换链接"),
                termsConditions=string("Terms", "条款"),
            ),
        },
        scheduledTime=string("Goes public at", "公开时间", format="date-time"),
    ),
    rules=RULES,
)

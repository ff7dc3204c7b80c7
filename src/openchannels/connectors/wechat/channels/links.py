"""Links to WeChat Channels works, which show no id without a login: the address stands for it."""

from openchannels.connectors.base.links import LinkForm, Links
from openchannels.core.works import ContentMode

LINKS = Links(
    hosts=("channels.weixin.qq.com",),
    forms=(
        LinkForm(
            r"(?:/[A-Za-z0-9_~-][\w.~-]*)+/?",
            "{link}",
            ContentMode.VIDEO,
            id="{link}",
            listed=False,
        ),
        LinkForm(
            r"/sph/(?P<token>[\w-]{1,64})/?",
            "https://weixin.qq.com/sph/{token}",
            ContentMode.VIDEO,
            id="https://weixin.qq.com/sph/{token}",
            hosts=("weixin.qq.com",),
            listed=False,
        ),
    ),
)

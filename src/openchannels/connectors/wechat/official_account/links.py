"""Links to articles of WeChat official accounts.

The API lists a publication by another id than the two that its articles have on the web.
"""

from openchannels.connectors.base.links import LinkForm, Links
from openchannels.core.works import ContentMode

SITE = "https://mp.weixin.qq.com/s"

LINKS = Links(
    hosts=("mp.weixin.qq.com",),
    forms=(
        LinkForm(r"/s/(?P<id>[\w-]{22})/?", SITE + "/{id}", ContentMode.IMAGE, listed=False),
        LinkForm(
            r"/s/?",
            SITE + "?__biz={biz}&mid={mid}&idx={idx}&sn={sn}",
            ContentMode.IMAGE,
            query={
                "__biz": r"(?P<biz>[A-Za-z0-9]{1,64}={0,2})",
                "mid": r"(?P<mid>\d{1,20})",
                "idx": r"(?P<idx>\d{1,2})",
                "sn": r"(?P<sn>[0-9a-f]{1,64})",
            },
            id="{mid}_{idx}",
            listed=False,
        ),
    ),
    needs_account=False,
)

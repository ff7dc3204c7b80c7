"""Links to Threads posts; the API has other ids than their codes."""

from openchannels.connectors.base.links import LinkForm, Links

CODE = r"(?P<id>[\w-]{5,64})"
SITE = "https://www.threads.com"

LINKS = Links(
    hosts=("www.threads.com", "threads.com", "www.threads.net", "threads.net"),
    forms=(
        LinkForm(
            rf"/@(?P<owner>[\w.]{{1,32}})/post/{CODE}(?:/media)?/?",
            SITE + "/@{owner}/post/{id}",
            listed=False,
        ),
        LinkForm(rf"/t/{CODE}/?", SITE + "/t/{id}", listed=False),
    ),
)

"""Links to YouTube videos."""

from openchannels.connectors.base.links import LinkForm, Links
from openchannels.core.works import ContentMode

# Players of lists and of a channel's broadcast have names of the same length as an id.
ID = r"(?P<id>(?!(?:videoseries|live_stream)(?![\w-]))[\w-]{11})"
WATCH = "https://www.youtube.com/watch?v={id}"
SHORT_HOSTS = ("youtu.be", "www.youtu.be")
PLAYER_HOSTS = ("youtube-nocookie.com", "www.youtube-nocookie.com")
HOSTS = tuple(f"{name}youtube.com" for name in ("", "www.", "m.", "music.", "gaming."))

LINKS = Links(
    hosts=HOSTS,
    forms=(
        LinkForm(r"/watch/?", WATCH, ContentMode.VIDEO, query={"v": ID}),
        LinkForm(rf"/(?:shorts|live|embed|v|e|watch)/{ID}/?", WATCH, ContentMode.VIDEO),
        LinkForm(rf"/{ID}/?", WATCH, ContentMode.VIDEO, hosts=SHORT_HOSTS),
        LinkForm(rf"/embed/{ID}/?", WATCH, ContentMode.VIDEO, hosts=PLAYER_HOSTS),
        LinkForm(
            r"/attribution_link",
            WATCH,
            ContentMode.VIDEO,
            query={"u": rf"/watch\?(?:[^#]*&)?v={ID}(?:&.*)?"},
        ),
    ),
)

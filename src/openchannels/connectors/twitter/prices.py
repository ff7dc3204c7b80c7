"""X: what publishing and engagement cost, in USD. https://docs.x.com/x-api/getting-started/pricing"""

import re
from collections.abc import Mapping

from openchannels.core.engagement import InteractionName

INITIALIZE, APPEND = "publish.initialize", "publish.append"
FINALIZE, STATUS, ALT_TEXT = "publish.finalize", "publish.status", "publish.alt_text"
POST, LOOK, REMOVE = "publish.post", "publish.look", "publish.remove"
PUBLISH_COSTS: Mapping[str, float] = {
    **dict.fromkeys((INITIALIZE, APPEND, FINALIZE, STATUS), 0.0),
    ALT_TEXT: 0.005,
    POST: 0.015,
    # Charged by the posts returned.
    LOOK: 0.0,
    REMOVE: 0.010,
}
LIST_COMMENTS, FIND_COMMENT = "comments.list", "comments.look"


def interaction_operation(name: InteractionName) -> str:
    """Returns the name under which an interaction's call is counted."""
    return f"engagement.{name}"


# Where X does not say which price a call has, it is counted at the dearer one.
INTERACTION_COSTS = {
    **dict.fromkeys(InteractionName, 0.015),
    **dict.fromkeys((InteractionName.HIDE_REPLY, InteractionName.UNHIDE_REPLY), 0.005),
    InteractionName.BOOKMARK: 0.005,
    **dict.fromkeys(
        (
            InteractionName.DELETE_COMMENT,
            InteractionName.UNLIKE,
            InteractionName.UNDO_REPOST,
            InteractionName.REMOVE_BOOKMARK,
            InteractionName.UNFOLLOW,
        ),
        0.010,
    ),
}
ENGAGEMENT_COSTS: Mapping[str, float] = {
    # Charged by the posts and users returned.
    **dict.fromkeys((LIST_COMMENTS, FIND_COMMENT), 0.0),
    **{interaction_operation(name): cost for name, cost in INTERACTION_COSTS.items()},
}
URL_COST = 0.185
"""What a post with an address costs more than one without."""
ADDRESS = re.compile(r"https?://\S|(?<![@\w.-])[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,}\b", re.I)


def text_cost(text: str) -> float:
    """Returns what a post costs beyond the price of every post."""
    return URL_COST if ADDRESS.search(text) else 0.0

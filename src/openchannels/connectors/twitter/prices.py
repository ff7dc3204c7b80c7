"""X: what publishing costs, in USD. https://docs.x.com/x-api/getting-started/pricing"""

import re
from collections.abc import Mapping

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
URL_COST = 0.185
"""What a post with an address costs more than one without."""
ADDRESS = re.compile(r"https?://\S|(?<![@\w.-])[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,}\b", re.I)


def text_cost(text: str) -> float:
    """Returns what a post costs beyond the price of every post."""
    return URL_COST if ADDRESS.search(text) else 0.0

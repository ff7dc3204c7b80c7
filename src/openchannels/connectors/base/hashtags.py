"""Hashtags in a text, for platforms that have a field of their own for them."""

import re

HASHTAG = re.compile(r"[ \t]*(?<!\S)#(\w+)")


def split_hashtags(text: str) -> tuple[str, list[str]]:
    """Returns a text without its hashtags, and the tags without `#`, each once, in their order."""
    tags = dict.fromkeys(HASHTAG.findall(text))
    return HASHTAG.sub("", text).strip(), list(tags)

"""How platforms count a text, and what they find in it: links, hashtags, mentions.

Patterns have no nested repetition, so that no text takes long.
"""

import re
import unicodedata
from collections.abc import Sequence

EMOJI = (
    "[\U0001f000-\U0001faff\u203c\u2049\u2122\u2139\u2194-\u21aa\u231a-\u23ff\u24c2\u25aa-\u25fe"
    "\u2600-\u27bf\u2934\u2935\u2b05-\u2b55\u3030\u303d\u3297\u3299]"
)
ONE_EMOJI = rf"{EMOJI}(?:\ufe0f|[\U0001f3fb-\U0001f3ff])?[\U000e0020-\U000e007f]*"
EMOJI_SEQUENCE = re.compile(
    rf"[\U0001f1e6-\U0001f1ff]{{2}}|[0-9#*]\ufe0f?\u20e3|[©®]\ufe0f|{ONE_EMOJI}(?:\u200d{ONE_EMOJI})*"
)
"""An emoji with all that is joined to it: https://unicode.org/reports/tr51/#EBNF_and_Regex"""

URL = re.compile(
    r"(?<![A-Za-z0-9@＠$#＃._/-])(?:(?P<scheme>https?)://)?"
    r"(?P<host>(?:[a-z0-9\u00c0-\u024f][a-z0-9\u00c0-\u024f_-]*\.)+"
    r"(?P<top>[a-z]{2,18}|xn--[a-z0-9-]{2,59}))(?![A-Za-z0-9_@-])"
    r"(?::\d{1,5})?(?P<path>/[^\s<>\u3000-\u303f\uff00-\uffef]*)?",
    re.IGNORECASE,
)
"""A link as X finds it: https://github.com/twitter/twitter-text"""
GENERIC_TOPS = frozenset(
    re.findall(
        r"\w+",
        """
academy ads agency ai app art asia audio bank bar beer best bike bio biz blog book build
business buzz cafe camp care casa cash cat center chat church city click clinic cloud club
coach codes coffee com community company cool coop cymru design dev digital dog earth edu
education email energy events expert express family fans farm fashion finance fit
foundation fun fund fyi gallery game games garden global gmbh gold gov group guide guru
health help homes hosting house how inc info ink institute int io jobs kitchen land law
life limited link live lol love ltd market marketing media men mil mobi moe money movie
museum name net network news ninja one online org page partners party pet photo
photography photos pics pink plus press pro productions pub recipes rentals report review
reviews rocks run sale school science services shop show site ski social software
solutions space store stream studio style support systems tax team tech technology tips
today tools top tours town trade training travel tube tv university vet video vip vision
watch website wiki win wine work works world wtf xyz yoga zone
""",
    )
)
"""Ends of names that make a link without a scheme; those of countries have two letters."""
SHORT_TOPS = frozenset({"co", "tv"})
"""Countries whose bare names, such as `t.co`, X takes for links without a path."""
HASHTAG = re.compile(r"(?<![\w&])[#＃]([^\W\d_][\w·]*|\d+[^\W\d][\w·]*|_\w+)")
MENTION = re.compile(r"(?<![\w@/.])@(\w[\w.]*\w|\w)")
CASHTAG = re.compile(r"(?<![\w$])\$[A-Za-z]{1,6}(?:[._][A-Za-z]{1,2})?(?!\w)")
LINKEDIN_RESERVED = re.compile(r"[|{}@\[\]()<>#\\*_~]")
LINKEDIN_MENTION = re.compile(
    r"@\[([^\]\n]{1,200})\]\(urn:li:(?:person|organization):[\w-]{1,64}\)"
)
TAG = re.compile(r"<[^<>]*>")
X_LIGHT = ((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247))
X_LINK = 23
LINK_ENDS = ".,;:!?'\")"
"""What is not part of a link at its end."""


def utf16_units(text: str) -> int:
    """Returns the length as JavaScript and Java count it: an emoji is two or more."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def utf8_bytes(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))


def x_weight(text: str) -> int:
    """Returns the length of a post on X: links are 23, emoji 2, CJK and the like 2 a character.

    https://docs.x.com/fundamentals/counting-characters
    """
    plain = unicodedata.normalize("NFC", text)
    weight, at = 0, 0
    for start, end in _links(plain):
        weight += _x_plain_weight(plain[at:start]) + X_LINK
        at = end
    return weight + _x_plain_weight(plain[at:])


def _x_plain_weight(text: str) -> int:
    rest, emoji = EMOJI_SEQUENCE.subn("", text)
    return 2 * emoji + sum(1 if _is_light(ord(one)) else 2 for one in rest)


def _is_light(point: int) -> bool:
    return any(first <= point <= last for first, last in X_LIGHT)


def threads_length(text: str) -> int:
    """Returns the length of a post on Threads: emoji count by their bytes.

    https://developers.facebook.com/docs/threads/reference/publishing
    """
    rest, _ = EMOJI_SEQUENCE.subn("", text)
    return len(rest) + sum(utf8_bytes(found[0]) for found in EMOJI_SEQUENCE.finditer(text))


def links(text: str) -> Sequence[str]:
    """Returns the links in a text, with or without a scheme, in their order."""
    return [text[start:end] for start, end in _links(text)]


def _links(text: str) -> Sequence[tuple[int, int]]:
    found = [one for one in URL.finditer(text) if _is_link(one)]
    return [(one.start(), one.start() + len(one[0].rstrip(LINK_ENDS))) for one in found]


def _is_link(found: re.Match[str]) -> bool:
    top = found["top"].lower()
    if found["scheme"] or top.startswith("xn--"):
        return True
    if len(top) > 2 or top in GENERIC_TOPS:
        return top in GENERIC_TOPS
    return found["path"] is not None or top in SHORT_TOPS or found["host"].count(".") > 1


def hashtags(text: str) -> Sequence[str]:
    """Returns the words of the hashtags in a text, without the sign, in their order."""
    return [found[1] for found in HASHTAG.finditer(text)]


def without_hashtags(text: str) -> str:
    """Returns a text whose hashtags are taken out, and the space around them."""
    return re.sub(r"[ \t]{2,}", " ", HASHTAG.sub("", text)).strip()


def mentions(text: str) -> Sequence[str]:
    """Returns the names that a text mentions, without the sign."""
    return [found[1] for found in MENTION.finditer(text)]


def cashtags(text: str) -> Sequence[str]:
    return CASHTAG.findall(text)


def joined_tags(tags: Sequence[str]) -> int:
    """Returns the length of tags joined by commas."""
    return len(",".join(tags))


def youtube_tags(tags: Sequence[str]) -> int:
    """Returns the length of tags as YouTube counts it: one with a space is quoted.

    https://developers.google.com/youtube/v3/docs/videos#snippet.tags[]
    """
    return joined_tags([f'"{tag}"' if " " in tag else tag for tag in tags])


def linkedin_visible(text: str) -> int:
    """Returns the length of a LinkedIn post as it is read, in UTF-16 units."""
    return utf16_units(LINKEDIN_MENTION.sub(lambda found: found[1], text))


def linkedin_escaped(text: str) -> int:
    """Returns the length of a LinkedIn post as it is sent, with its reserved characters escaped.

    https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/little-text-format
    """
    plain = LINKEDIN_MENTION.sub("", text)
    mentioned = sum(len(found[0]) for found in LINKEDIN_MENTION.finditer(text))
    return mentioned + len(plain) + len(LINKEDIN_RESERVED.findall(plain))


def has_markup(text: str) -> bool:
    """Returns whether a text holds HTML."""
    return TAG.search(text) is not None

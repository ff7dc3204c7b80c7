"""How often a post was seen, liked and clicked: the counts of lists, lookups and analytics.

https://docs.x.com/x-api/fundamentals/metrics
"""

from openchannels.sandbox.dataset import Work
from openchannels.sandbox.figures import VIEWS, Share, Sum
from openchannels.sandbox.platforms.twitter.posts import kind_of, media_kind

REPLIED, QUOTED = "replies", "quotes"
_SHARES = {
    "impressions": VIEWS,
    "retweets": Share(60, 0, 8, ("retweets",)),
    "replies": Share(66, 0, 9, (REPLIED,)),
    "likes": Share(72, 5, 60, ("likes",)),
    "quote_tweets": Share(78, 0, 3, (QUOTED,)),
    "bookmarks": Share(84, 0, 12, ("bookmarks",)),
    "url_clicks": Share(90, 0, 30),
    "user_profile_clicks": Share(96, 0, 10),
    "detail_expands": Share(102, 5, 40),
    "media_views": Share(0, 500, 500),
}
_SUMS = {"engagements": ("url_clicks", "likes")}
_NEVER = {
    "app_install_attempts", "app_opens", "email_tweet", "follows", "hashtag_clicks",
    "permalink_clicks", "shares", "unfollows",
}  # fmt: skip
_OF_THE_ORIGINAL = {"replies", "likes", "quote_tweets"}
"""Counts that a repost leaves to the post it repeats."""
ANALYTICS = {*_SHARES, *_SUMS, *_NEVER}
"""The counts that analytics have."""


def count_of(work: Work, name: str) -> Sum:
    """A count of a post; an empty sum for what this post never has."""
    names: tuple[str, ...] = () if name in _NEVER else _SUMS.get(name, (name,))
    if kind_of(work) == "retweet":
        names = tuple(one for one in names if one not in _OF_THE_ORIGINAL)
    if media_kind(work) != "video":
        names = tuple(one for one in names if one != "media_views")
    return Sum(tuple(_SHARES[one] for one in names))


def public(work: Work, now: float) -> dict[str, int]:
    """The counts that everybody sees."""
    names = {
        "retweet_count": "retweets",
        "reply_count": "replies",
        "like_count": "likes",
        "quote_count": "quote_tweets",
        "bookmark_count": "bookmarks",
        "impression_count": "impressions",
    }
    return {shown: count_of(work, name).at(work, now) for shown, name in names.items()}


def private(work: Work, now: float) -> dict[str, dict[str, int]]:
    """The counts that only the author sees, by field; no post is promoted."""
    names = {
        "impression_count": "impressions",
        "url_link_clicks": "url_clicks",
        "user_profile_clicks": "user_profile_clicks",
    }
    seen = {shown: count_of(work, name).at(work, now) for shown, name in names.items()}
    organic = ("retweet_count", "reply_count", "like_count")
    known = public(work, now)
    return {
        "non_public_metrics": {**seen, "engagements": count_of(work, "engagements").at(work, now)},
        "organic_metrics": {**seen, **{name: known[name] for name in organic}},
    }

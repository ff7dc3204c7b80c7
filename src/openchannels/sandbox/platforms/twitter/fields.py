"""The fields and expansions that X documents; a value of no list is refused.

X is renaming tweets to posts. As it is not known which names it demands, both are accepted:
`tweet.fields` is answered in the older ones, `post.fields` in the newer ones.
https://docs.x.com/x-api/fundamentals/fields
"""

from typing import Any

from openchannels.sandbox.http import EarlyReply, Fields
from openchannels.sandbox.platforms.twitter.errors import invalid_parameter

_POST = {
    "article", "article_title", "attachments", "author_id", "card_uri", "community_id",
    "context_annotations", "conversation_id", "created_at", "display_text_range", "edit_controls",
    "edit_history_tweet_ids", "entities", "geo", "id", "in_reply_to_user_id", "lang",
    "matched_media_notes", "media_metadata", "non_public_metrics", "note_request_suggestions",
    "note_tweet", "organic_metrics", "paid_partnership", "possibly_sensitive", "promoted_metrics",
    "public_metrics", "referenced_tweets", "reply_settings", "scopes", "source",
    "suggested_source_links", "suggested_source_links_with_counts", "text", "username", "withheld",
}  # fmt: skip
_USER = {
    "affiliation", "confirmed_email", "connection_status", "created_at", "description", "entities",
    "id", "is_identity_verified", "location", "most_recent_tweet_id", "name", "parody",
    "pinned_tweet_id", "profile_banner_url", "profile_image_url", "protected", "public_metrics",
    "receives_your_dm", "subscription", "subscription_type", "url", "username", "verified",
    "verified_followers_count", "verified_type", "withheld",
}  # fmt: skip
_MEDIA = {
    "alt_text", "duration_ms", "height", "media_key", "non_public_metrics", "organic_metrics",
    "preview_image_url", "promoted_metrics", "public_metrics", "type", "url", "variants", "width",
}  # fmt: skip
_EXPANSIONS = {
    "article.cover_media", "article.media_entities", "attachments.media_keys",
    "attachments.media_source_tweet", "attachments.poll_ids", "author_id", "author_screen_name",
    "edit_history_tweet_ids", "entities.mentions.username", "entities.note.mentions.username",
    "geo.place_id", "in_reply_to_user_id", "referenced_tweets", "referenced_tweets.id",
    "referenced_tweets.id.attachments.media_keys", "referenced_tweets.id.author_id", "affiliation",
    "affiliation.user_id", "most_recent_tweet_id", "pinned_tweet_id",
}  # fmt: skip


def _newer(name: str) -> str:
    return name.replace("retweet", "repost").replace("tweet", "post")


_KNOWN: dict[str, set[str]] = {
    "tweet.fields": _POST,
    "post.fields": {_newer(name) for name in _POST},
    "user.fields": {*_USER, *map(_newer, _USER)},
    "media.fields": _MEDIA,
    "poll.fields": {"duration_minutes", "end_datetime", "id", "options", "voting_status"},
    "place.fields": {
        "contained_within", "country", "country_code", "full_name", "geo", "id", "name",
        "place_type",
    },
    "expansions": {*_EXPANSIONS, *map(_newer, _EXPANSIONS)},
    "exclude": {"replies", "retweets", "reposts"},
}  # fmt: skip


def check_fields(query: Fields) -> None:
    """Raise EarlyReply with 400 if a parameter names what X does not have."""
    for parameter, known in _KNOWN.items():
        for value in query.split_values(parameter):
            if value not in known:
                among = ",".join(sorted(known))
                message = f"The `{parameter}` query parameter value [{value}] is not one of"
                raise EarlyReply(invalid_parameter(parameter, value, f"{message} [{among}]"))


def requested_fields(query: Fields) -> set[str]:
    """The requested fields of posts by their older names."""
    newer = set(query.split_values("post.fields"))
    return {*query.split_values("tweet.fields"), *(one for one in _POST if _newer(one) in newer)}


def respelled(post: dict[str, Any], query: Fields) -> dict[str, Any]:
    """A post in the newer names, if the request uses them."""
    if "post.fields" not in query:
        return post
    return {
        _newer(name): respelled(value, query) if isinstance(value, dict) else value
        for name, value in post.items()
    }

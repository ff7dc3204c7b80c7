"""Categories of YouTube videos, which differ a little by region.

https://developers.google.com/youtube/v3/docs/videoCategories/list
"""

import re
from typing import Any

from openchannels.sandbox.http import Fields, Reply
from openchannels.sandbox.ids import hexadecimal
from openchannels.sandbox.platforms.google.accounts import api_error

ASSIGNABLE = {
    "1": "Film & Animation", "2": "Autos & Vehicles", "10": "Music", "15": "Pets & Animals",
    "17": "Sports", "19": "Travel & Events", "20": "Gaming", "22": "People & Blogs",
    "23": "Comedy", "24": "Entertainment", "25": "News & Politics", "26": "Howto & Style",
    "27": "Education", "28": "Science & Technology", "29": "Nonprofits & Activism",
}  # fmt: skip
"""Those that a video may be put in, by id."""
_OTHERS = {"18": "Short Movies", "21": "Videoblogging", "30": "Movies", "42": "Shorts"}
_SOMEWHERE = {"29": {"AU", "CA", "GB", "IE", "IN", "NZ", "US"}}
"""Categories that only some regions have."""
_CHANNEL = "UCBR8-60-B28hp2BmDPdntcQ"


def video_categories(query: Fields, parts: list[str]) -> Reply:
    """The categories of a region, or those with some ids; any language is answered in English."""
    ids, region = query.split_values("id"), query.get("regionCode")
    if bool(ids) == bool(region):
        if ids:
            message = "Only one of regionCode and id may be sent."
            return api_error(400, "incompatibleParameters", message, "INVALID_ARGUMENT")
        message = "No filter selected. Expected one of: id, regionCode"
        return api_error(400, "missingRequiredParameter", message, "INVALID_ARGUMENT")
    if region and not re.fullmatch("[A-Za-z]{2}", region):
        message = f"Invalid value '{region}' for regionCode."
        return api_error(400, "badRequest", message, "INVALID_ARGUMENT")
    known = ASSIGNABLE | _OTHERS
    if any(one not in known for one in ids):
        message = "The video category identified by the id parameter cannot be found."
        domain = "youtube.videoCategory"
        return api_error(404, "videoCategoryNotFound", message, "NOT_FOUND", domain)
    shown = ids or [one for one in known if region.upper() in _SOMEWHERE.get(one, {region.upper()})]
    answer = {
        "kind": "youtube#videoCategoryListResponse",
        "etag": hexadecimal(20, "categories", region, *ids),
        "items": [_category(one, known[one], parts) for one in shown],
    }
    return Reply.json(answer)


def _category(identifier: str, title: str, parts: list[str]) -> dict[str, Any]:
    etag = hexadecimal(20, "category", identifier)
    category: dict[str, Any] = {"kind": "youtube#videoCategory", "etag": etag, "id": identifier}
    if "snippet" in parts:
        assignable = identifier in ASSIGNABLE
        category["snippet"] = {"title": title, "assignable": assignable, "channelId": _CHANNEL}
    return category

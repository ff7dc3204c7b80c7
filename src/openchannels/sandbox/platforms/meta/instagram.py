"""Instagram API with Instagram Login, and the media edge of Facebook Login.

The list can expand insights for everybody but `sparse`: one of these works was posted before the
account became professional, which makes the whole call fail.
https://developers.facebook.com/docs/instagram-platform/instagram-api-with-instagram-login
"""

from collections.abc import Callable
from typing import Any

from openchannels.sandbox import sample_text
from openchannels.sandbox.clock import utc_text
from openchannels.sandbox.dataset import Work
from openchannels.sandbox.emulator import Context, Emulator
from openchannels.sandbox.grants import Token
from openchannels.sandbox.http import Reply, Request, Route
from openchannels.sandbox.ids import digits, hexadecimal, letters
from openchannels.sandbox.images import avatar, cover
from openchannels.sandbox.platforms.meta import media as meta_media
from openchannels.sandbox.platforms.meta.graph import (
    VERSION,
    Field,
    GraphError,
    read_fields,
)
from openchannels.sandbox.platforms.meta.login import MetaLogin
from openchannels.sandbox.short_links import short_link
from openchannels.sandbox.work_ids import DecimalIds

DEFAULT_PAGE, MOST_PER_PAGE = 25, 100
DEPTH = 10_000
_GRAPH, _FACEBOOK = "graph.instagram.com", "graph.facebook.com"
_IMAGES = "scontent.cdninstagram.com"
_IDS = DecimalIds(17_900_000_000_000_000, bits=56)
_CYCLE = (("IMAGE", "FEED"), ("VIDEO", "REELS"), ("CAROUSEL_ALBUM", "FEED"), ("VIDEO", "FEED"))
_METRICS = {
    "views": (1000, 1000), "reach": (500, 800), "saved": (1, 20), "shares": (0, 12),
    "total_interactions": (20, 120), "likes": (20, 100), "comments": (1, 10), "reposts": (0, 3),
}  # fmt: skip
_REELS_METRICS = {"ig_reels_avg_watch_time", "ig_reels_video_view_total_time"}
_FIELDS = {
    "alt_text", "audio_id", "boost_eligibility_info", "caption", "children", "collaborators",
    "comments", "comments_count", "copyright_check_information", "id", "ig_id", "insights",
    "is_ai_generated", "is_comment_enabled", "is_shared_to_feed", "legacy_instagram_media_id",
    "like_count", "media_audio_type", "media_product_type", "media_type", "media_url", "owner",
    "permalink", "reposts_count", "saved_count", "shares_count", "shortcode", "thumbnail_url",
    "timestamp", "total_comments_count", "total_like_count", "total_views_count", "username",
}  # fmt: skip
_FACEBOOK_ONLY = {
    "reposts_count", "saved_count", "shares_count", "total_comments_count", "total_like_count",
    "total_views_count",
}  # fmt: skip
"""Fields that Instagram's own host knows and leaves out."""
_PROFILE = {
    "id", "user_id", "username", "name", "account_type", "profile_picture_url", "followers_count",
    "follows_count", "media_count", "biography", "website",
}  # fmt: skip


def _page(kind: str) -> Callable[[str], str]:
    """Makes the address of a post of its share code."""
    return lambda code: f"https://www.instagram.com/{kind}/{letters(11, 'share', code)}/"


class Instagram(Emulator):
    """One professional account for every person; `empty` has no media."""

    name = "instagram"
    work_ids = _IDS
    version = VERSION

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        basic = "instagram_business_basic"
        self._login = MetaLogin(context.grants, self.realm, "Instagram", "IGAAG1ZB", "ig", basic)

    def routes(self) -> list[Route]:
        """Consent page, token endpoints, profile, media on both hosts, images."""
        calls: dict[str, Callable[[Request], Reply]] = {
            "/access_token": self._login.exchange,
            "/refresh_access_token": self._login.extend,
            "/{user}/media": self.media,
            "/{media}/insights": self.media_insights,
            "/{node}": self.node,
        }
        return [
            Route("GET", "www.instagram.com", "/oauth/authorize", self._login.authorize),
            Route("POST", "api.instagram.com", "/oauth/access_token", self.token),
            *(Route("GET", _GRAPH, path, handler) for path, handler in calls.items()),
            Route("GET", _FACEBOOK, "/{user}/media", self.facebook_media),
            Route("GET", _IMAGES, "/v/t51/ig_face_{file}", avatar),
            Route("GET", _IMAGES, "/v/t51/ig_{file}", cover),
            short_link("www.instagram.com", "/share/p/{code}", _page("p")),
            short_link("www.instagram.com", "/share/reel/{code}", _page("reel")),
            short_link("www.instagram.com", "/share/{code}", _page("p")),
        ]

    def token(self, request: Request) -> Reply:
        """Exchange a code for a token of an hour, wrapped in a list as documented."""
        grant, value = self._login.redeem(request)
        answer: dict[str, Any] = {"access_token": value, "user_id": _app_id(grant.person)}
        if grant.person == "mara":
            number = int(_app_id(grant.person))
            flat = {"user_id": number, "permissions": list(grant.scopes)}
            return Reply.json(answer | flat)
        return Reply.json({"data": [answer | {"permissions": ",".join(grant.scopes)}]})

    def _person(self, request: Request, scope: str = "instagram_business_basic") -> str:
        return self._login.require_token(request, scope).grant.person

    def node(self, request: Request) -> Reply:
        """The profile, or one work."""
        person = self._person(request)
        fields = read_fields(request.query.get("fields") or "id")
        if request.params["node"] in ("me", _user_id(person), _app_id(person)):
            profile = self._profile(person, request.now)
            return Reply.json(meta_media.select_fields(profile, fields, _PROFILE))
        work = self._work(person, request.params["node"])
        return Reply.json(_fields(work, fields, request.now, _GRAPH))

    def _work(self, person: str, identifier: str) -> Work:
        series = self.series(person)
        work = self.find_work(series, identifier)
        if work is None:
            raise GraphError(100, "Unsupported get request. Object does not exist.", 33)
        return work

    def _profile(self, person: str, now: float) -> dict[str, Any]:
        creator = self.creator(person)
        face = hexadecimal(12, "ig face", person)
        return {
            "id": _app_id(person),
            "user_id": _user_id(person),
            "username": _username(person),
            "name": creator.pick("brand", sample_text.BRANDS_EN),
            "account_type": creator.pick("type", ("Business", "Media_Creator")),
            "profile_picture_url": f"https://{_IMAGES}/v/t51/ig_face_{face}.jpg",
            "followers_count": creator.growing_count("fans", 100, 80_000, now),
            "follows_count": creator.number("following", 5, 900),
            "media_count": self.series(person).total,
        }

    def media(self, request: Request) -> Reply:
        """A page of the person's media, newest first."""
        person = self._person(request)
        if request.params["user"] not in ("me", _user_id(person), _app_id(person)):
            raise GraphError(100, "Unsupported get request. Object does not exist.", 33)
        fields = read_fields(request.query.get("fields") or "id")
        if any(one.name == "insights" for one in fields):
            self._person(request, "instagram_business_manage_insights")
        return self._page(request, person, fields, _GRAPH)

    def facebook_media(self, request: Request) -> Reply:
        """The same edge for a token of Facebook Login."""
        token = self.grants.live_token(request.access_token, request.now, "user", "page")
        if token is None:
            raise GraphError(190, "Invalid OAuth access token.")
        person = _facebook_person(token, request.params["user"])
        fields = read_fields(request.query.get("fields") or "id")
        wants = any(one.name == "insights" for one in fields)
        needed = "instagram_manage_insights" if wants else "instagram_basic"
        if needed not in token.grant.scopes:
            raise GraphError(10, f"This action requires the {needed} permission.", http=403)
        return self._page(request, person, fields, _FACEBOOK)

    def _page(self, request: Request, person: str, fields: list[Field], host: str) -> Reply:
        wants = [one for one in fields if one.name == "insights"]
        for one in wants:
            meta_media.metrics_of(one.modifiers.get("metric", ""), set(_METRICS))
        if wants and person == "sparse":
            message = "Media posted before business account conversion"
            raise GraphError(100, message, 2108006)
        page = meta_media.page_of(request, self.series(person), DEFAULT_PAGE, MOST_PER_PAGE)
        data = [_fields(work, fields, request.now, host) for work in page.works]
        paging = page.paging(request, host, f"/{_user_id(person)}/media", links=True)
        return Reply.json({"data": data} | ({"paging": paging} if paging else {}))

    def media_insights(self, request: Request) -> Reply:
        """The insights of one work; only reels have a watch time."""
        person = self._person(request, "instagram_business_manage_insights")
        work = self._work(person, request.params["media"])
        reel = _CYCLE[work.index % len(_CYCLE)][1] == "REELS"
        known = set(_METRICS) | (_REELS_METRICS if reel else set())
        metrics = meta_media.metrics_of(request.query.get("metric"), known)
        return Reply.json(_insights(work, metrics, request.now))

    def describe(self, person: str) -> dict[str, Any]:
        """Ids, user name, number of media."""
        return {
            "person": person,
            "userId": _user_id(person),
            "id": _app_id(person),
            "username": _username(person),
            "works": self.series(person).total,
        }

    def rate_limited(self, request: Request) -> Reply:
        """80002 with the usage header that names the minutes to wait."""
        reply = GraphError(80002, "(#80002) There have been too many calls.", http=400).reply
        usage = '{"17841401234567890":[{"type":"instagram","call_count":100,"total_cputime":20,'
        usage += '"total_time":20,"estimated_time_to_regain_access":5}]}'
        reply.headers["x-business-use-case-usage"] = usage
        return reply

    def dead_grant(self, request: Request) -> Reply:
        """190/458."""
        what = "Error validating access token: The user has not authorized application."
        return GraphError(190, what, 458).reply

    def missing_scope(self, request: Request) -> Reply:
        """Code 10."""
        message = "This action requires the instagram_business_basic permission."
        return GraphError(10, message, http=403).reply

    def server_error(self, request: Request) -> Reply:
        """Code 2 under HTTP 500."""
        return GraphError(2, "An unexpected error has occurred.", http=500, transient=True).reply


def _user_id(person: str) -> str:
    return digits(17, "instagram", person)


def _app_id(person: str) -> str:
    return digits(17, "instagram app-scoped", person)


def _username(person: str) -> str:
    return f"{person.lower()}.{hexadecimal(4, 'instagram name', person)}"


def _facebook_person(token: Token, user: str) -> str:
    if user != _user_id(token.grant.person):
        raise GraphError(100, "Unsupported get request. Object does not exist.", 33)
    return token.grant.person


def _insights(work: Work, metrics: list[str], now: float) -> dict[str, Any]:
    shifts = {name: 60 + 6 * place for place, name in enumerate(_METRICS)}
    counts = {
        name: work.share_of_views(now, shifts[name], *_METRICS[name])
        if name in _METRICS
        else work.number(100, 2_000, 20_000) * (work.views(now) if "total" in name else 1)
        for name in metrics
    }
    return meta_media.insights(_IDS.id_of(work), counts)


def _fields(work: Work, fields: list[Field], now: float, host: str) -> dict[str, Any]:
    media = _media(work, now)
    if host == _GRAPH:
        media = {name: value for name, value in media.items() if name not in _FACEBOOK_ONLY}
    for one in fields:
        if one.name == "insights":
            metrics = meta_media.metrics_of(one.modifiers.get("metric", ""), set(_METRICS))
            empty = work.index % 19 == 5
            media["insights"] = {"data": []} if empty else _insights(work, metrics, now)
    return meta_media.select_fields(media, fields, _FIELDS)


def _media(work: Work, now: float) -> dict[str, Any]:
    identifier = _IDS.id_of(work)
    kind, product = _CYCLE[work.index % len(_CYCLE)]
    shortcode = letters(11, "ig code", identifier)
    image = f"https://{_IMAGES}/v/t51/ig_{hexadecimal(16, 'ig', identifier)}.jpg"
    media: dict[str, Any] = {
        "id": identifier,
        "caption": work.title_en() if work.index % 7 else None,
        "media_type": kind,
        "media_product_type": product,
        "permalink": f"https://www.instagram.com/{'reel' if product == 'REELS' else 'p'}/"
        f"{shortcode}/",
        "shortcode": shortcode,
        "timestamp": f"{utc_text(work.created)}+0000",
        "username": _username(work.owner.person),
        "owner": {"id": _user_id(work.owner.person)},
        "comments_count": work.share_of_views(now, 110, 1, 10),
        "saved_count": work.share_of_views(now, 72, *_METRICS["saved"]),
        "shares_count": work.share_of_views(now, 78, *_METRICS["shares"]),
    }
    if work.index % 11:
        media["like_count"] = work.share_of_views(now, 90, *_METRICS["likes"])
    if kind == "VIDEO":
        media |= {"media_url": image.replace(".jpg", ".mp4"), "thumbnail_url": image}
    elif work.index % 23 != 6:
        media["media_url"] = image
    if kind == "CAROUSEL_ALBUM":
        child = {"id": f"{identifier}1", "media_type": "IMAGE", "media_url": image}
        media["children"] = {"data": [child]}
    return media

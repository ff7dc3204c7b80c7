"""Examples for the rules that platforms have of their own: what breaks each, and what keeps it.

By platform and place: changes of the platform's usual draft that break the rule, and those that
keep it; None for the usual draft itself.
"""

from collections.abc import Mapping
from typing import Any

from openchannels.core.publishing import MIB
from tests.publishing.rule_drafts import image, video

Changes = Mapping[str, Any]
FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
DAY = 86_400.0


def tags(count: int, start: str = "#t") -> str:
    return " ".join(f"{start}{index}" for index in range(count))


def opt(**option: Any) -> Changes:
    return {"option": option}


IMAGES = {"media": (image(), image())}
VIDEO = {"media": (video(),)}
BOTH = {"media": (image(), video())}
NO_MEDIA: Changes = {"media": ()}
COVER = {"cover": image()}
TITLE = {"title": "Rye"}


def one(**facts: Any) -> Changes:
    return {"media": (image(**facts),)}


def film(**facts: Any) -> Changes:
    return {"media": (video(**facts),)}


def cover(**facts: Any) -> Changes:
    return {"cover": image(**facts)}


MIXED = {"media.mixed": (BOTH, None)}
RATES = {"video.frame_rate": (film(frame_rate=20.0), film(frame_rate=23.976))}

EVENING = ("2026-12-01T18:00", "2026-12-01T21:30")


def event(start: str, end: str) -> Changes:
    return opt(event={"start": start, "end": end})


def party(kind: str, **more: Any) -> Changes:
    return opt(topicType=kind, event={"start": EVENING[0], "end": EVENING[1], **more})


def button(action: str, **more: str) -> Changes:
    return opt(callToAction={"actionType": action, **more})


EXAMPLES: Mapping[str, Mapping[str, tuple[Changes, Changes | None]]] = {
    "google_business": {
        "body.required": ({"body": " "}, None),
        "option.event.start.real": (event("2026-02-30T18:00", EVENING[1]), event(*EVENING)),
        "option.event.end.real": (event(EVENING[0], "2026-12-01T25:00"), event(*EVENING)),
        "option.event.order": (event(*reversed(EVENING)), event(*EVENING)),
        "option.event.missing": (opt(topicType="EVENT"), party("OFFER")),
        "option.event.title.missing": (party("OFFER", title=" "), {**TITLE, **party("EVENT")}),
        "option.callToAction.url.missing": (button("BOOK"), button("CALL")),
        "option.callToAction.url.call": (
            button("CALL", url="https://a.example/"),
            button("BOOK", url="https://a.example/"),
        ),
    },
    "youtube": {
        "title.required": ({"title": " "}, None),
        "title.signs": ({"title": "a<b"}, None),
        "title.utf16": ({"title": "\U0001f600" * 60}, {"title": "\U0001f600" * 50}),
        "body.length": ({"body": "灰" * 1667}, {"body": "灰" * 1666}),
        "body.signs": ({"body": "a>b"}, None),
        "topics.length": ({"body": "#" + "x" * 501}, {"body": "#" + "x" * 500}),
        "topics.ignored": ({"body": tags(61)}, {"body": tags(60)}),
        "option.publishAt.private": (
            opt(publishAt="2099-01-01T00:00:00Z"),
            opt(publishAt="2099-01-01T00:00:00Z", privacyStatus="private"),
        ),
        "option.publishAt.order": (
            opt(publishAt="2020-01-01T00:00:00Z", privacyStatus="private"),
            opt(publishAt="2099-01-01T00:00:00Z", privacyStatus="private"),
        ),
        "option.madeForKids.alone": (
            opt(madeForKids=True),
            opt(madeForKids=True, selfDeclaredMadeForKids=True),
        ),
        "option.madeForKids.unused": (opt(madeForKids=False), None),
        "audit.private": ({"settings": {}}, {"settings": {}, **opt(privacyStatus="private")}),
        "video.verified": (film(duration=901.0), film(duration=900.0)),
        "cover.format": (cover(mime_type="image/webp"), cover(mime_type="image/png")),
        "cover.size": (cover(size=50 * MIB + 1), cover(size=50 * MIB)),
        "cover.width": (cover(width=639), cover(width=640)),
        "cover.verified": (COVER, None),
    },
    "twitter": {
        "body.length": ({"body": FAMILY * 141}, {"body": FAMILY * 140}),
        "body.long": (
            {"body": "x" * 25_001, "settings": {"long_posts": True}},
            {"body": "x" * 25_000, "settings": {"long_posts": True}},
        ),
        "body.cashtags": ({"body": "$ABC $DEF"}, {"body": "$ABC and $ABC, not $5"}),
        "body.mentions": ({"body": "with @ida"}, {"body": "to ida@example.com"}),
        "body.price": ({"body": "see kiln.example.com"}, {"body": "see example.zz"}),
        **MIXED,
        "gif.alone": (
            {"media": (image(mime_type="image/gif"), image())},
            one(mime_type="image/gif"),
        ),
        "image.size": (
            one(size=5 * MIB + 1),
            one(size=15 * MIB, mime_type="image/gif"),
        ),
        "gif.width": (
            one(mime_type="image/gif", width=1281),
            one(mime_type="image/gif", width=1280),
        ),
        "video.ratio": (film(width=301, height=1000), film(width=334, height=1000)),
        "video.frame_rate": (film(frame_rate=120.0), film(frame_rate=60.0)),
        "video.width": (film(width=2000), film(width=1080)),
        "video.codec": (film(codec="av1"), VIDEO),
        "cover.unused": (COVER, None),
        "option.poll.media": (
            opt(poll={"options": ["a", "b"], "duration_minutes": 5}),
            {**opt(poll={"options": ["a", "b"], "duration_minutes": 5}), **NO_MEDIA},
        ),
        "option.poll.quote": (opt(poll={"options": []}, quote_tweet_id="1"), opt(poll={"a": 1})),
        "option.quote_tweet_id.tier": (
            opt(quote_tweet_id="1"),
            {**opt(quote_tweet_id="1"), "settings": {"tier": "enterprise"}},
        ),
        "option.quote_tweet_id.media": (
            opt(quote_tweet_id="1"),
            {**opt(quote_tweet_id="1"), **NO_MEDIA},
        ),
        "option.reply_to_tweet_id.tier": (opt(reply_to_tweet_id="1"), None),
        "option.alt_text.unused": ({**opt(alt_text="a"), **VIDEO}, opt(alt_text="a")),
    },
    "tiktok": {
        "body.length": ({"body": "\U0001f600" * 1101}, {"body": "\U0001f600" * 1100}),
        "text.length": ({"title": "ab", "body": "x" * 2198}, {"title": "a", "body": "x" * 2198}),
        "title.photos": ({**IMAGES, "title": "x" * 91}, {**IMAGES, "title": "x" * 90}),
        **MIXED,
        "image.advised": (one(height=2000), one(height=1920)),
        "video.sides": (film(width=359), film(width=360)),
        **RATES,
        "video.codec": (film(codec="mpeg4"), film(codec="hevc")),
        "video.short": (film(duration=2.0), film(duration=3.0)),
        "video.long": (film(duration=181.0), film(duration=180.0)),
        "cover.video": (COVER, None),
        "cover.photos": ({**IMAGES, **COVER}, IMAGES),
        "option.privacy_level.required": ({}, opt(privacy_level="SELF_ONLY")),
        "audit.private": (
            {**opt(privacy_level="PUBLIC_TO_EVERYONE"), "settings": {}},
            {**opt(privacy_level="SELF_ONLY"), "settings": {}},
        ),
        "audit.inbox": ({"settings": {}}, None),
        "option.brand_content_toggle.private": (
            opt(brand_content_toggle=True, privacy_level="SELF_ONLY"),
            opt(brand_content_toggle=True, privacy_level="PUBLIC_TO_EVERYONE"),
        ),
        "option.photo_cover_index.range": (
            {**IMAGES, **opt(photo_cover_index=2)},
            {**IMAGES, **opt(photo_cover_index=1)},
        ),
        "option.photo_cover_index.unused": (opt(photo_cover_index=0), None),
        "option.source.photos": (
            {**IMAGES, **opt(source="FILE_UPLOAD")},
            {**IMAGES, **opt(source="PULL_FROM_URL")},
        ),
        "option.is_aigc.photos": ({**IMAGES, **opt(is_aigc=True)}, opt(is_aigc=True)),
        "option.auto_add_music.video": (
            opt(auto_add_music=True),
            {**IMAGES, **opt(auto_add_music=True)},
        ),
        "option.disable_duet.photos": (
            {**IMAGES, **opt(disable_duet=True)},
            opt(disable_duet=True),
        ),
        "option.disable_stitch.photos": (
            {**IMAGES, **opt(disable_stitch=True)},
            opt(disable_stitch=True),
        ),
    },
    "instagram": {
        "title.unused": (TITLE, None),
        "body.length": ({"body": "x" * 2201}, {"body": "x" * 2201, **opt(caption="short")}),
        "topics.count": ({"body": tags(31)}, {"body": tags(30)}),
        "topics.advised": ({"body": tags(6)}, {"body": tags(5)}),
        "body.mentions": ({"body": tags(21, "@a")}, {"body": tags(20, "@a")}),
        "media.count": ({"media": (image(),) * 11}, {"media": (image(),) * 10}),
        "media.ratio": ({"media": (image(), image(width=2000))}, IMAGES),
        "image.ratio": (one(width=600, height=1080), one(width=864)),
        "image.small": (one(width=319), one(width=320)),
        "video.ratio": (film(width=1100, height=100), VIDEO),
        "video.width": (film(width=1921), film(width=1920)),
        **RATES,
        "video.codec": (film(codec="vp9"), film(codec="hevc")),
        "story.duration": (
            {**film(duration=61.0), **opt(media_type="STORIES")},
            film(duration=61.0),
        ),
        "story.size": (
            {**film(size=100 * MIB + 1), **opt(media_type="STORIES")},
            {**film(size=100 * MIB), **opt(media_type="STORIES")},
        ),
        "story.text": (opt(media_type="STORIES"), None),
        "story.business": (opt(media_type="STORIES"), None),
        "option.media_type.image": ({**VIDEO, **opt(media_type="IMAGE")}, opt(media_type="IMAGE")),
        "option.media_type.reels": (
            opt(media_type="REELS"),
            {**VIDEO, **opt(media_type="REELS")},
        ),
        "option.media_type.stories": (
            {**IMAGES, **opt(media_type="STORIES")},
            opt(media_type="STORIES"),
        ),
        "option.media_type.carousel": (
            opt(media_type="CAROUSEL"),
            {**IMAGES, **opt(media_type="CAROUSEL")},
        ),
        "option.alt_text.kind": ({**VIDEO, **opt(alt_text="a")}, opt(alt_text="a")),
        "option.collaborators.story": (
            opt(collaborators=["a"], media_type="STORIES"),
            opt(collaborators=["a"]),
        ),
        "option.cover_url.kind": (
            opt(cover_url="https://a.example/c.jpg"),
            {**VIDEO, **opt(cover_url="https://a.example/c.jpg")},
        ),
        "cover.unused": (COVER, {**VIDEO, **COVER}),
        "option.image_url.kind": (
            {**VIDEO, **opt(image_url="https://a.example/c.jpg")},
            opt(image_url="https://a.example/c.jpg"),
        ),
        "option.location_id.story": (
            opt(location_id="1", media_type="STORIES"),
            opt(location_id="1"),
        ),
        "option.location_id.digits": (opt(location_id="Lisboa"), opt(location_id="106")),
        "option.product_tags.login": (
            opt(product_tags=[{"product_id": "1"}]),
            {**opt(product_tags=[{"product_id": "1"}]), "settings": {"login": "facebook"}},
        ),
        "option.product_tags.kind": (
            {**IMAGES, **opt(product_tags=[{"product_id": "1"}])},
            opt(product_tags=[{"product_id": "1"}]),
        ),
        "option.product_tags.count": (opt(product_tags=[{}] * 6), opt(product_tags=[{}] * 5)),
        "option.product_tags.position": (
            opt(product_tags=[{"product_id": "1"}]),
            opt(product_tags=[{"product_id": "1", "x": 0.5, "y": 0.5}]),
        ),
        "option.user_tags.position": (
            opt(user_tags=[{"username": "a"}]),
            {**VIDEO, **opt(user_tags=[{"username": "a"}])},
        ),
        "option.user_tags.video": (
            {**VIDEO, **opt(user_tags=[{"username": "a", "x": 0.5, "y": 0.5}])},
            {**VIDEO, **opt(user_tags=[{"username": "a"}])},
        ),
    },
    "facebook": {
        "text.required": (
            {**NO_MEDIA, "body": ""},
            {**NO_MEDIA, "body": "", **opt(link="https://a.example/")},
        ),
        "title.unused": (TITLE, {**TITLE, **VIDEO}),
        "title.length": ({**VIDEO, "title": "x" * 256}, {**VIDEO, "title": "x" * 255}),
        **MIXED,
        "cover.unused": (COVER, {**VIDEO, **COVER}),
        "image.advised": (one(size=4 * MIB + 1), one(size=4 * MIB)),
        "image.png": (one(mime_type="image/png", size=MIB + 1), one(size=MIB + 1)),
        "image.gif": (one(mime_type="image/gif"), None),
        "reel.media": (
            opt(content_category="reel"),
            {**VIDEO, **opt(content_category="reel")},
        ),
        "reel.duration": (
            {**film(duration=2.0), **opt(content_category="reel")},
            {**film(duration=3.0), **opt(content_category="reel")},
        ),
        "reel.ratio": (
            {**film(width=500, height=1500), **opt(content_category="reel")},
            {**VIDEO, **opt(content_category="reel")},
        ),
        "reel.resolution": (
            {**film(width=480, height=960), **opt(content_category="reel")},
            {**film(width=540, height=960), **opt(content_category="reel")},
        ),
        "reel.frame_rate": (
            {**film(frame_rate=15.0), **opt(content_category="reel")},
            {**film(frame_rate=23.976), **opt(content_category="reel")},
        ),
        "story.media": (
            {**IMAGES, **opt(content_category="story")},
            opt(content_category="story"),
        ),
        "story.duration": (
            {**film(duration=61.0), **opt(content_category="story")},
            film(duration=61.0),
        ),
        "story.text": (opt(content_category="story"), None),
        "option.link.media": (
            opt(link="https://a.example/"),
            {**NO_MEDIA, **opt(link="https://a.example/")},
        ),
        "option.link.kind": (
            opt(link="https://a.example/", content_category="story"),
            opt(link="https://a.example/"),
        ),
        "option.link.own": (
            opt(link="https://www.facebook.com/kiln"),
            opt(link="https://notfacebook.com/"),
        ),
        "option.content_tags.kind": (
            opt(content_tags=["1"]),
            {**VIDEO, **opt(content_tags=["1"])},
        ),
        "option.custom_labels.kind": (
            opt(custom_labels=["a"]),
            {**VIDEO, **opt(custom_labels=["a"])},
        ),
        "option.embeddable.kind": (opt(embeddable=True), {**VIDEO, **opt(embeddable=True)}),
        "option.direct_share_status.kind": (
            opt(direct_share_status=1),
            {**VIDEO, **opt(direct_share_status=1)},
        ),
        "option.feed_targeting.story": (
            opt(feed_targeting={"age_min": 18}, content_category="story"),
            opt(feed_targeting={"age_min": 18}),
        ),
        "option.video_state.kind": (
            opt(video_state="DRAFT"),
            {**VIDEO, **opt(video_state="PUBLISHED")},
        ),
        "option.video_state.scheduled": (
            {**VIDEO, **opt(video_state="SCHEDULED")},
            {**VIDEO, **opt(video_state="SCHEDULED"), "lead": DAY},
        ),
        "option.scheduleByPlatform.window": (
            {**opt(scheduleByPlatform=True), "lead": 30 * DAY},
            {**opt(scheduleByPlatform=True), "lead": 29 * DAY},
        ),
        "option.scheduleByPlatform.story": (
            opt(scheduleByPlatform=True, content_category="story"),
            opt(scheduleByPlatform=True),
        ),
        "option.video_state.draft": ({**VIDEO, **opt(video_state="DRAFT")}, None),
        "video.vertical": (VIDEO, {**VIDEO, **opt(content_category="reel")}),
    },
    "threads": {
        "title.unused": (TITLE, None),
        "body.length": ({"body": "\U0001f600" * 125 + "x"}, {"body": "\U0001f600" * 125}),
        "body.links": (
            {"body": tags(6, "https://a.example/")},
            {"body": tags(5, "https://a.example/")},
        ),
        "body.links_advised": (
            {"body": tags(3, "https://a.example/"), **opt(link_attachment="https://b.example/")},
            {"body": tags(3, "https://a.example/") + " https://a.example/0"},
        ),
        "topics.count": ({"body": "#a #b"}, {"body": "#a #a"}),
        "topics.longest": ({"body": "#" + "x" * 51}, {"body": "#" + "x" * 50}),
        "media.count": ({"media": (image(),) * 21}, {"media": (image(),) * 20}),
        "image.ratio": (one(width=1100, height=100), one(width=1000, height=100)),
        "video.ratio": (film(width=1100, height=100), VIDEO),
        "video.width": (film(width=1921), film(width=1920)),
        **RATES,
        "video.codec": (film(codec="vp9"), film(codec="hevc")),
        "cover.unused": (COVER, None),
        "option.alt_text.text": ({**NO_MEDIA, **opt(alt_text="a")}, opt(alt_text="a")),
        "option.auto_publish_text.media": (
            opt(auto_publish_text=True),
            {**NO_MEDIA, **opt(auto_publish_text=True)},
        ),
        "option.auto_publish_text.doubt": (
            opt(auto_publish_text=True),
            opt(auto_publish_text=False),
        ),
        "option.link_attachment.media": (
            opt(link_attachment="https://a.example/"),
            {**NO_MEDIA, **opt(link_attachment="https://a.example/")},
        ),
        "option.allowlisted_country_codes.profile": (
            opt(allowlisted_country_codes=["DK"]),
            opt(allowlisted_country_codes=[]),
        ),
        "option.reply_to_id.quote": (
            opt(reply_to_id="1", quote_post_id="2"),
            opt(reply_to_id="1"),
        ),
    },
    "linkedin": {
        "text.required": (
            {**NO_MEDIA, "body": ""},
            {**NO_MEDIA, "body": "", **opt(commentary="a")},
        ),
        "body.length": (
            {"body": "\U0001f600" * 1501},
            {"body": "x" * 2996 + " @[Ida](urn:li:person:782bbtaQex)"},
        ),
        "body.escaped": ({"body": "(" * 3001}, {"body": "(" * 3000}),
        "body.escaped_advised": ({"body": "(" * 1501}, {"body": "(" * 1500}),
        "body.mentions": (
            {"body": "with @ida"},
            {"body": "with @[Ida Holm](urn:li:person:782bbtaQex)"},
        ),
        "body.links": ({**NO_MEDIA, "body": "https://a.example/"}, {"body": "https://a.example/"}),
        "title.unused": (TITLE, {**TITLE, **VIDEO}),
        **MIXED,
        "cover.unused": (COVER, {**VIDEO, **COVER}),
        "image.pixels": (one(width=8000, height=5000), one(width=6000, height=6000)),
        "video.ratio": (film(width=2500, height=1000), film(width=2400, height=1000)),
        "video.least_size": (film(size=74_999), film(size=75_000)),
        "media.role": (
            {"account": {"role": "CONTENT_ADMINISTRATOR"}},
            {"account": {"role": "ADMINISTRATOR"}},
        ),
        "option.visibility.page": (
            {**opt(visibility="CONNECTIONS"), "account": {"role": "ADMINISTRATOR"}},
            opt(visibility="CONNECTIONS"),
        ),
        "option.distribution.person": (
            opt(distribution="NONE"),
            {**opt(distribution="NONE"), "account": {"role": "ADMINISTRATOR"}},
        ),
        "option.authorUrn.own": (
            opt(authorUrn="urn:li:person:u2"),
            opt(authorUrn="urn:li:person:u1"),
        ),
        "option.commentary.body": (
            opt(commentary="other"),
            {**opt(commentary="other"), "body": ""},
        ),
    },
    "pinterest": {
        **MIXED,
        "images.ratio": (
            {"media": (image(width=5628, height=10_000), image(width=5581, height=10_000))},
            IMAGES,
        ),
        "body.advised": ({"body": "x" * 501}, {"body": "x" * 500}),
        "body.links": ({"body": "https://a.example/"}, None),
        "cover.unused": (COVER, {**VIDEO, **COVER}),
        "image.small": (one(width=199), one(width=200)),
        "image.long": (one(width=400), one(width=600)),
        "image.gif": (one(mime_type="image/gif"), None),
        "video.most_size": (film(size=2 * 1024**3 + 1), film(size=2 * 1024**3)),
        "video.ratio": (film(width=2000, height=1000), VIDEO),
        "video.codec": (film(codec="vp9"), film(codec="hevc")),
        "option.boardId.digits": (opt(boardId="bowls"), opt(boardId="549755885175")),
        "option.link.short": (
            opt(link="https://bit.ly/3x"),
            opt(link="https://kiln.example/"),
        ),
        "option.coverImageUrl.images": (
            opt(coverImageUrl="https://a.example/c.jpg"),
            {**VIDEO, **opt(coverImageUrl="https://a.example/c.jpg")},
        ),
    },
    "bilibili": {
        "title.required": ({"title": " "}, None),
        "body.length": ({"body": "x" * 250}, {"body": "x" * 249 + " #rye"}),
        "topics.required": ({"body": "no tag, only #1"}, None),
        "cover.small": (cover(width=959), cover(height=600)),
        "cover.ratio": (cover(), cover(width=1146, height=717)),
        "cover.missing": ({}, COVER),
        "video.sides": (film(height=4097), film(height=4096)),
        "video.frame_rate": (film(frame_rate=144.0), film(frame_rate=120.0)),
        "option.source.required": (opt(copyright=2), opt(copyright=2, source="a")),
        "option.source.unused": (opt(source="a"), opt(copyright=2, source="a")),
        "option.mission_id.reprint": (opt(mission_id=1, copyright=2), opt(mission_id=1)),
        "option.mission_id.agreement": (opt(mission_id=1), opt(mission_id=0)),
        "option.topic_id.agreement": (opt(topic_id=1), opt(topic_id=0)),
    },
    "KWAI": {
        "text.required": ({"title": "", "body": " "}, None),
        "cover.missing": ({}, COVER),
        "option.cover.unused": (
            {**opt(cover="https://a.example/c.jpg"), **COVER},
            opt(cover="https://a.example/c.jpg"),
        ),
        "cover.small": (cover(width=399), cover(width=400)),
        "video.codec": (film(codec="hevc"), None),
    },
    "douyin": {
        **MIXED,
        "content.person": ({"settings": {}}, None),
        "title.short": (
            {"settings": {}, "title": "x" * 13},
            {"settings": {}, "title": "x" * 12},
        ),
        "body.advised": ({"body": "x" * 56}, {"body": "x" * 55}),
        "cover.unused": ({"settings": {}, **COVER}, COVER),
        "images.ratio": ({"media": (image(), image(width=2000))}, IMAGES),
        "image.bmp": (one(mime_type="image/bmp"), one()),
        "video.container": (film(mime_type="video/x-matroska"), None),
        "video.short": (film(duration=2.0), film(duration=3.0)),
        "video.ratio": (film(width=400, height=1000), film(width=455, height=1000)),
        "option.cover_tsp.unused": ({"settings": {}, **opt(cover_tsp=0)}, opt(cover_tsp=0)),
    },
    "wxGzh": {
        "content.mode": (VIDEO, {**NO_MEDIA, **COVER}),
        "title.required": ({"title": " "}, None),
        "body.required": ({**NO_MEDIA, "body": " "}, None),
        "body.bytes": ({"body": "灰" * 349_526}, {"body": "灰" * 349_525}),
        "body.removed": ({"body": "<p onclick='a()'>x</p>"}, {"body": "<p>once = more</p>"}),
        "body.images": (
            {"body": '<img class="a" src="https://other.example/a.jpg">'},
            {"body": '<img src="https://files.example/0"><img src="https://mmbiz.qpic.cn/a">'},
        ),
        "body.links": (
            {"body": '<a href="https://kiln.example/">x</a>'},
            {"body": '<a href="https://mp.weixin.qq.com/s/a">x</a>'},
        ),
        "cover.required": (NO_MEDIA, {**NO_MEDIA, **COVER}),
        "image.large": (one(size=MIB), one(size=MIB - 1)),
        "image.gif": (one(mime_type="image/gif"), None),
        "option.only_fans_can_comment.closed": (
            opt(only_fans_can_comment=1),
            opt(only_fans_can_comment=1, open_comment=1),
        ),
        "option.showCoverPic.unused": (opt(showCoverPic=0), None),
        "option.open_comment.right": (opt(open_comment=1), opt(open_comment=0)),
    },
    "xhs": {
        "option.workLink.blank": (opt(workLink=" "), None),
        "option.workLink.note": (
            opt(workLink="https://www.xiaohongshu.com/user/profile/1"),
            opt(workLink="look: http://xhslink.com/a/AbC123 copy it"),
        ),
        "option.workLink.token": (
            opt(workLink=f"https://www.xiaohongshu.com/explore/{'a' * 24}"),
            None,
        ),
        "option.workLink.short": (opt(workLink="https://xhslink.com/AbC123"), None),
        **MIXED,
    },
    "wxSph": {
        "option.workId.required": (opt(), opt(workLink="https://channels.weixin.qq.com/a")),
        "option.linkStatus.link": (
            opt(workId="1", linkStatus="ready"),
            opt(workId="1", linkStatus="pending"),
        ),
        "option.linkMeta.size": (
            opt(workId="1", linkMeta={"a": "x" * 4096}),
            opt(workId="1", linkMeta={"a": "x" * 4000}),
        ),
        "option.linkMeta.scheduledTime": (
            opt(workId="1", linkMeta={"scheduledTime": "tomorrow"}),
            opt(workId="1", linkMeta={"scheduledTime": 1_800_000_000}),
        ),
        **MIXED,
    },
}

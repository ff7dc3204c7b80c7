"""The rules that follow from a platform's limits: of text, topics and files."""

from collections.abc import Callable, Iterable, Iterator

from openchannels.core.platforms import Platform, Text
from openchannels.core.publish_rules import (
    Broken,
    Draft,
    DraftFile,
    FileFacts,
    IssueCode,
    Rule,
    Severity,
)
from openchannels.core.publishing import AspectRatio, PublishRules
from openchannels.core.rule_texts import chinese
from openchannels.core.text_counts import hashtags, joined_tags
from openchannels.core.works import ContentMode

MODES = {
    ContentMode.TEXT: Text(en="text alone", zh="纯文字"),
    ContentMode.IMAGE: Text(en="images", zh="图片"),
    ContentMode.VIDEO: Text(en="a video", zh="视频"),
}
Files = Callable[[Draft], Iterable[DraftFile]]
Measure = Callable[[FileFacts], float | None]


class ContentRules:
    """Makes the rules of one platform's limits. A method yields none for a limit that is absent."""

    def __init__(self, platform: Platform, name: Text, publishing: PublishRules) -> None:
        self._platform, self._name, self._publishing = platform, name, publishing
        self._severity: Severity = "warning" if publishing.reported else "error"

    def all(self) -> Iterator[Rule]:
        yield from self._kinds()
        yield from self._texts()
        yield from self._topics()
        yield from self._counts()
        yield from self._images()
        yield from self._covers()
        yield from self._videos()
        yield self._reach()

    # Content as a whole

    def _kinds(self) -> Iterator[Rule]:
        modes = self._publishing.content.modes
        if len(modes) < len(ContentMode) and not self._publishing.reported:
            yield self._rule(
                "content.mode",
                IssueCode.UNSUPPORTED_CONTENT_MODE,
                "{name} does not take {kind}.",
                "{name}不支持发布{kind}。",
                lambda draft: _wrong_mode(draft, modes),
                limit=", ".join(modes),
            )
        if ContentMode.TEXT in modes:
            yield self._rule(
                "text.required",
                IssueCode.REQUIRED,
                "{name} needs a text, or files.",
                "{name}需要文字或媒体文件。",
                lambda draft: _at("content.body", not draft.content.media and not _body(draft)),
            )

    def _texts(self) -> Iterator[Rule]:
        limits = self._publishing.content
        if limits.title == 0:
            yield self._rule(
                "title.unused",
                IssueCode.INVALID_COMBINATION,
                "{name} has no titles: this one is not sent.",
                "{name}没有标题，该标题不会发送。",
                lambda draft: _at("content.title", bool(draft.content.title.strip())),
                severity="warning",
            )
        else:
            yield from self._length(
                "title", "The title", "标题", limits.title, lambda draft: len(draft.content.title)
            )
        yield from self._length(
            "body", "The text", "正文", limits.body, lambda draft: len(draft.content.body)
        )
        if limits.title:
            yield from self._length(
                "text",
                "Title and text together",
                "标题与正文合计",
                limits.total_text,
                lambda draft: len(draft.content.title) + len(draft.content.body),
            )

    def _length(
        self, place: str, en: str, zh: str, limit: int | None, count: Callable[[Draft], int]
    ) -> Iterator[Rule]:
        if limit is None:
            return
        path = "content.title" if place == "title" else "content.body"
        has = "have" if place == "text" else "has"
        yield self._rule(
            f"{place}.length",
            IssueCode.TOO_BIG,
            f"{en} {has} {{actual}} characters; {{name}} takes {{limit}}.",
            f"{zh}有 {{actual}} 个字符，{{name}}最多 {{limit}} 个。",
            lambda draft: above(path, count(draft), limit),
            limit=limit,
        )

    def _topics(self) -> Iterator[Rule]:
        topics = self._publishing.topics
        most, longest = topics.max_count, topics.max_total_length
        if most is not None:
            yield self._rule(
                "topics.count",
                IssueCode.TOO_BIG,
                "There are {actual} hashtags; {name} takes {limit}.",
                "共有 {actual} 个话题标签，{name}最多 {limit} 个。",
                lambda draft: above("content.topics", len(topics_of(draft)), most),
                limit=most,
            )
        if longest is not None:
            yield self._rule(
                "topics.length",
                IssueCode.TOO_BIG,
                "The hashtags have {actual} characters together; {name} takes {limit}.",
                "话题标签合计 {actual} 个字符，{name}最多 {limit} 个。",
                lambda draft: above("content.topics", joined_tags(topics_of(draft)), longest),
                limit=longest,
            )

    def _counts(self) -> Iterator[Rule]:
        limits = self._publishing.content
        for place, en, zh, limit, files in (
            ("media", "files", "个文件", limits.media, Draft.media),
            ("images", "images", "张图片", limits.images, Draft.images),
            ("videos", "videos", "个视频", limits.videos, Draft.videos),
        ):
            if limit is not None:
                yield self._count(place, en, zh, limit, files)

    def _count(self, place: str, en: str, zh: str, limit: int, files: Files) -> Rule:
        return self._rule(
            f"{place}.count",
            IssueCode.TOO_BIG,
            f"There are {{actual}} {en}; {{name}} takes {{limit}}.",
            f"共有 {{actual}} {zh}，{{name}}最多 {{limit}} {zh[0]}。",
            lambda draft: above("content.media", len(list(files(draft))), limit),
            limit=limit,
        )

    def _reach(self) -> Rule:
        return self._rule(
            "media.reach",
            IssueCode.INVALID_URL,
            "{name} fetches files from this service, which has no public https address.",
            "{name}需要从本服务拉取文件，但本服务没有可公开访问的 https 地址。",
            lambda draft: _at(
                "content.media",
                draft.pulls and not draft.is_public and bool(draft.content.media),
            ),
        )

    # Files

    def _images(self) -> Iterator[Rule]:
        media = self._publishing.media
        yield from self._format("image", "The image", "图片", media.image_formats, Draft.images)
        yield from self._size("image", "The image", "图片", media.max_image_size, Draft.images)
        for place, en, zh, least, most, measure in (
            ("width", "wide", "宽", media.min_image_width, media.max_image_width, _width),
            ("height", "high", "高", media.min_image_height, media.max_image_height, _height),
        ):
            if least is not None:
                yield self._rule(
                    f"image.least_{place}",
                    IssueCode.TOO_SMALL,
                    f"The image is {{actual}} pixels {en}; {{name}} takes {{limit}} or more.",
                    f"图片{zh} {{actual}} 像素，{{name}}要求至少 {{limit}} 像素。",
                    _each(Draft.images, measure, _is_less(least)),
                    limit=least,
                )
            if most is not None:
                yield self._rule(
                    f"image.most_{place}",
                    IssueCode.TOO_BIG,
                    f"The image is {{actual}} pixels {en}; {{name}} takes {{limit}}.",
                    f"图片{zh} {{actual}} 像素，{{name}}最多 {{limit}} 像素。",
                    _each(Draft.images, measure, _is_more(most)),
                    limit=most,
                )
        if media.aspect_ratio is not None:
            yield self._ratio(media.aspect_ratio)

    def _ratio(self, ratio: AspectRatio) -> Rule:
        return self._rule(
            "image.ratio",
            IssueCode.UNSUPPORTED_FORMAT,
            "The image's width is {actual} times its height; {name} takes {limit}.",
            "图片宽高比为 {actual}，{name}支持 {limit}。",
            _each(Draft.images, _ratio, lambda value: out_of(value, ratio.min, ratio.max)),
            limit=f"{ratio.min:g}-{ratio.max:g}",
        )

    def _covers(self) -> Iterator[Rule]:
        media = self._publishing.media
        yield self._rule(
            "cover.kind",
            IssueCode.UNSUPPORTED_FORMAT,
            "The cover must be an image.",
            "封面必须是图片。",
            lambda draft: (Broken(one.path) for one in draft.covers() if _is_video(one)),
        )
        yield from self._format("cover", "The cover", "封面", media.image_formats, Draft.covers)
        yield from self._size("cover", "The cover", "封面", media.max_image_size, Draft.covers)

    def _videos(self) -> Iterator[Rule]:
        media = self._publishing.media
        yield from self._format(
            "video",
            "The video",
            "视频",
            media.video_formats,
            Draft.videos,
            " Videos are never converted.",
            "视频不会被转码。",
        )
        yield from self._size("video", "The video", "视频", media.max_video_size, Draft.videos)
        least, most = media.min_video_duration, media.max_video_duration
        if least is not None:
            yield self._rule(
                "video.least_duration",
                IssueCode.INVALID_DURATION,
                "The video lasts {actual} s; {name} takes {limit} s or more.",
                "视频时长 {actual} 秒，{name}要求至少 {limit} 秒。",
                _each(Draft.videos, _duration, _is_less(least)),
                limit=least,
            )
        if most is not None:
            yield self._rule(
                "video.most_duration",
                IssueCode.INVALID_DURATION,
                "The video lasts {actual} s; {name} takes {limit} s.",
                "视频时长 {actual} 秒，{name}最长 {limit} 秒。",
                _each(Draft.videos, _duration, _is_more(most)),
                limit=most,
            )

    def _format(
        self,
        place: str,
        en: str,
        zh: str,
        formats: tuple[str, ...],
        files: Files,
        more: str = "",
        more_zh: str = "",
    ) -> Iterator[Rule]:
        if formats:
            yield self._rule(
                f"{place}.format",
                IssueCode.UNSUPPORTED_FORMAT,
                f"{en} is of the format {{actual}}; {{name}} takes {{limit}}.{more}",
                f"{zh}格式为 {{actual}}，{{name}}支持 {{limit}}。{more_zh}",
                lambda draft: wrong_format(files(draft), formats),
                limit=", ".join(formats),
            )

    def _size(
        self, place: str, en: str, zh: str, limit: int | None, files: Files
    ) -> Iterator[Rule]:
        if limit is not None:
            yield self._rule(
                f"{place}.size",
                IssueCode.TOO_BIG,
                f"{en} has {{actual}} bytes; {{name}} takes {{limit}}.",
                f"{zh}大小为 {{actual}} 字节，{{name}}最多 {{limit}} 字节。",
                _each(files, lambda facts: facts.size, _is_more(limit)),
                limit=limit,
            )

    def _rule(
        self,
        place: str,
        code: IssueCode,
        en: str,
        zh: str,
        find: Callable[[Draft], Iterable[Broken]],
        *,
        severity: Severity | None = None,
        limit: object = None,
    ) -> Rule:
        text = Text(en=en.replace("{name}", self._name.en), zh=chinese(zh, name=self._name.zh))
        known = severity or self._severity
        return Rule(f"{self._platform}.{place}", code, text, find, known, limit)


def topics_of(draft: Draft) -> list[str]:
    """Returns the hashtags of a draft's body, each once."""
    return list(dict.fromkeys(hashtags(draft.content.body)))


def above(path: str, actual: float, limit: float) -> Iterator[Broken]:
    """Yields a place where there is more than a limit."""
    if actual > limit:
        yield Broken(path, {"actual": actual})


def out_of(value: float, least: float, most: float) -> bool:
    """Returns whether a value lies outside of bounds, by more than rounding."""
    return value < least * 0.995 or value > most * 1.005


def wrong_format(files: Iterable[DraftFile], formats: tuple[str, ...]) -> Iterator[Broken]:
    """Yields the files of another format; of an unknown one nothing is said."""
    for one in files:
        known = one.facts.formats
        if known and not set(known) & set(formats):
            yield Broken(one.path, {"actual": known[0]})


def _each(
    files: Files, measure: Measure, is_broken: Callable[[float], bool]
) -> Callable[[Draft], Iterator[Broken]]:
    def find(draft: Draft) -> Iterator[Broken]:
        for one in files(draft):
            value = measure(one.facts)
            if value is not None and is_broken(value):
                yield Broken(one.path, {"actual": round(value, 3)})

    return find


def _is_less(limit: float) -> Callable[[float], bool]:
    return lambda value: value < limit


def _is_more(limit: float) -> Callable[[float], bool]:
    return lambda value: value > limit


def _at(path: str, is_broken: bool) -> Iterator[Broken]:
    if is_broken:
        yield Broken(path)


def _wrong_mode(draft: Draft, modes: tuple[ContentMode, ...]) -> Iterator[Broken]:
    mode = draft.content.mode
    if mode not in modes:
        yield Broken("content.media", {"kind": MODES[mode]})


def _body(draft: Draft) -> str:
    return draft.content.body.strip()


def _is_video(one: DraftFile) -> bool:
    return one.medium.kind.value == "video"


def _width(facts: FileFacts) -> float | None:
    return facts.width


def _height(facts: FileFacts) -> float | None:
    return facts.height


def _ratio(facts: FileFacts) -> float | None:
    return facts.ratio


def _duration(facts: FileFacts) -> float | None:
    return facts.duration

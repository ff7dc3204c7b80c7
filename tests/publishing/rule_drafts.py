"""Drafts that keep and that break each rule: derived from limits and schemas, or written down."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from openchannels.connectors.google.business.publishing import LOCAL_TIME
from openchannels.connectors.registry import CONNECTORS
from openchannels.core.platforms import Platform
from openchannels.core.publications import Content, Medium, MediumKind
from openchannels.core.publish_rules import Draft, FileFacts, Rule
from openchannels.core.publishing import JsonSchema
from openchannels.service.publishing.rule_table import options_of, rules_of

NOW = 1_800_000_000.0


@dataclass(frozen=True)
class File:
    """A file of an example."""

    kind: MediumKind
    facts: FileFacts

    def but(self, **facts: Any) -> "File":
        return replace(self, facts=replace(self.facts, **facts))


def image(**facts: Any) -> File:
    known = {"mime_type": "image/jpeg", "size": 200_000, "width": 1080, "height": 1080}
    return File(MediumKind.IMAGE, FileFacts(**{**known, **facts}))


def video(**facts: Any) -> File:
    known = {
        "mime_type": "video/mp4",
        "size": 9_000_000,
        "width": 1080,
        "height": 1920,
        "duration": 20.0,
        "codec": "h264",
        "frame_rate": 30.0,
    }
    return File(MediumKind.VIDEO, FileFacts(**{**known, **facts}))


@dataclass(frozen=True)
class Example:
    """What a draft is made of."""

    title: str = ""
    body: str = "Iron and ash."
    media: tuple[File, ...] = ()
    cover: File | None = None
    option: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    account: Mapping[str, Any] = field(default_factory=dict)
    uid: str = "u1"
    lead: float = 0.0
    pulls: bool = False
    is_public: bool = True

    def draft(self) -> Draft:
        files: dict[str, FileFacts] = {}

        def medium(name: str, one: File) -> Medium:
            url = f"https://files.example/{name}"
            files[url] = one.facts
            return Medium(url, one.kind)

        media = tuple(medium(str(index), one) for index, one in enumerate(self.media))
        cover = None if self.cover is None else medium("cover", self.cover)
        return Draft(
            Content(self.title, self.body, media, cover),
            self.option,
            files,
            uid=self.uid,
            account=self.account,
            settings=self.settings,
            publish_at=NOW + self.lead,
            now=NOW,
            pulls=self.pulls,
            is_public=self.is_public,
        )


WORDS = "x" * 10_000
TEXT = {"media": ()}
BASES: Mapping[str, Example] = {
    "youtube": Example(title="Rye", media=(video(),), settings={"audited": True}),
    "bilibili": Example(title="Rye", body="Ash. #rye", media=(video(),), option={"tid": 21}),
    "KWAI": Example(title="Rye", media=(video(),)),
    "wxSph": Example(media=(video(),), option={"workId": "w1"}),
    "wxGzh": Example(title="Rye", media=(image(),)),
    "xhs": Example(
        media=(image(),),
        option={"workLink": f"https://www.xiaohongshu.com/explore/{'a' * 24}?xsec_token=b%3D"},
    ),
    "pinterest": Example(media=(image(),), option={"boardId": "1"}),
    "google_business": Example(media=(image(),)),
    "tiktok": Example(media=(video(),), settings={"audited": True}),
    "douyin": Example(media=(video(),), settings={"publish": "server"}),
}


def base(platform: str) -> Example:
    """A draft of a platform that keeps nearly all rules."""
    return BASES.get(platform, Example(media=(image(),)))


Pair = tuple[Example, Example]
"""One that breaks a rule, and one that keeps it."""


def derived(platform: str, rule: Rule) -> Pair:
    """Examples for a rule of content that follows from a limit; at the limit it is kept."""
    place = rule.id.partition(".")[2]
    start = base(platform)
    if place in MAKERS:
        return MAKERS[place](start, rule.limit)
    files, _, measure = place.partition(".")
    return _file_pair(start, files, measure, rule.limit)


def _length(name: str) -> Callable[[Example, Any], Pair]:
    def pair(start: Example, limit: Any) -> Pair:
        return replace(start, **{name: WORDS * 10}), replace(start, **{name: WORDS[:1] * limit})

    return pair


def _together(start: Example, limit: Any) -> Pair:
    kept = replace(start, title="xx", body="x" * (limit - 2))
    return replace(kept, title="xxx"), kept


def _topics(start: Example, limit: Any) -> Pair:
    tags = [f"#t{index}" for index in range(limit + 1)]
    return replace(start, body=" ".join(tags)), replace(start, body=" ".join(tags[:-1]))


def _tag_lengths(start: Example, limit: Any) -> Pair:
    return replace(start, body=f"#{'x' * (limit + 1)}"), replace(start, body=f"#{'x' * limit}")


def _count(file: File) -> Callable[[Example, Any], Pair]:
    def pair(start: Example, limit: Any) -> Pair:
        return replace(start, media=(file,) * (limit + 1)), replace(start, media=(file,) * limit)

    return pair


def _mode(start: Example, limit: Any) -> Pair:
    made = {"article2": (), "article": (image(),), "video": (video(),)}
    allowed = str(limit).split(", ")
    wrong = next(media for mode, media in made.items() if mode not in allowed)
    return replace(start, media=wrong), replace(start, media=made[allowed[0]])


def _reach(start: Example, _limit: Any) -> Pair:
    kept = replace(start, media=(video(),), pulls=True)
    return replace(kept, is_public=False), kept


MAKERS: Mapping[str, Callable[[Example, Any], Pair]] = {
    "content.mode": _mode,
    "text.required": lambda start, _: (replace(start, body=" ", media=()), start),
    "title.unused": lambda start, _: (replace(start, title="Rye"), start),
    "title.length": _length("title"),
    "body.length": _length("body"),
    "text.length": _together,
    "topics.count": _topics,
    "topics.length": _tag_lengths,
    "media.count": _count(video()),
    "images.count": _count(image()),
    "videos.count": _count(video()),
    "media.reach": _reach,
    "cover.kind": lambda start, _: (replace(start, cover=video()), replace(start, cover=image())),
}
STEPS: Mapping[str, tuple[str, int]] = {
    "size": ("size", 1),
    "least_width": ("width", -1),
    "most_width": ("width", 1),
    "least_height": ("height", -1),
    "most_height": ("height", 1),
    "least_duration": ("duration", -1),
    "most_duration": ("duration", 1),
}
"""What is measured, and in which direction the limit is passed."""


def _file_pair(start: Example, place: str, measure: str, limit: Any) -> Pair:
    file = video() if place == "video" else image()

    def with_file(one: File) -> Example:
        return replace(start, cover=one) if place == "cover" else replace(start, media=(one,))

    if measure == "format":
        strange = file.but(mime_type=None, extension="xyz")
        named = file.but(mime_type=None, extension=str(limit).split(", ")[-1])
        return with_file(strange), with_file(named)
    if measure == "ratio":
        least = float(str(limit).partition("-")[0])
        return with_file(file.but(width=100, height=10_000)), with_file(
            file.but(width=round(10_000 * least), height=10_000)
        )
    name, step = STEPS[measure]
    return with_file(file.but(**{name: limit + step})), with_file(file.but(**{name: limit}))


# Options


def valid(schema: JsonSchema) -> Any:
    """A value that a schema takes."""
    if "enum" in schema:
        return schema["enum"][0]
    kind = schema["type"]
    if kind == "string":
        return _text(schema)
    if kind == "array":
        return [valid(schema["items"])] * schema.get("minItems", 1)
    if kind == "object":
        needed = schema.get("required", ())
        return {name: valid(schema.get("properties", {})[name]) for name in needed}
    return {"integer": schema.get("minimum", 1), "number": 0.5, "boolean": True}[kind]


def _text(schema: JsonSchema) -> str:
    for sample in ("2026-12-01T08:00:00Z",) if schema.get("format") == "date-time" else ():
        return sample
    known = {"^https?://": "https://a.example/", "^[0-9]+$": "12", "^[A-Za-z]{2}$": "DK"}
    known["^urn:li:person:"] = "urn:li:person:u1"
    known[LOCAL_TIME] = "2026-12-01T08:00"
    return known[schema["pattern"]] if "pattern" in schema else "x"


Wrap = Callable[[Any], Any]


def option_values(place: str, schema: JsonSchema, wrap: Wrap) -> Iterator[tuple[str, Any, Any]]:
    """Yields the id of each rule of a place, with options that break and that keep it."""
    good = wrap(valid(schema))
    wrong = 5 if schema["type"] != "integer" and schema["type"] != "number" else "x"
    yield f"{place}.type", wrap(wrong), good
    if "enum" in schema:
        other = 99 if isinstance(schema["enum"][0], int) else "none of them"
        yield f"{place}.enum", wrap(other), wrap(schema["enum"][-1])
    yield from _bound_values(place, schema, wrap)
    if "pattern" in schema:
        yield f"{place}.form", wrap("?"), good
    if schema.get("format") == "date-time":
        yield f"{place}.date", wrap("2026-12-01T08:00:00"), good
    if "items" in schema:
        yield from option_values(f"{place}.items", schema["items"], lambda one: wrap([one]))
    if "properties" in schema:
        yield from member_values(place, schema, wrap)


def _bound_values(place: str, schema: JsonSchema, wrap: Wrap) -> Iterator[tuple[str, Any, Any]]:
    if "minLength" in schema:
        least = schema["minLength"]
        yield f"{place}.shortest", wrap("x" * (least - 1)), wrap("x" * least)
    if "maxLength" in schema:
        most = schema["maxLength"]
        yield f"{place}.length", wrap("x" * (most + 1)), wrap("x" * most)
    for keyword, kind, step in (("minItems", "fewest", -1), ("maxItems", "count", 1)):
        if keyword in schema:
            one, limit = valid(schema["items"]), schema[keyword]
            yield f"{place}.{kind}", wrap([one] * (limit + step)), wrap([one] * limit)
    for keyword, kind, step in (("minimum", "least", -1), ("maximum", "most", 1)):
        if keyword in schema:
            limit = schema[keyword]
            yield f"{place}.{kind}", wrap(limit + step), wrap(limit)


def member_values(place: str, schema: JsonSchema, wrap: Wrap) -> Iterator[tuple[str, Any, Any]]:
    good = valid(schema)
    yield f"{place}.unknown", wrap({**good, "nobody": 1}), wrap(good)
    for name, rules in schema["properties"].items():
        if name in schema.get("required", ()):
            without = {one: value for one, value in good.items() if one != name}
            yield f"{place}.{name}.required", wrap(without), wrap(good)

        def with_member(value: Any, name: str = name) -> Any:
            return wrap({**good, name: value})

        yield from option_values(f"{place}.{name}", rules, with_member)


def option_pairs(platform: str) -> dict[str, Pair]:
    """Examples for the rules of a platform's option schema, by their ids."""
    start = base(platform)
    schema = options_of(CONNECTORS[Platform(platform)])
    return {
        f"{platform}.{place}": (replace(start, option=broken), replace(start, option=kept))
        for place, broken, kept in member_values("option", schema, lambda option: option)
    }


def all_rules() -> Iterator[tuple[str, Rule]]:
    for platform, connector in CONNECTORS.items():
        for rule in rules_of(connector):
            yield str(platform), rule

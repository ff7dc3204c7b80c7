"""Which images are turned into others for a platform, where the caller allows it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from openchannels.core.assets import ImageTarget
from openchannels.core.platforms import Text
from openchannels.core.publications import Content, Medium, MediumKind
from openchannels.core.publish_rules import FORMATS, FileFacts
from openchannels.core.publishing import MediaRules

OFF, AUTO = "off", "auto"
MADE = {"jpeg": "image/jpeg", "png": "image/png", "webp": "image/webp"}
"""Formats that images are turned into, the usual one first."""
ADAPTED = Text(
    "The image was adapted: {before} became {after}.", "图片已调整：{before} 变为 {after}。"
)


def target_of(media: MediaRules, medium: Medium, facts: FileFacts) -> ImageTarget | None:
    """Returns what an image has to become; None for one that stays as it is.

    With `auto` it stays if the platform takes it. Videos always stay.
    """
    if medium.kind is not MediumKind.IMAGE or medium.adaptation == OFF:
        return None
    wanted = _format(media, medium, facts)
    width, height = media.max_image_width, media.max_image_height
    fits = (
        _within(facts.size, media.max_image_size)
        and _within(facts.width, width)
        and _within(facts.height, height)
    )
    if wanted is None or (fits and facts.mime_type == MADE[wanted]):
        return None
    if medium.adaptation == AUTO and fits and _is_taken(media, facts):
        return None
    return ImageTarget(wanted, media.max_image_size, width, height)


def expected(
    media: MediaRules, content: Content, facts: Mapping[str, FileFacts]
) -> Mapping[str, FileFacts]:
    """Returns the facts of files by address, of images that will be adapted what they will be."""
    known = dict(facts)
    for medium in content.files:
        before = facts.get(medium.url, FileFacts())
        target = target_of(media, medium, before)
        if target is not None:
            known[medium.url] = _after(before, target)
    return known


def adapted_warning(
    content: Content, url: str, before: FileFacts, after: FileFacts
) -> Mapping[str, Any]:
    """Returns what a record says of an image that was adapted: formats, and sides in pixels."""
    places = {one.url: f"content.media.{index}" for index, one in enumerate(content.media)}
    values = {"before": _described(before), "after": _described(after)}
    message = Text(ADAPTED.en.format(**values), ADAPTED.zh.format(**values))
    return {
        "code": "adapted",
        "path": places.get(url, "content.cover"),
        "message": dict(message.as_wire()),
    }


def _described(facts: FileFacts) -> str:
    return f"{facts.formats[0]} {facts.width}x{facts.height}"


def _format(media: MediaRules, medium: Medium, facts: FileFacts) -> str | None:
    if medium.adaptation != AUTO:
        return medium.adaptation if medium.adaptation in MADE else None
    taken = [name for name, mime in MADE.items() if set(FORMATS[mime]) & set(media.image_formats)]
    same = [name for name in taken if MADE[name] == facts.mime_type]
    return next(iter([*same, *taken]), None)


def _is_taken(media: MediaRules, facts: FileFacts) -> bool:
    return bool(set(facts.formats) & set(media.image_formats))


def _within(value: int | None, most: int | None) -> bool:
    return value is None or most is None or value <= most


def _after(before: FileFacts, target: ImageTarget) -> FileFacts:
    """What is known of an image once it is adapted: its sides keep their ratio."""
    width, height = before.width, before.height
    if width and height:
        bounds = ((target.max_width, width), (target.max_height, height))
        scale = min([1.0, *(most / side for most, side in bounds if most is not None)])
        width, height = max(1, round(width * scale)), max(1, round(height * scale))
    return replace(
        before,
        extension=None,
        mime_type=MADE[target.format],
        size=None,
        width=width,
        height=height,
        codec=None,
    )

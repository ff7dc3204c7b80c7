"""What Instagram and Threads ask of videos alike."""

from openchannels.connectors.base.publish_rules import OwnRules, is_above, is_outside
from openchannels.core.publish_rules import Draft, IssueCode, Rule


def video_rules(own: OwnRules, name: str) -> tuple[Rule, ...]:
    """Returns the rules, which call the platform by this name."""
    return (
        own.files(
            "video.ratio",
            IssueCode.UNSUPPORTED_FORMAT,
            Draft.videos,
            "The video's ratio must be within {limit}.",
            "视频宽高比必须在 {limit} 之间。",
            lambda facts: is_outside(facts.ratio, 0.01, 10),
            limit="0.01-10",
        ),
        own.files(
            "video.width",
            IssueCode.TOO_BIG,
            Draft.videos,
            "The video is wider than {limit} pixels.",
            "视频宽度超过 {limit} 像素。",
            lambda facts: is_above(facts.width, 1920),
            limit=1920,
        ),
        own.frame_rates(),
        own.files(
            "video.codec",
            IssueCode.UNSUPPORTED_FORMAT,
            Draft.videos,
            f"{name} takes videos in {{limit}}.",
            f"{name} 支持的视频编码为 {{limit}}。",
            lambda facts: facts.codec not in (None, "h264", "hevc"),
            limit="H.264, HEVC",
            severity="warning",
        ),
    )

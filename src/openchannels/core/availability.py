"""Which fields of accounts and works a platform provides, and why it lacks the others."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from openchannels.core.platforms import Text

ACCOUNT_FIELDS = (
    "uid", "account", "nickname", "avatar", "fansCount", "followingCount", "workCount",
    "readCount", "likeCount", "collectCount", "forwardCount", "commentCount",
)  # fmt: skip
METRIC_FIELDS = (
    "viewCount", "playCount", "impressionCount", "reachCount", "likeCount", "collectCount",
    "commentCount", "shareCount", "saveCount", "clickCount", "engagementCount",
    "watchTimeSeconds",
)  # fmt: skip
WORK_FIELDS = (
    "platformWorkId", "contentMode", "title", "description", "url", "coverUrl", "publishedAt",
    "authorName", "authorPlatformUid", "status", *METRIC_FIELDS,
)  # fmt: skip
OPERATION_NAMES = (
    *("getDetail", "verifyOwnership"),
    *("accountAnalytics", "workAnalytics", "optionValues"),
)
"""What can be read besides accounts and lists of works."""

NOT_OFFERED = Text(en="The platform's API does not tell this.", zh="平台接口不提供该数据。")

State = Literal["given", "scope", "never"]


@dataclass(frozen=True, slots=True)
class CoverageCell:
    """One cell of the coverage matrix: the `scope` it needs, or the `reason` of its absence."""

    state: State
    scope: str | None = None
    reason: Text | None = None


@dataclass(frozen=True, slots=True)
class FieldCoverage:
    """A connector's declaration for accounts, works or operations; what is not named is absent.

    `fields` are names separated by spaces. `scoped` maps names to the scope or setting that they
    need, `never` maps names to a reason more specific than the general one.
    """

    fields: str = ""
    scoped: Mapping[str, str] = field(default_factory=dict)
    never: Mapping[str, Text] = field(default_factory=dict)
    otherwise: Text = NOT_OFFERED

    def cell(self, name: str) -> CoverageCell:
        if name in self.scoped:
            return CoverageCell("scope", scope=self.scoped[name])
        if name in self.fields.split():
            return CoverageCell("given")
        return CoverageCell("never", reason=self.never.get(name, self.otherwise))

    def names(self) -> set[str]:
        """Returns every field that can be provided."""
        return {*self.fields.split(), *self.scoped}

"""Types that several results hold."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from openchannels.client.results import Result


@dataclass(frozen=True, slots=True)
class Unusable(Result):
    """Something that the platform shows and that cannot be used; `reason` by language."""

    name: str
    reason: Mapping[str, str] = field(default_factory=dict)

"""What all answers share, and the parameters that several tools have."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from openchannels.client import AccountMetrics, Metrics

MAX_TITLE = 100


class ToolAnswer(BaseModel):
    """A tool's result, or a part of one; what is None is left out of the answer."""

    model_config = ConfigDict(frozen=True)


def _with_zone(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


Language = Annotated[
    Literal["en-US", "zh-CN"], Field(description="Language of texts that a person will read.")
]
PlatformId = Annotated[str, Field(description="As list_platforms and list_accounts name it.")]
AccountId = Annotated[str, Field(description="As list_accounts names it.")]
WorkId = Annotated[str, Field(description="As list_works names it.")]
Moment = Annotated[datetime, AfterValidator(_with_zone)]
Since = Annotated[
    Moment | None, Field(description="ISO 8601; from this time on. UTC if it names no zone.")
]
Until = Annotated[
    Moment | None, Field(description="ISO 8601; before this time. UTC if it names no zone.")
]
Next = Annotated[
    str, Field(description="The `next` of the answer before, to go on there; empty to begin.")
]
Figures = dict[str, int | float]
"""Counts by name; what a platform does not tell is absent, never zero."""


def figures(metrics: Metrics | AccountMetrics) -> Figures:
    """Returns the counts that are known."""
    known = {one.name: getattr(metrics, one.name) for one in fields(metrics)}
    return {name: value for name, value in known.items() if value is not None}


def shortened(text: str | None, most: int = MAX_TITLE) -> str | None:
    """Returns a text of at most so many characters; one that was cut ends with an ellipsis."""
    return text if text is None or len(text) <= most else text[: most - 1] + "…"


def in_language(texts: Mapping[str, Any], language: str) -> str | None:
    """Returns a text of several languages in one of them, if it is there."""
    found = texts.get(language)
    return None if found is None else str(found)

"""Tools on the platforms: what can be done here, and how much of it was used."""

from typing import Annotated

from pydantic import Field

from openchannels.client import Platform, Used
from openchannels.mcp.answers import Language, ToolAnswer, in_language
from openchannels.mcp.registration import AgentTool, ToolCall


class PlatformItem(ToolAnswer):
    """A platform of this installation."""

    platform: str = Field(description="The id that other tools take.")
    name: str
    available: bool = Field(description="Whether accounts can be connected and used here.")
    connect_by: str = Field(description="oauth2, qrcode, or plugin: by a browser plug-in only.")
    lists_works: bool
    single_works: bool = Field(description="Whether get_work can read one.")
    account_figures: bool


class PlatformsAnswer(ToolAnswer):
    """The platforms."""

    platforms: list[PlatformItem]


class UsageItem(ToolAnswer):
    """Calls of one operation of a platform; `cost` is in the platform's own `unit`."""

    platform: str
    operation: str
    calls: int
    cost: float
    unit: str


class UsageAnswer(ToolAnswer):
    """What the workspace used in the last `days` days."""

    days: int
    used: list[UsageItem]


async def list_platforms(
    call: ToolCall,
    available_only: Annotated[
        bool, Field(description="Leave out those that this installation is not set up for.")
    ] = True,
    language: Language = "en-US",
) -> PlatformsAnswer:
    """Lists the social platforms, and what can be done with each here.

    Call it to learn the ids of platforms.
    """
    found = (_platform(one, language) for one in await call.client.platforms.list())
    return PlatformsAnswer(platforms=[one for one in found if one.available or not available_only])


def _platform(one: Platform, language: str) -> PlatformItem:
    work = one.capabilities.get("work", {})
    return PlatformItem(
        platform=one.platform,
        name=in_language(one.display_name, language) or one.platform,
        available=one.status == "available",
        connect_by=one.auth_type,
        lists_works=bool(work.get("listWorks")),
        single_works=bool(work.get("getDetail")),
        account_figures=bool(one.capabilities.get("analytics", {}).get("account")),
    )


async def usage(call: ToolCall) -> UsageAnswer:
    """Tells how much the workspace used of each platform's quota in the last thirty days."""
    told = await call.client.platforms.usage()
    sums: dict[tuple[str, str, str], list[Used]] = {}
    for one in told.used:
        sums.setdefault((one.platform, one.operation, one.unit), []).append(one)
    return UsageAnswer(
        days=told.days,
        used=[
            UsageItem(
                platform=platform,
                operation=operation,
                calls=sum(one.calls for one in days),
                cost=sum(one.cost for one in days),
                unit=unit,
            )
            for (platform, operation, unit), days in sums.items()
        ],
    )


TOOLS = [
    AgentTool(list_platforms, "List platforms", ""),
    AgentTool(usage, "Show usage", "accounts:read"),
]

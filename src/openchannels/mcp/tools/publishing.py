"""Tools that publish: check first, publish, watch, and change what has not gone out."""

from typing import Annotated

from pydantic import Field

from openchannels.mcp.answers import Moment, Since, ToolAnswer, Until
from openchannels.mcp.publications import (
    STATES,
    CheckedTarget,
    PublicationItem,
    PublishTarget,
    checked,
    content_of,
    items_of,
    of_record,
    of_task,
)
from openchannels.mcp.registration import AgentTool, ToolCall

Targets = Annotated[
    list[PublishTarget],
    Field(min_length=1, max_length=100, description="Who publishes."),
]
MediaUrls = Annotated[
    list[str] | None,
    Field(description="Addresses of pictures and videos, in the order in which they are shown."),
]
CoverUrl = Annotated[str, Field(description="Address of a picture that is the cover.")]
Adapt = Annotated[bool, Field(description="Turn pictures into formats that the platforms take.")]
PublishAt = Annotated[
    Moment | None, Field(description="ISO 8601; when it goes out, now if absent.")
]
PublicationId = Annotated[str, Field(description="As publish and list_publications name it.")]


class CheckAnswer(ToolAnswer):
    """What each platform says; `ok` if all of them would take it."""

    ok: bool
    targets: list[CheckedTarget]


class FlowAnswer(ToolAnswer):
    """One content on several accounts, each with a publication of its own."""

    flow_id: str
    publications: list[PublicationItem]


class PublicationsAnswer(ToolAnswer):
    """Publications, latest time first; `total` counts all that match."""

    publications: list[PublicationItem]
    total: int


class ChangedAnswer(ToolAnswer):
    """The publication as it is after the change."""

    publication: PublicationItem


async def check_publication(
    call: ToolCall,
    targets: Targets,
    title: str = "",
    body: str = "",
    media_urls: MediaUrls = None,
    cover_url: CoverUrl = "",
    adapt_images: Adapt = True,
    publish_at: PublishAt = None,
) -> CheckAnswer:
    """Tells what the platforms would refuse or warn of, and what it costs; publishes nothing.

    Call it before publish, with the same arguments, and mend what it says.
    """
    content = content_of(title, body, media_urls or (), cover_url, adapt_images=adapt_images)
    told = await call.client.publishing.preflight(items_of(targets), content, at=publish_at)
    return CheckAnswer(ok=told.ok, targets=[checked(item) for item in told.items])


async def publish(
    call: ToolCall,
    targets: Targets,
    title: str = "",
    body: str = "",
    media_urls: MediaUrls = None,
    cover_url: CoverUrl = "",
    adapt_images: Adapt = True,
    publish_at: PublishAt = None,
    flow_id: Annotated[
        str, Field(description="An id of yours: with it the same call again publishes once.")
    ] = "",
) -> FlowAnswer:
    """Publishes one content on accounts, for everybody to see. Ask the person for a yes first.

    It goes on in the background: watch it with get_publication. One that `needs_person` is
    finished by the account's owner in the platform's app.
    """
    content = content_of(title, body, media_urls or (), cover_url, adapt_images=adapt_images)
    flow = await call.client.publishing.publish(
        items_of(targets), content, at=publish_at, flow_id=flow_id or None
    )
    items = [of_task(task, flow.flow_id) for task in flow.tasks]
    return FlowAnswer(flow_id=flow.flow_id, publications=items)


async def get_publication(
    call: ToolCall, flow_id: Annotated[str, Field(description="As publish answers it.")]
) -> FlowAnswer:
    """Shows how far the publications of one call of publish are, and their links."""
    flow = await call.client.publishing.get_flow(flow_id)
    items = [of_task(task, flow.flow_id) for task in flow.tasks]
    return FlowAnswer(flow_id=flow.flow_id, publications=items)


async def list_publications(
    call: ToolCall,
    platform: Annotated[str, Field(description="Only of this one; empty for all.")] = "",
    account_id: Annotated[str, Field(description="Only of this account; empty for all.")] = "",
    state: Annotated[str, Field(description="Only in this state; empty for all.")] = "",
    since: Since = None,
    until: Until = None,
    limit: Annotated[int, Field(ge=1, le=100)] = 20,
) -> PublicationsAnswer:
    """Lists what was published and what is still to go out, latest time first.

    States are those that publish answers, such as failed.
    """
    found = await call.client.publishing.records(
        account_id=account_id or None, platform=platform or None, since=since, until=until
    )
    wanted = [one for one in found if state in ("", STATES.get(one.status))]
    return PublicationsAnswer(
        publications=[of_record(one) for one in wanted[:limit]], total=len(wanted)
    )


async def reschedule_publication(
    call: ToolCall,
    publication_id: PublicationId,
    publish_at: Annotated[Moment, Field(description="ISO 8601; one in the past means now.")],
) -> ChangedAnswer:
    """Publishes one that waits for its time at another time."""
    await call.client.publishing.reschedule(publication_id, publish_at)
    return await _changed(call, publication_id)


async def retry_publication(
    call: ToolCall,
    publication_id: PublicationId,
    force: Annotated[
        bool,
        Field(description="Also one that may be out; only after a person has looked there."),
    ] = False,
) -> ChangedAnswer:
    """Publishes one that failed again, from its beginning, once its cause is mended."""
    await call.client.publishing.retry(publication_id, force=force)
    return await _changed(call, publication_id)


async def cancel_publication(call: ToolCall, publication_id: PublicationId) -> ChangedAnswer:
    """Cancels one that waits; takes back one that is out, where the platform can.

    A work that is taken back is gone, with its comments and figures. Ask for confirmation first.
    """
    await call.client.publishing.cancel(publication_id)
    return await _changed(call, publication_id)


async def _changed(call: ToolCall, publication_id: str) -> ChangedAnswer:
    return ChangedAnswer(publication=of_record(await call.client.publishing.record(publication_id)))


WRITE = "publish:write"
TOOLS = [
    AgentTool(check_publication, "Check a publication", "publish:read"),
    AgentTool(publish, "Publish", WRITE, reads_only=False, repeatable=False, asks_platform=True),
    AgentTool(get_publication, "Watch a publication", "publish:read"),
    AgentTool(list_publications, "List publications", "publish:read"),
    AgentTool(reschedule_publication, "Reschedule a publication", WRITE, reads_only=False),
    AgentTool(
        retry_publication,
        "Retry a publication",
        WRITE,
        reads_only=False,
        repeatable=False,
        asks_platform=True,
    ),
    AgentTool(
        cancel_publication,
        "Cancel a publication",
        WRITE,
        reads_only=False,
        destroys=True,
        asks_platform=True,
    ),
]

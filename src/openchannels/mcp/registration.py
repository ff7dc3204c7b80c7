"""Makes a tool of the protocol of a plain function that works with the SDK."""

import inspect
import json
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Annotated, Any, Protocol

from mcp.server.mcpserver import Context, MCPServer
from mcp.types import CallToolResult, TextContent, ToolAnnotations

from openchannels.client import AsyncClient, ClientError
from openchannels.mcp.answers import ToolAnswer
from openchannels.mcp.failures import explain

OpenClient = Callable[[Context[Any, Any]], AbstractAsyncContextManager[AsyncClient]]
"""Opens a client with the key of the caller."""


class ReportProgress(Protocol):
    """Tells the caller how far a tool is; does nothing for callers that did not ask."""

    async def __call__(self, progress: float, total: float, message: str, /) -> None: ...


@dataclass(frozen=True, slots=True)
class ToolCall:
    """What a tool works with."""

    client: AsyncClient
    report: ReportProgress


@dataclass(frozen=True, slots=True)
class AgentTool:
    """A function that takes a ToolCall and the tool's parameters, and what it does to the world.

    Its name, docstring, parameters and result are those of the tool. `scope` is what the caller's
    key needs, empty for none; the API checks it. One that is not `reads_only` changes something;
    `destroys`, if that cannot be undone by another tool; `repeatable`, if a second call with the
    same arguments changes nothing more. `asks_platform` if the answer comes from a platform.
    """

    run: Callable[..., Awaitable[ToolAnswer]]
    title: str
    scope: str
    reads_only: bool = True
    destroys: bool = False
    repeatable: bool = True
    asks_platform: bool = False

    @property
    def name(self) -> str:
        return self.run.__name__

    @property
    def description(self) -> str:
        return inspect.cleandoc(self.run.__doc__ or "")

    @property
    def hints(self) -> ToolAnnotations:
        return ToolAnnotations(
            title=self.title,
            read_only_hint=self.reads_only,
            destructive_hint=self.destroys,
            idempotent_hint=self.repeatable,
            open_world_hint=self.asks_platform,
        )


def register(server: MCPServer[Any], tool: AgentTool, open_client: OpenClient) -> None:
    """Adds a tool to a server; its output schema is that of the function's result."""
    server.add_tool(
        _served(tool, open_client),
        name=tool.name,
        title=tool.title,
        description=tool.description,
        annotations=tool.hints,
        structured_output=True,
    )


def _served(tool: AgentTool, open_client: OpenClient) -> Callable[..., Awaitable[CallToolResult]]:
    """Returns the function as the library wants it: with a context, and with its own results."""

    async def serve(*, context: Context[Any, Any], **arguments: Any) -> CallToolResult:
        try:
            async with open_client(context) as client:
                call = ToolCall(client, context.report_progress)
                return _succeeded(await tool.run(call, **arguments))
        except ClientError as error:
            return CallToolResult(content=[_text(explain(error))], is_error=True)

    signature = inspect.signature(tool.run, eval_str=True)
    _, *parameters = signature.parameters.values()
    own = inspect.Parameter("context", inspect.Parameter.KEYWORD_ONLY, annotation=Context[Any, Any])
    shape: Any = Annotated[CallToolResult, signature.return_annotation]
    serve.__name__ = tool.name
    vars(serve)["__signature__"] = signature.replace(
        parameters=[*parameters, own], return_annotation=shape
    )
    return serve


def _succeeded(answer: ToolAnswer) -> CallToolResult:
    """Returns the answer as data, and as text for clients that know no structured results."""
    data = answer.model_dump(mode="json", exclude_none=True)
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return CallToolResult(content=[_text(text)], structured_content=data)


def _text(text: str) -> TextContent:
    return TextContent(type="text", text=text)

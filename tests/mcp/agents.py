"""The official client of the protocol, as agents have it built in, over HTTP and over stdio."""

import contextlib
import json
import sys
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import jsonschema
from mcp import Client, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client
from mcp.types import Tool

from tests.harness.service import NO_TLS
from tests.harness.settings import clean_environ
from tests.harness.waiting import PATIENCE

PATHS = ("/mcp", "/api/unified/mcp")


class Agent:
    """Calls tools, and holds each answer against the schema that its tool declares."""

    def __init__(self, client: Client, tools: dict[str, Tool]) -> None:
        self._client = client
        self.tools = tools
        self.called: set[str] = set()
        self.progress: list[str | None] = []
        self.size = 0
        """Bytes of the last result on the wire."""

    async def call(self, name: str, **arguments: Any) -> dict[str, Any]:
        """The structured answer of a tool that succeeds."""
        result = await self._client.call_tool(
            name, arguments, progress_callback=self._note_progress
        )
        assert not result.is_error, (name, result.content)
        answer: Any = result.structured_content
        schema = self.tools[name].output_schema
        assert schema is not None
        jsonschema.validate(answer, schema)
        (block,) = result.content
        assert block.type == "text"
        assert json.loads(block.text) == answer
        self.size = len(result.model_dump_json(by_alias=True, exclude_none=True).encode())
        self.called.add(name)
        return dict(answer)

    async def _note_progress(
        self, _progress: float, _total: float | None, message: str | None
    ) -> None:
        self.progress.append(message)

    async def fail(self, name: str, **arguments: Any) -> dict[str, Any]:
        """What a tool says that fails."""
        result = await self._client.call_tool(name, arguments)
        assert result.is_error, (name, result.structured_content)
        (block,) = result.content
        assert block.type == "text"
        told: dict[str, Any] = json.loads(block.text)
        return told


async def _agent(client: Client) -> Agent:
    listed = await client.list_tools()
    assert listed.next_cursor is None
    return Agent(client, {tool.name: tool for tool in listed.tools})


@contextlib.asynccontextmanager
async def over_http(
    url: str, key: str, *, path: str = PATHS[0], mode: str = "auto"
) -> AsyncIterator[Agent]:
    """An agent with a key; `legacy` mode speaks the protocol before 2026."""
    headers = {"Authorization": f"Bearer {key}"}
    options: dict[str, Any] = {"timeout": PATIENCE, "trust_env": False, "verify": NO_TLS}
    async with httpx2.AsyncClient(headers=headers, **options) as http:
        transport = streamable_http_client(f"{url}{path}", http_client=http)
        async with Client(transport, mode=mode) as client:
            yield await _agent(client)


@contextlib.asynccontextmanager
async def over_stdio(url: str, key: str) -> AsyncIterator[Agent]:
    """An agent that starts `openchannels mcp`."""
    command = StdioServerParameters(
        command=sys.executable,
        args=["-m", "openchannels", "mcp"],
        env=clean_environ({"OPENCHANNELS_URL": url, "OPENCHANNELS_API_KEY": key}),
    )
    async with Client(command) as client:
        yield await _agent(client)

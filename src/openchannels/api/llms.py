"""Renders `/llms.txt`: the operations in short for language models, from the OpenAPI document."""

from collections.abc import Iterator, Mapping
from typing import Any

HEAD = """\
# openchannels

> {description}

- Every operation takes an API key in the header `X-Api-Key`, but for those marked "no key".
- Answers are JSON: `data`, `code`, `message`, `requestId`. `code` 0 is success.
- An error may carry `data.retryable`, `data.retryAfter` in seconds, `data.reason`, `data.advice`.
- A metric that a platform does not tell is absent, never zero.

## Documents

- [OpenAPI document]({url}/openapi.json): every operation with schemas, examples and codes
- [API reference]({url}/reference): the same for people
"""
MCP = "- [MCP server]({url}/mcp): tools for agents, with the API key as bearer token\n"


def render(document: Mapping[str, Any], *, mcp: bool) -> str:
    """Returns the text; `mcp` says whether this installation serves tools for agents."""
    url = document["servers"][0]["url"]
    first = document["info"]["description"].partition("\n")[0]
    names = {tag["name"]: tag["description"] for tag in document["tags"]}
    text = HEAD.format(description=first, url=url) + (MCP.format(url=url) if mcp else "")
    for tag, name in names.items():
        lines = "\n".join(_operations(document["paths"], tag))
        text += f"\n## {name}\n\n{lines}\n"
    return text


def _operations(paths: Mapping[str, Any], tag: str) -> Iterator[str]:
    for path, methods in paths.items():
        for method, operation in methods.items():
            if tag in operation["tags"]:
                scope = operation.get("x-required-scope", "no key")
                yield f"- `{method.upper()} {path}`: {operation['summary']} ({scope})"

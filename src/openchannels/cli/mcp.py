"""`openchannels mcp`: tools for an agent that starts this command and talks over its pipes."""

import os
from importlib.util import find_spec
from typing import Annotated

import typer

from openchannels.cli import common


def mcp(
    url: Annotated[
        str | None,
        typer.Option(
            "--url", metavar="URL", help="Address of the service; OPENCHANNELS_URL if not set."
        ),
    ] = None,
) -> None:
    """Serve tools for AI agents over standard input and output (MCP).

    The API key is read from OPENCHANNELS_API_KEY. Agents start this command themselves.
    """
    if find_spec("mcp") is None:
        common.fail("The library for MCP is not installed: install openchannels[mcp].")
    address, key = service_and_key(url)
    import asyncio

    from openchannels.app.logging import configure_logging
    from openchannels.client import ConfigurationError
    from openchannels.mcp.stdio import serve_stdio

    configure_logging("warning", "console")
    try:
        asyncio.run(serve_stdio(address, key))
    except ConfigurationError as error:
        common.fail(f"{error}.")


def service_and_key(url: str | None) -> tuple[str, str]:
    """Returns the address of the service and the API key; without them the command ends."""
    from openchannels.client.address import KEY_VARIABLE, URL_VARIABLE

    address, key = url or os.environ.get(URL_VARIABLE), os.environ.get(KEY_VARIABLE)
    if not address:
        common.fail(f"Give the address of the service by --url or {URL_VARIABLE}.")
    if not key:
        common.fail(f"Give the API key by {KEY_VARIABLE}.")
    return address, key

"""`openchannels mcp`: tools for an agent that starts this command and talks over its pipes."""

from importlib.util import find_spec

from openchannels.cli import common
from openchannels.cli.data.session import DataDir, Lang, ProfileName


def mcp(profile: ProfileName = None, data_dir: DataDir = None, lang: Lang = None) -> None:
    """Serve tools for AI agents over standard input and output (MCP).

    Agents start this command themselves; it uses the login of the other commands.
    """
    if find_spec("mcp") is None:
        common.fail("The library for MCP is not installed: install openchannels[mcp].")
    import asyncio
    import logging

    from openchannels.cli.data.exits import exit_on_failure
    from openchannels.cli.data.output import Screen, language_of
    from openchannels.cli.data.session import find_login
    from openchannels.mcp.stdio import serve_stdio

    # Standard output belongs to the protocol; the library's own notes are of no use to a person.
    logging.basicConfig(level=logging.WARNING)
    screen = Screen(lang or language_of(), json=False)
    with exit_on_failure(screen):
        login = find_login(profile, data_dir, screen)
        asyncio.run(serve_stdio(login.url, login.key))

"""Tools for AI agents, as a server of the Model Context Protocol over the Python SDK.

The library behind it comes with the extra `mcp`; nothing else of this package imports this room
before a setting or a command asks for it.
"""

"""Groups of accounts."""

from dataclasses import dataclass

MAX_NAME = 128
MAX_PLACE = 256
"""Characters of a group's name, and of each text about its place in the network."""
MAX_GROUPS = 1000
"""Groups of one user."""
MAX_BROWSER_CONFIG = 65_536
"""Bytes of a browser configuration as JSON."""


@dataclass(frozen=True, slots=True)
class Group:
    """A group of accounts without its browser configuration. Times are Unix seconds."""

    id: str
    name: str
    rank: int
    ip: str
    location: str
    country_code: str
    proxy_ip: str
    is_default: bool
    has_browser_config: bool
    created_at: float
    updated_at: float

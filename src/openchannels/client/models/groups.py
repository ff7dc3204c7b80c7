"""Account groups."""

from dataclasses import dataclass
from datetime import datetime

from openchannels.client.results import Result


@dataclass(frozen=True, slots=True)
class Group(Result):
    """A group of accounts; its browser configuration is never returned."""

    id: str
    name: str
    rank: int
    is_default: bool
    has_browser_config: bool
    created_at: datetime
    updated_at: datetime
    ip: str = ""
    location: str = ""
    country_code: str = ""
    proxy_ip: str = ""

"""Account groups."""

from dataclasses import dataclass
from datetime import datetime

from openchannels.client.results import Result


@dataclass(frozen=True, slots=True)
class Group(Result):
    """A group of accounts; its browser configuration is never returned."""

    id: str
    name: str
    has_browser_config: bool
    rank: int | None = None
    is_default: bool = False
    created_at: datetime | None = None
    updated_at: datetime | None = None
    ip: str = ""
    location: str = ""
    country_code: str = ""
    proxy_ip: str = ""

"""Events of accounts, as webhooks receive them."""

from enum import StrEnum


class EventType(StrEnum):
    """Types of events. Stable on the wire.

    `attention`: the account works, but a person should connect it again. `offline`: it no longer
    works. `recovered`: an account that was offline works again.
    """

    CONNECTED = "account.connected"
    RECONNECTED = "account.reconnected"
    ATTENTION = "account.attention"
    OFFLINE = "account.offline"
    RECOVERED = "account.recovered"
    DELETED = "account.deleted"

"""What happens to accounts, as it is told to webhooks."""

from enum import StrEnum


class EventType(StrEnum):
    """Types of events. Stable on the wire.

    `attention`: it still works, but a person should connect it again. `offline`: it works no
    more. `recovered`: one that was offline works again, by whatever means.
    """

    CONNECTED = "account.connected"
    RECONNECTED = "account.reconnected"
    ATTENTION = "account.attention"
    OFFLINE = "account.offline"
    RECOVERED = "account.recovered"
    DELETED = "account.deleted"

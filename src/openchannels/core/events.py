"""Events of accounts and publications, as webhooks receive them."""

from enum import StrEnum


class EventType(StrEnum):
    """Types of events. Stable on the wire.

    `attention`: the account works, but a person should connect it again. `offline`: it no longer
    works. `recovered`: an account that was offline works again. `unconfirmed`: whether a
    publication is out could not be found out; `needs_action`: a person has to finish it.
    """

    CONNECTED = "account.connected"
    RECONNECTED = "account.reconnected"
    ATTENTION = "account.attention"
    OFFLINE = "account.offline"
    RECOVERED = "account.recovered"
    DELETED = "account.deleted"
    PUBLISH_SCHEDULED = "publish.scheduled"
    PUBLISH_PUBLISHING = "publish.publishing"
    PUBLISH_PUBLISHED = "publish.published"
    PUBLISH_FAILED = "publish.failed"
    PUBLISH_UNCONFIRMED = "publish.unconfirmed"
    PUBLISH_NEEDS_ACTION = "publish.needs_action"
    PUBLISH_UPDATED = "publish.updated"
    PUBLISH_CANCELLED = "publish.cancelled"

"""What the connectors of Meta's platforms have in common."""

from collections.abc import Sequence

from openchannels.connectors.base.connector import Connector
from openchannels.connectors.meta.graph import REQUEST_ID_HEADER
from openchannels.connectors.meta.usage import read_quotas
from openchannels.core.platform_errors import RemainingQuota
from openchannels.transport.client import Answer


class MetaConnector(Connector):
    """A platform whose answers bear Meta's headers."""

    request_id_header = REQUEST_ID_HEADER

    def remaining_quotas(self, answer: Answer) -> Sequence[RemainingQuota]:
        return read_quotas(answer)

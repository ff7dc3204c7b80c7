"""What the events of a publication say, in wire spelling."""

from typing import Any

from openchannels.core.clock import iso
from openchannels.core.publications import Publication


def event_data(publication: Publication) -> dict[str, Any]:
    """Returns the data of an event: ids, state, the work once it is known, and what went wrong."""
    link = publication.link_status
    known = {
        "taskId": publication.id,
        "flowId": publication.flow_id,
        "status": int(publication.status),
        "publishTime": iso(publication.publish_at),
        "platformWorkId": publication.work_id,
        "workLink": publication.work_link,
        "linkStatus": None if link is None else link.value,
        "errorData": None if publication.error is None else dict(publication.error),
        "warnings": [dict(one) for one in publication.warnings] or None,
    }
    return {name: value for name, value in known.items() if value is not None}

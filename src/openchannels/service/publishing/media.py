"""Brings the files of a publication into the asset store before they are sent."""

from openchannels.service.context import Context
from openchannels.service.publishing.files import OpenFiles, open_files
from openchannels.service.publishing.progress import HeldPublication


class PublishMedia:
    """Files of publications; see `service.publishing.jobs.MediaPreparation`."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def open(self, held: HeldPublication) -> OpenFiles:
        """Returns the files. Raises PublicationRefused for one that is gone."""
        return await open_files(self._context, held)

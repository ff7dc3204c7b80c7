"""Threads: one person's profile and root posts, over Threads' own login."""

from openchannels.connectors.base.connector import Connector
from openchannels.connectors.meta.graph import classify_direct
from openchannels.connectors.meta.threads.accounts import ThreadsAccounts
from openchannels.connectors.meta.threads.auth import ThreadsAuth
from openchannels.connectors.meta.threads.works import ThreadsWorks
from openchannels.core.platform_errors import Failure
from openchannels.core.platforms import Mark, Platform, Text
from openchannels.transport.client import Answer


class Threads(Connector):
    """One authorization opens one profile.

    Whether Threads expands insights within the list is stated nowhere, so it is tried once a day:
    where it does a page takes one call, where it does not one more for each post.
    """

    id = Platform("threads")
    name = Text(en="Threads", zh="Threads")
    mark = Mark("@", "#262626")
    request_id_header = "x-fb-trace-id"
    docs_url = "https://developers.facebook.com/docs/threads"
    auth = ThreadsAuth()
    accounts = ThreadsAccounts()
    works = ThreadsWorks()

    def classify(self, answer: Answer) -> Failure | None:
        return classify_direct(answer)

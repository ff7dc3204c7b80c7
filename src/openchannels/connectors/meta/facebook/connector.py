"""Facebook: Pages over Facebook Login, works through a Page's published posts."""

from openchannels.connectors.base.connector import Connector
from openchannels.connectors.meta.facebook.accounts import FacebookAccounts
from openchannels.connectors.meta.facebook.auth import FacebookAuth
from openchannels.connectors.meta.facebook.works import FacebookWorks
from openchannels.connectors.meta.graph import classify_graph
from openchannels.core.platform_errors import Failure
from openchannels.core.platforms import Mark, Platform, Text
from openchannels.transport.client import Answer


class Facebook(Connector):
    """One authorization opens the Pages a person chose; each Page has a token of its own."""

    id = Platform("facebook")
    name = Text(en="Facebook", zh="Facebook")
    mark = Mark("f", "#0a63d1")
    request_id_header = "x-fb-trace-id"
    docs_url = "https://developers.facebook.com/docs/pages-api"
    auth = FacebookAuth()
    accounts = FacebookAccounts()
    works = FacebookWorks()

    def classify(self, answer: Answer) -> Failure | None:
        return classify_graph(answer)

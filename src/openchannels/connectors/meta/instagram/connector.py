"""Instagram: professional accounts, over Instagram Login or Facebook Login."""

from openchannels.connectors.base.connector import Connector
from openchannels.connectors.meta.graph import classify_direct
from openchannels.connectors.meta.instagram.accounts import InstagramAccounts
from openchannels.connectors.meta.instagram.auth import InstagramAuth
from openchannels.connectors.meta.instagram.works import InstagramWorks
from openchannels.core.platform_errors import Failure
from openchannels.core.platforms import Mark, Platform, Text
from openchannels.transport.client import Answer


class Instagram(Connector):
    """One authorization opens one account, or with Facebook Login those behind a person's Pages.

    Tokens tell the login they came by, and with it the host and the way of refreshing: those of
    Facebook Login name a Page.
    """

    id = Platform("instagram")
    name = Text(en="Instagram", zh="Instagram")
    mark = Mark("IG", "#b32a7d")
    request_id_header = "x-fb-trace-id"
    docs_url = "https://developers.facebook.com/docs/instagram-platform"
    auth = InstagramAuth()
    accounts = InstagramAccounts()
    works = InstagramWorks()

    def classify(self, answer: Answer) -> Failure | None:
        return classify_direct(answer)

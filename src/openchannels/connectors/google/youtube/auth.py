"""YouTube: connecting accounts."""

from dataclasses import replace

from openchannels.connectors.google.identity import GoogleAuth, google_config
from openchannels.connectors.google.youtube.api import ANALYTICS_SCOPE
from openchannels.core.platforms import Text
from openchannels.transport.platform_app import App

READ_SCOPE = "https://www.googleapis.com/auth/youtube.readonly"


class YouTubeAuth(GoogleAuth):
    # Only `select_account` shows the choice between a user's channels.
    config = google_config(READ_SCOPE)
    instructions = Text(
        en="Open the link, choose the Google account or brand account that owns the channel, "
        "and leave every permission ticked.",
        zh="打开链接，选择拥有该频道的 Google 账号或品牌账号，并保持所有权限勾选。",
    )

    def authorize_url(self, app: App, state: str, verifier: str | None) -> str:
        """Returns the consent page; requests the Analytics scope only if that setting is on."""
        if app.option("analytics") and ANALYTICS_SCOPE not in app.scopes:
            app = replace(app, scopes=(*app.scopes, ANALYTICS_SCOPE))
        return super().authorize_url(app, state, verifier)

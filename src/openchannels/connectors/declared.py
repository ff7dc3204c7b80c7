"""Platforms that are named and described, whose connector has not landed."""

from dataclasses import dataclass

from openchannels.core.platforms import AuthType, Platform, Text


@dataclass(frozen=True, slots=True)
class Declared:
    """What is known of a platform without a connector."""

    id: Platform
    name: Text
    auth_type: AuthType = AuthType.OAUTH2


DECLARED: dict[Platform, Declared] = {
    row.id: row
    for row in (
        Declared(Platform.DOUYIN, Text(en="Douyin", zh="抖音"), AuthType.QRCODE),
        Declared(Platform.WXGZH, Text(en="WeChat Official", zh="微信公众号")),
    )
}

"""Settings of the platforms: the operator's app at each, and its options."""

from typing import Annotated, Any, ClassVar, Literal, NamedTuple, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, model_validator

from openchannels.settings.checks import (
    AesKey,
    GraphVersion,
    LinkedInVersion,
    Names,
    Purposes,
    RedirectUri,
    Secret,
    Text,
    invalid,
)

_REDIRECT_URI = (
    "Callback address registered at the platform; "
    "absent: the callback of this server under server.public_url."
)


class SettingsGroup(BaseModel):
    """A table of settings: no unknown names, immutable, texts stripped of whitespace."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, str_strip_whitespace=True, hide_input_in_errors=True
    )


class Registration(NamedTuple):
    """An app at a platform as plain values; an absent redirect URI or scope list is None."""

    client_id: str
    client_secret: str
    redirect_uri: str | None
    scopes: tuple[str, ...] | None

    def __repr__(self) -> str:
        return f"Registration(client_id={self.client_id!r})"


class PlatformSettings(SettingsGroup):
    """The settings that all platforms have in common."""

    _registration_fields: ClassVar[frozenset[str]] = frozenset()

    @property
    def configured(self) -> bool:
        """True if the settings are sufficient to connect accounts of this platform."""
        return True

    def registration(self) -> Registration | None:
        """Returns the app, or None where none is configured or needed."""
        return None

    def options(self) -> dict[str, Any]:
        """Returns all other settings by name, secrets revealed, absent ones omitted."""
        values = {
            name: getattr(self, name)
            for name in type(self).model_fields
            if name not in self._registration_fields
        }
        return {
            name: value.get_secret_value() if isinstance(value, SecretStr) else value
            for name, value in values.items()
            if value is not None
        }


def _require_together(model: SettingsGroup, names: tuple[str, ...]) -> None:
    """Raises if some but not all of the named settings are given."""
    missing = [name for name in names if getattr(model, name) is None]
    if missing and len(missing) < len(names):
        given = next(name for name in names if name not in missing)
        raise invalid(f"expected together with {', '.join(missing)}", given)


class OAuthPlatformSettings(PlatformSettings):
    """A platform where the operator registers an OAuth app."""

    _registration_fields = frozenset(
        {"client_id", "client_secret", "scopes", "purposes", "redirect_uri"}
    )

    client_id: Text | None = Field(
        default=None, description="Id of the app at the platform: client id, client key or app id."
    )
    client_secret: Secret | None = Field(
        default=None, description="Secret of the app; required with client_id."
    )
    scopes: Names | None = Field(
        default=None,
        min_length=1,
        description="Scopes to ask for; absent: those that the purposes need.",
    )
    purposes: Purposes = Field(
        default=("read",),
        min_length=1,
        description="What accounts are connected for: read, publish, engage, or several of them, "
        "each of which asks for more scopes. A connection that lacks them can still be read.",
    )
    redirect_uri: RedirectUri | None = Field(default=None, description=_REDIRECT_URI)

    @model_validator(mode="after")
    def _complete(self) -> Self:
        _require_together(self, ("client_id", "client_secret"))
        return self

    @property
    def configured(self) -> bool:
        return self.client_id is not None

    def registration(self) -> Registration | None:
        if self.client_id is None or self.client_secret is None:
            return None
        secret = self.client_secret.get_secret_value()
        return Registration(self.client_id, secret, self.redirect_uri, self.scopes)


class DouyinSettings(OAuthPlatformSettings):
    """douyin.

    Website apps and mini-apps are registered separately, and their account ids differ.
    """

    form: Literal["web", "miniapp"] = Field(
        default="web",
        description="Kind of app: web (website app, lists works) or miniapp "
        "(QR code, cannot list works).",
    )
    publish: Literal["handoff", "server"] = Field(
        default="handoff",
        description="Who publishes: handoff (the person, in the Douyin app) or server (needs the "
        "scope video.create.bind, which new apps may not get).",
    )
    hand_over_if_refused: bool = Field(
        default=False,
        description="With publish = server: hand a work over to the person where Douyin refuses "
        "the app the right to publish.",
    )
    share_client_id: Text | None = Field(
        default=None,
        description="Client key of the website app that hands works over; absent: the app above, "
        "which must be a website app then.",
    )
    share_client_secret: Secret | None = Field(
        default=None, description="Secret of that app; required with share_client_id."
    )

    @model_validator(mode="after")
    def _share_app_complete(self) -> Self:
        _require_together(self, ("share_client_id", "share_client_secret"))
        return self


class XhsSettings(PlatformSettings):
    """xhs: connected by the browser plug-in, without an app."""

    validate_cookie: bool = Field(
        default=True, description="Check a cookie at the platform when an account is connected."
    )


class KwaiSettings(OAuthPlatformSettings):
    """KWAI."""

    upload_scheme: Literal["auto", "https", "http"] = Field(
        default="auto",
        description="How videos are sent to the upload host: auto tries https first and takes "
        "http, the only documented way, where https cannot be had.",
    )
    upload_hosts: Names | None = Field(
        default=None,
        min_length=1,
        description="Hosts that videos may be sent to, a leading dot meaning all below; absent: "
        "those of Kuaishou.",
    )


class WxSphSettings(PlatformSettings):
    """wxSph: connected by the browser plug-in, without an app."""

    list_works: bool = Field(
        default=False,
        description="List works by the creator site's own interface, not an official API.",
    )


class YouTubeSettings(OAuthPlatformSettings):
    """youtube."""

    audited: bool = Field(
        default=False,
        description="The app has passed the platform's audit; others publish for the author only.",
    )

    analytics: bool = Field(
        default=False,
        description="Ask YouTube Analytics for shares and watch time; needs one more scope.",
    )
    rate_and_subscribe: bool = Field(
        default=False,
        description="Offer like, unlike, follow and unfollow; YouTube's policies forbid apps to "
        "do these without a person behind each.",
    )
    uploads_per_day: int = Field(
        default=100,
        ge=1,
        le=1_000_000,
        description="Videos that the Google project may upload a day: 100, unless Google grants "
        "more.",
    )


class WxGzhSettings(PlatformSettings):
    """wxGzh: a third-party platform ("component") at the WeChat open platform."""

    _registration_fields = frozenset({"component_app_id", "component_app_secret", "redirect_uri"})

    component_app_id: Text | None = Field(
        default=None, description="App id of the third-party platform."
    )
    component_app_secret: Secret | None = Field(
        default=None, description="App secret of the third-party platform."
    )
    component_token: Secret | None = Field(
        default=None, description="Token that verifies webhook events."
    )
    component_aes_key: AesKey | None = Field(
        default=None, description="EncodingAESKey that decrypts webhook events."
    )
    publish: Literal["submit", "draft"] = Field(
        default="submit",
        description="How articles are published: submit, or draft to leave them in the account's "
        "draft box for a person to publish.",
    )
    redirect_uri: RedirectUri | None = Field(default=None, description=_REDIRECT_URI)

    @model_validator(mode="after")
    def _complete(self) -> Self:
        names = ("component_app_id", "component_app_secret", "component_token", "component_aes_key")
        _require_together(self, names)
        return self

    @property
    def configured(self) -> bool:
        return self.component_app_id is not None

    def registration(self) -> Registration | None:
        if self.component_app_id is None or self.component_app_secret is None:
            return None
        secret = self.component_app_secret.get_secret_value()
        return Registration(self.component_app_id, secret, self.redirect_uri, None)


class TwitterSettings(OAuthPlatformSettings):
    """twitter."""

    exclude: Literal["retweets,replies", "retweets"] = Field(
        default="retweets,replies",
        description="Posts to leave out; with replies left out X reaches back 800 posts, "
        "else 3,200.",
    )
    private_metrics: bool = Field(
        default=False,
        description="Ask for clicks and engagements of posts of the last 30 days; a second call.",
    )
    tier: Literal["self_serve", "enterprise"] = Field(
        default="self_serve",
        description="Tier of the app; with self_serve, X allows no quotes, likes and follows, and "
        "few replies.",
    )
    comment_authors: bool = Field(
        default=False,
        description="Ask for the names of those who commented; X charges each as a user read.",
    )
    long_posts: bool = Field(
        default=False,
        description="Posts may have up to 25,000 characters, as X allows to subscribers.",
    )


class TikTokSettings(OAuthPlatformSettings):
    """tiktok."""

    audited: bool = Field(
        default=False,
        description="The app has passed the platform's audit; others publish for the author only.",
    )

    pkce_encoding: Literal["base64url", "hex", "off"] = Field(
        default="base64url",
        description="How the SHA-256 of the PKCE verifier is written, or off to send none.",
    )
    publish_mode: Literal["auto", "direct", "inbox"] = Field(
        default="auto",
        description="Post works (direct), or leave drafts that a person posts in the app (inbox); "
        "auto: direct if audited and granted.",
    )


class FacebookSettings(OAuthPlatformSettings):
    """facebook."""

    graph_version: GraphVersion = Field(default="v26.0", description="Version of the Graph API.")
    config_id: Text | None = Field(
        default=None,
        description="Configuration id of Facebook Login for Business; replaces scopes.",
    )
    insights_metrics: Names = Field(
        default=(
            "post_media_view",
            "post_total_media_view_unique",
            "post_clicks",
            "post_video_views",
            "post_video_view_time",
        ),
        description="Post insights to ask for; one unknown name makes Facebook refuse them all.",
    )


class InstagramSettings(OAuthPlatformSettings):
    """instagram."""

    login: Literal["instagram", "facebook"] = Field(
        default="instagram",
        description="Login type: Instagram Login or Facebook Login, each with its own app.",
    )
    graph_version: GraphVersion = Field(default="v26.0", description="Version of the Graph API.")


class PinterestSettings(OAuthPlatformSettings):
    """pinterest."""

    images: Literal["fetched", "sent"] = Field(
        default="fetched",
        description="How images reach Pinterest: fetched from an address of this server, or sent "
        "in the call, which takes JPEG and PNG of up to 10 MiB only.",
    )


class LinkedInSettings(OAuthPlatformSettings):
    """linkedin."""

    version: LinkedInVersion = Field(
        default="202609",
        description="Version of the API by year and month; LinkedIn ends each after about a year.",
    )


class PlatformsSettings(SettingsGroup):
    """One table per platform, under its wire spelling."""

    douyin: DouyinSettings = DouyinSettings()
    xhs: XhsSettings = XhsSettings()
    wxSph: WxSphSettings = WxSphSettings()  # noqa: N815
    KWAI: KwaiSettings = KwaiSettings()
    youtube: YouTubeSettings = YouTubeSettings()
    wxGzh: WxGzhSettings = WxGzhSettings()  # noqa: N815
    bilibili: OAuthPlatformSettings = OAuthPlatformSettings()
    twitter: TwitterSettings = TwitterSettings()
    tiktok: TikTokSettings = TikTokSettings()
    facebook: FacebookSettings = FacebookSettings()
    instagram: InstagramSettings = InstagramSettings()
    threads: OAuthPlatformSettings = OAuthPlatformSettings()
    pinterest: PinterestSettings = PinterestSettings()
    linkedin: LinkedInSettings = LinkedInSettings()
    google_business: OAuthPlatformSettings = OAuthPlatformSettings()

    def by_id(self) -> dict[str, PlatformSettings]:
        """Returns the settings of each platform by its id, in the order of the wire's list."""
        return {name: getattr(self, name) for name in PLATFORM_NAMES}


PLATFORM_NAMES = tuple(PlatformsSettings.model_fields)
"""Ids of all platforms, in the order of the wire's list."""


def _registered(names: tuple[str, ...]) -> tuple[str, ...]:
    if not set(PLATFORM_NAMES) >= set(names):
        raise invalid("expected ids of platforms, as under platforms")
    return names


PlatformNames = Annotated[Names, AfterValidator(_registered)]

"""Settings of uploaded files and of the store that holds them."""

from typing import Self

from pydantic import Field, model_validator

from openchannels.settings.checks import BaseUrl, Bytes, Folder, Secret, Text, Whole, invalid
from openchannels.settings.platforms import SettingsGroup

ASSETS_FOLDER = "assets"


class S3Settings(SettingsGroup):
    """A bucket of an S3-compatible store for assets; needs the extra `s3`."""

    bucket: Text | None = Field(
        default=None, description="Bucket of the assets; absent: a directory holds them."
    )
    region: Text = Field(default="us-east-1", description="Region of the bucket.")
    endpoint: BaseUrl | None = Field(
        default=None,
        description="Address of the store, which clients must reach too; absent: that of AWS.",
    )
    path_style: bool = Field(
        default=True,
        description="Name the bucket in the path of the endpoint; if false, in its host.",
    )
    access_key_id: Text | None = Field(
        default=None, description="Access key; absent: the one of the machine's role."
    )
    secret_access_key: Secret | None = Field(
        default=None, description="Secret of the access key; the two go together."
    )
    public_url: BaseUrl | None = Field(
        default=None,
        description="Address under which the bucket's objects can be read by everyone, such as a"
        " CDN's; absent: readers get addresses that are signed for an hour.",
    )

    @model_validator(mode="after")
    def _key_and_secret(self) -> Self:
        if (self.access_key_id is None) != (self.secret_access_key is None):
            raise invalid("expected both of access_key_id and secret_access_key, or none")
        return self


class AssetsSettings(SettingsGroup):
    """Files that users upload."""

    quota_bytes: Bytes = Field(
        default=10 * 1024**3,
        description="Bytes that one user may hold, those reserved by unconfirmed uploads included.",
    )
    max_bytes: Bytes = Field(
        default=5 * 1024**3, description="Largest file; S3 takes 5 GiB in one upload."
    )
    unsized_bytes: Bytes = Field(
        default=100 * 1024**2,
        description="Largest file of a size that was not stated when its upload was signed.",
    )
    upload_minutes: Whole = Field(
        default=60, ge=1, le=1440, description="Minutes for which an upload address lasts."
    )
    directory: Folder | None = Field(
        default=None,
        description=f"Directory of the files; absent: {ASSETS_FOLDER} in data_dir.",
    )
    s3: S3Settings = S3Settings()

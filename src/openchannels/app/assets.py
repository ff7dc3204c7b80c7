"""Builds the asset store from the settings."""

from openchannels.assets.directory import DirectoryStore
from openchannels.core.assets import AssetStore
from openchannels.core.exceptions import StartRefused
from openchannels.settings import Settings

NO_LIBRARY = (
    "assets.s3.bucket is set, but the library for S3 is not installed: install openchannels[s3]."
)


def build_asset_store(settings: Settings) -> AssetStore:
    """Returns the bucket of the settings, or the directory. Raises StartRefused."""
    s3 = settings.assets.s3
    if s3.bucket is None:
        return DirectoryStore(settings.assets_path)
    try:
        from openchannels.assets.s3 import Bucket, BucketStore
    except ImportError:
        raise StartRefused(NO_LIBRARY) from None
    secret = s3.secret_access_key
    return BucketStore(
        Bucket(
            name=s3.bucket,
            region=s3.region,
            endpoint=s3.endpoint,
            path_style=s3.path_style,
            access_key_id=s3.access_key_id,
            secret_access_key=secret.get_secret_value() if secret else None,
            public_url=s3.public_url,
        )
    )

"""Addresses of assets under this service."""

from openchannels.core.assets import Asset

MEDIA = "/media"
UPLOADS = "/uploads"
PULLS = "/publish-media"


def lasting_url(public_url: str, asset: Asset) -> str:
    """Returns the address under which the file can be read, for as long as the asset lasts."""
    return f"{public_url}{MEDIA}/{asset.path}"


def own_upload_url(public_url: str, asset_id: str, token: str) -> str:
    """Returns the address that takes the file; the token is in the query, which is not logged."""
    return f"{public_url}{UPLOADS}/{asset_id}?token={token}"


def pull_url(public_url: str, token: str, filename: str) -> str:
    """Returns the address under which a platform fetches a file of one publication."""
    return f"{public_url}{PULLS}/{token}/{filename}"

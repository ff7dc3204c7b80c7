"""The social platforms, imitated from their protocol documents so that everything runs offline.

`https://HOST/path` of a platform is answered under `/HOST/path`; `GET /` explains the rest.
"""

from openchannels.sandbox.app import create_sandbox

__all__ = ["create_sandbox"]

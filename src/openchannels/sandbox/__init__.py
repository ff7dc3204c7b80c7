"""Emulators of the social platforms, written from their documents, so that everything runs offline.

`https://HOST/path` of a platform is answered at `/HOST/path`; `GET /` lists the rest.
"""

from openchannels.sandbox.app import Sandbox, create_sandbox

__all__ = ["Sandbox", "create_sandbox"]

"""How platforms treat what is published: how long they take, what they reject, how much they take.

Set by the control call `PUT /_publishing/{platform}`; each emulator reads what its platform has.
"""

import msgspec

from openchannels.sandbox.documents import Documents

KIND = "conduct"


class Conduct(msgspec.Struct, rename="camel", forbid_unknown_fields=True, omit_defaults=True):
    """The treatment of publications of one platform.

    `processing_seconds` from the call that publishes (or that ends an upload) until the outcome.
    `reject` is the platform's own code of the refusal that then comes, `reject_media` the same for
    files that are processed. `daily_cap` publications of an account are taken within 24 hours, None
    for the platform's own number. An app that is not `audited` is treated as the platform treats
    those. `review_seconds` is how long moderation takes after that.
    """

    processing_seconds: float = 0.0
    review_seconds: float = 0.0
    reject: str = ""
    reject_media: str = ""
    daily_cap: int | None = None
    audited: bool = True


class Conducts:
    """The conduct of each platform."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents

    def of(self, platform: str) -> Conduct:
        stored = self._documents.get(KIND, platform)
        return msgspec.convert(stored or {}, Conduct)

    def set(self, platform: str, conduct: Conduct) -> None:
        self._documents.put(KIND, platform, msgspec.to_builtins(conduct))

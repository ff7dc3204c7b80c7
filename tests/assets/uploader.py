"""A client of the service that uploads, as tests drive it."""

from dataclasses import dataclass
from typing import Any

import httpx2

from tests.harness.service import Service

ASSETS = "/api/assets"


@dataclass
class Uploader:
    """One workspace, and a client without a key that sends and reads files."""

    api: httpx2.Client
    web: httpx2.Client

    @classmethod
    def of(cls, service: Service, user: str = "acme") -> "Uploader":
        return cls(service.client_of(user), service.client())

    def ask(self, method: str, path: str = "", **options: Any) -> Any:
        """The envelope of an operation."""
        answer = self.api.request(method, f"{ASSETS}{path}", **options)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def sign(self, size: int | None = None, filename: str = "a.bin", **body: Any) -> Any:
        """`data` of a signed upload."""
        sent = {"filename": filename, **({} if size is None else {"size": size}), **body}
        answer = self.ask("POST", "/uploadSign", json=sent)
        assert answer["code"] == 0, answer
        return answer["data"]

    def put(self, signed: Any, content: Any, **headers: str) -> httpx2.Response:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.web.put(signed["uploadUrl"], content=content, headers=sent)

    def state(self, signed: Any, total: str = "*") -> tuple[int, str | None]:
        """Status and Range of a question how much is there."""
        answer = self.put(signed, b"", content_range=f"bytes */{total}")
        return answer.status_code, answer.headers.get("range")

    def confirm(self, signed: Any) -> Any:
        """The envelope of the confirmation."""
        return self.ask("POST", f"/{signed['id']}/confirm")

    def upload(self, content: bytes, **body: Any) -> Any:
        """The confirmed asset of a file."""
        signed = self.sign(len(content), **body)
        answer = self.put(signed, content)
        assert answer.status_code == 200, answer.text
        confirmed = self.confirm(signed)
        assert confirmed["code"] == 0, confirmed
        return confirmed["data"]

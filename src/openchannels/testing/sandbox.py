"""The sandbox's controls, for tests: what people have, what fails, and what was called."""

import re
from types import TracebackType
from typing import Any, Self

from openchannels.testing.web import local_client


class SandboxControls:
    """A client of the sandbox at `url`. Every method raises ValueError for what it refuses."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._http = local_client(base_url=url)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._http.close()

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """Makes any call of the control API; returns its answer."""
        answer = self._http.request(method, path, json=body)
        content = answer.json()
        if answer.is_error:
            raise ValueError(content["error"])
        return content

    def calls(self) -> dict[str, int]:
        """Returns how often this test called each platform address, by `METHOD host/path`."""
        counted: dict[str, int] = self.call("GET", "/_calls")["calls"]
        return counted

    def world(self, platform: str, person: str) -> dict[str, Any]:
        """Returns what a person has on a platform; of a plug-in platform also a live cookie."""
        found: dict[str, Any] = self.call("GET", f"/_world/{platform}/{person}")
        return found

    def publish(self, platform: str, person: str, count: int = 1) -> list[str]:
        """Publishes works of a person; returns their ids."""
        path = f"/_world/{platform}/{person}/works"
        added: list[str] = self.call("POST", path, {"add": count})["added"]
        return added

    def revoke(self, platform: str, person: str) -> None:
        """Ends all grants and logins of a person on a platform, as the person can do there."""
        self.call("POST", "/_grants/revoke", {"platform": platform, "person": person})


class PlatformFaults:
    """Lets platforms fail until the end of the test."""

    def __init__(self, sandbox: SandboxControls) -> None:
        self._sandbox = sandbox
        self.were_set = False
        """True once the test has set a fault."""

    def add(self, platform: str, kind: str, **fields: Any) -> None:
        """Lets a platform fail: all its answers, or those that `fields` choose.

        Kinds and fields are those of the sandbox's faults, in snake_case: `times=2`,
        `path="/youtube/v3/playlistItems"`, `latency_ms=500`. Raises ValueError for unknown ones.
        """
        self.were_set = True
        rule = {re.sub(r"_(\w)", lambda m: m[1].upper(), name): v for name, v in fields.items()}
        self._sandbox.call("POST", "/_faults", {"platform": platform, "kind": kind, **rule})

    def clear(self) -> None:
        """Lets all platforms answer again. The service may wait before it calls one again."""
        self._sandbox.call("DELETE", "/_faults")

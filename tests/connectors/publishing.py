"""A publication as a publisher is given it, without a service around it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from openchannels.connectors.registry import Connector, Fetched, Job, PublishedWork, Publisher
from openchannels.core.accounts import Account
from openchannels.core.credentials import Tokens
from openchannels.core.publications import Content, Medium, MediumKind
from openchannels.transport.client import Call, Send
from tests.connectors.support import NOW, client_for

MIB = 1024 * 1024


@dataclass
class FakeFile:
    """A file of zeros; what of it is read is noted as offset and length."""

    kind: MediumKind = MediumKind.VIDEO
    mime_type: str = "video/mp4"
    size: int = 10
    filename: str = "file"
    width: int | None = 1920
    height: int | None = 1080
    duration: float | None = 12.0
    reads: list[tuple[int, int]] = field(default_factory=list)

    async def read(self, start: int, length: int) -> bytes:
        self.reads.append((start, min(length, self.size - start)))
        return bytes(self.reads[-1][1])

    async def public_url(self) -> str:
        return f"https://oc.example/pull/{self.filename}"

    async def fetched(self) -> Fetched:
        return Fetched()

    async def withdraw(self) -> None:
        return None


@dataclass
class FakeProgress:
    """What is kept, and how often."""

    state: Mapping[str, Any] = field(default_factory=dict)
    keys: list[str] = field(default_factory=list)

    async def keep(self, **changes: Any) -> None:
        merged = {**self.state, **changes}
        self.state = {name: value for name, value in merged.items() if value is not None}

    async def add_key(self, key: str) -> None:
        self.keys.append(key)


def image(mime_type: str = "image/jpeg", **more: Any) -> FakeFile:
    return FakeFile(
        **{"kind": MediumKind.IMAGE, "mime_type": mime_type, "duration": None, "size": 5, **more}
    )


def job_of(
    *media: FakeFile,
    title: str = "",
    body: str = "",
    cover: FakeFile | None = None,
    option: Mapping[str, Any] | None = None,
    state: Mapping[str, Any] | None = None,
    **more: Any,
) -> Job:
    """One attempt at a publication, made now."""
    listed = tuple(Medium(f"https://files.example/{n}", one.kind) for n, one in enumerate(media))
    shown = None if cover is None else Medium("https://files.example/cover", MediumKind.IMAGE)
    return Job(
        **{
            "id": "65a1b2c3d4e5f60718293a4b",
            "attempt": 1,
            "content": Content(title, body, listed, shown),
            "option": option or {},
            "media": media,
            "cover": cover,
            "progress": FakeProgress(dict(state or {})),
            "now": NOW,
            **more,
        }
    )


@dataclass
class Desk:
    """A publisher with an account of its platform, and the calls that it makes."""

    connector: Connector
    account: Account
    tokens: Tokens
    send: Send
    options: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.client = client_for(self.connector, self.send, **self.options)

    @property
    def publisher(self) -> Publisher:
        assert self.connector.publisher is not None
        return self.connector.publisher

    async def prepare(self, job: Job) -> Any:
        return await self.publisher.prepare(self.client, self.account, self.tokens, job)

    async def commit(self, job: Job) -> Any:
        return await self.publisher.commit(self.client, self.account, self.tokens, job)

    async def publish(self, job: Job) -> Any:
        await self.prepare(job)
        return await self.commit(job)

    async def settle(self, job: Job, seconds: float = 5.0) -> Any:
        late = replace(job, committed_at=NOW, now=NOW + seconds)
        return await self.publisher.settle(self.client, self.account, self.tokens, late)

    async def poll(self, job: Job) -> Any:
        return await self.publisher.poll(self.client, self.account, self.tokens, job)

    async def held(self, job: Job) -> Any:
        return await self.publisher.held(self.client, self.account, self.tokens, job)

    async def verify(self, job: Job, work_id: str) -> Any:
        return await self.publisher.verify(self.client, self.account, self.tokens, job, work_id)

    async def update(self, job: Job, work_id: str) -> Any:
        work = PublishedWork(work_id, None, job.option, job.state)
        return await self.publisher.update(self.client, self.account, self.tokens, work, job)

    async def remove(self, work_id: str, state: Mapping[str, Any] | None = None) -> None:
        work = PublishedWork(work_id, None, {}, state or {})
        await self.publisher.remove(self.client, self.account, self.tokens, work)


def methods(calls: Sequence[Call]) -> list[str]:
    """Calls as method and end of the path, in their order."""
    return [f"{one.method} {one.url.split('?')[0].rsplit('/', 1)[1]}" for one in calls]

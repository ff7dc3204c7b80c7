"""Containers of Instagram and Threads: works that are prepared, and visible once published.

A container pulls its files, or waits for their bytes, and is unusable after a day.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from openchannels.sandbox.dataset import Creator
from openchannels.sandbox.emulator import Context
from openchannels.sandbox.ids import digits
from openchannels.sandbox.media_fetcher import FetchedFile

DAY = 86_400
IN_PROGRESS, FINISHED, PUBLISHED = "IN_PROGRESS", "FINISHED", "PUBLISHED"
ERROR, EXPIRED = "ERROR", "EXPIRED"


@dataclass(frozen=True, slots=True)
class Container:
    """A container as it is kept; times are Unix seconds.

    `files` are the addresses it pulls, with what each must be; `awaits` the bytes that are still
    to be uploaded, None before their number is known.
    """

    id: str
    owner: str
    created: float
    post: dict[str, Any]
    files: dict[str, str]
    awaits: int | None = 0
    uploaded: int = 0
    ready: float = 0.0
    outcome: str = ""
    problem: str = ""
    media: str = ""
    published: float = 0.0

    def state(self, now: float) -> str:
        """What has become of it, unless that is open."""
        if self.media:
            return PUBLISHED
        if now - self.created >= DAY:
            return EXPIRED
        return self.outcome or IN_PROGRESS


class Containers:
    """The containers of one platform; `problem_of` says what is wrong with a file."""

    def __init__(
        self, context: Context, platform: str, problem_of: Callable[[str, FetchedFile], str]
    ) -> None:
        self._documents = context.documents
        self._media = context.media
        self._conducts = context.conducts
        self._platform = platform
        self._problem_of = problem_of

    @property
    def _kind(self) -> str:
        return f"{self._platform} container"

    def add(
        self,
        owner: Creator,
        post: Mapping[str, Any],
        files: Mapping[str, str],
        now: float,
        awaits: int | None = 0,
    ) -> Container:
        """A new container, which begins to pull its files."""
        number = len(self._documents.of_owner(self._kind, owner.key))
        identifier = "178" + digits(14, self._kind, owner.key, number)
        for address in files:
            self._media.forget(address)
            self._media.begin(address)
        made = Container(identifier, owner.key, now, dict(post), dict(files), awaits, ready=now)
        return self.keep(made)

    def keep(self, container: Container) -> Container:
        """Keep a container, in the place of its older self."""
        self._documents.put(self._kind, container.id, asdict(container), container.owner)
        return container

    def find(self, owner: Creator, identifier: str, now: float) -> Container | None:
        """The owner's container as it is by now, or None."""
        content = self._documents.get(self._kind, identifier)
        if content is None or content["owner"] != owner.key:
            return None
        return self._advanced(Container(**content), now)

    def of_owner(self, owner: Creator, since: float) -> Sequence[Container]:
        """The owner's containers that were created or published since a moment."""
        found = self._documents.of_owner(self._kind, owner.key).values()
        made = [Container(**content) for content in found]
        return [one for one in made if max(one.created, one.published) > since]

    def _advanced(self, container: Container, now: float) -> Container:
        if container.state(now) != IN_PROGRESS or container.awaits != 0:
            return container
        conduct = self._conducts.of(self._platform)
        if now < container.ready + conduct.processing_seconds:
            return container
        problem = conduct.reject_media if container.post["media_type"] in ("IMAGE", "VIDEO") else ""
        for address, wanted in container.files.items():
            found = self._media.result(address)
            if found is None:
                return container
            problem = problem or self._problem_of(wanted, found)
        return self.keep(
            replace(container, outcome=ERROR if problem else FINISHED, problem=problem)
        )

    def upload(self, container: Container, total: int, received: int, now: float) -> Container:
        """Count bytes of a file of `total` bytes."""
        uploaded = container.uploaded + received
        left = total - uploaded
        return self.keep(replace(container, awaits=left, uploaded=uploaded, ready=now))

    def pull(self, container: Container, address: str, now: float) -> Container:
        """Pull a video instead of waiting for its bytes."""
        self._media.forget(address)
        self._media.begin(address)
        return self.keep(replace(container, files={address: "video"}, awaits=0, ready=now))

    def publish(self, container: Container, media: str, now: float) -> None:
        """Note what a container was published as."""
        self.keep(replace(container, media=media, published=now))

"""Paginators: lists by cursor and lists by page number, declared for each list."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from openchannels.connectors.base.mapping import WorkMap
from openchannels.connectors.base.parse import count, rows, text
from openchannels.connectors.base.paths import clean_value_at, parse_paths, value_at
from openchannels.connectors.base.shapes import rows_at
from openchannels.core.accounts import Account
from openchannels.core.paging import CursorRequest, Direction, NumberRequest, PageRequest, WorksPage
from openchannels.transport.platform_client import PlatformClient

Item = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ItemsPage:
    """A page of raw items with an id, and the whole answer.

    Lists by cursor set `next` and `previous`, lists by number `has_next` and `total`.
    """

    answer: Any
    items: list[Item]
    next: str | None = None
    previous: str | None = None
    has_next: bool = False
    total: int | None = None

    def works(self, work_map: WorkMap, account: Account) -> WorksPage:
        """Returns the page with its items mapped to works."""
        return WorksPage(
            items=work_map.read_all(self.items, account),
            next=self.next,
            previous=self.previous,
            has_next=self.has_next,
            total=self.total,
        )


HasNext = Callable[[Any, list[Item], NumberRequest], bool]
"""Whether a page follows, by the answer, its items and the request."""
CursorParams = Callable[[CursorRequest], Mapping[str, Any]]
Position = str | Callable[[Any, list[Item], CursorRequest], str | None]
"""Path of another page's token, or a function of answer, items and request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListCall:
    """One list call: the path of its items, and of an item's id.

    `empty` tells whether an answer without the list means no items, by a function of the answer;
    otherwise the answer is malformed.
    """

    url: str = ""
    items: str
    id: str = "id"
    in_body: bool = False
    """Whether the paging parameters are posted in a JSON body instead of the query."""
    empty: Callable[[Any], bool] | None = None

    async def _fetch(
        self,
        client: PlatformClient,
        paging: Mapping[str, Any],
        *,
        url: str | None,
        operation: str,
        params: Mapping[str, Any] | None,
        body: Mapping[str, Any] | None,
        **parts: Any,
    ) -> tuple[Any, list[Item]]:
        parts = {"operation": operation, "params": {**(params or {})}, **parts}
        if self.in_body:
            sent = {name: value for name, value in paging.items() if value is not None}
            parts = {"idempotent": True, "json_body": {**sent, **(body or {})}, **parts}
        else:
            parts["params"].update(paging)
        method = "POST" if self.in_body else "GET"
        answer = await client.call(method, url or self.url, **parts)
        return answer, self._items(client, answer, operation)

    def _items(self, client: PlatformClient, answer: Any, operation: str) -> list[Item]:
        """Returns the items of an answer that have an id, without duplicates.

        Raises PlatformFailure: MALFORMED if the list is of another type.
        """
        optional = self.empty is not None and self.empty(answer)
        by_id: dict[str, Item] = {}
        paths = parse_paths(self.id)
        for item in rows_at(client, operation, answer, self.items, optional=optional):
            item_id = clean_value_at(item, paths, text)
            if item_id is not None:
                by_id.setdefault(item_id, item)
        return list(by_id.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class CursorList(ListCall):
    """A list paged by the platform's token.

    `size` and `cursor` name the parameters; `paging`, a function of the request, replaces them.
    """

    size: str = ""
    cursor: str = ""
    paging: CursorParams | None = None
    next: Position
    previous: Position | None = None

    async def page(
        self,
        client: PlatformClient,
        request: PageRequest,
        *,
        url: str | None = None,
        operation: str = "works.list",
        params: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | None = None,
        **parts: Any,
    ) -> ItemsPage:
        """Fetches one page in one call. Raises PlatformFailure.

        `url` is for lists whose address depends on the account; `params` and `body` are sent
        together with the paging parameters.
        """
        assert isinstance(request, CursorRequest)
        paging = self.paging(request) if self.paging else self._paging(request)
        parts |= {"url": url, "operation": operation, "params": params, "body": body}
        answer, items = await self._fetch(client, paging, **parts)
        return ItemsPage(
            answer,
            items,
            next=self._position("next", self.next, answer, items, request),
            previous=self._position("previous", self.previous, answer, items, request),
        )

    def _paging(self, request: CursorRequest) -> dict[str, Any]:
        return {self.size: request.limit, self.cursor: request.position}

    @staticmethod
    def _position(
        direction: Direction,
        position: Position | None,
        answer: Any,
        items: list[Item],
        request: CursorRequest,
    ) -> str | None:
        """Returns the token of the page in a direction; None if it repeats the current page's.

        Against the direction of the request it may repeat: a token that names a point between
        two items starts the pages on both sides.
        """
        if position is None:
            return None
        if callable(position):
            token = position(answer, items, request)
        else:
            token = text(value_at(answer, position))
        stays = direction == request.direction and token == request.position
        return None if stays else token


def by_total_or_full_page(total: str, items: str) -> HasNext:
    """Returns a `has_next` for lists whose answers may lack the total: then a full page has one.

    `total` and `items` are paths.
    """

    def has_next(answer: Any, _items: list[Item], page: NumberRequest) -> bool:
        counted = count(value_at(answer, total))
        if counted is not None:
            return page.page * page.size < counted
        return len(rows(value_at(answer, items))) >= page.size

    return has_next


@dataclass(frozen=True, slots=True, kw_only=True)
class PageList(ListCall):
    """A list paged by number, from 1, or by offset.

    Without `has_next`, the total decides whether a page follows; an answer without a total is
    malformed.
    """

    size: str
    number: str
    by_offset: bool = False
    """Whether the parameter is the number of items before the page, from 0."""
    total: str | None = None
    has_next: HasNext | None = None

    async def page(
        self,
        client: PlatformClient,
        request: PageRequest,
        *,
        url: str | None = None,
        operation: str = "works.list",
        params: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | None = None,
        **parts: Any,
    ) -> ItemsPage:
        """Fetches one page in one call. Raises PlatformFailure.

        `url` is for lists whose address depends on the account; `params` and `body` are sent
        together with the paging parameters.
        """
        assert isinstance(request, NumberRequest)
        answer, items = await self._fetch(
            client,
            self._paging(request),
            url=url,
            operation=operation,
            params=params,
            body=body,
            **parts,
        )
        total = count(value_at(answer, self.total)) if self.total else None
        if self.has_next is not None:
            has_next = self.has_next(answer, items, request)
        elif total is not None:
            has_next = request.page * request.size < total
        else:
            raise client.malformed(operation)
        return ItemsPage(answer, items, has_next=has_next, total=total)

    def _paging(self, request: NumberRequest) -> dict[str, Any]:
        before = (request.page - 1) * request.size
        return {self.size: request.size, self.number: before if self.by_offset else request.page}

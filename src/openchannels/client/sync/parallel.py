"""Iterates over the works of many accounts at once, with threads."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from types import TracebackType
from typing import Self

from openchannels.client.errors import ClientError
from openchannels.client.models import Account, Work, WorksPage
from openchannels.client.works_of_accounts import AccountWorks, ManyPositions
from openchannels.client.works_position import WorksFilter, WorksPosition

ListAccounts = Callable[[], Iterable[Account]]
ReadPage = Callable[[Account, WorksPosition], WorksPage]


class AllWorks(Iterator[tuple[Account, Work]]):
    """Yields works with their account: those of one account in its order, mixed with others'.

    After an error the account is left out, and the error is in `failures`. Raises ApiError and
    ConnectionFailed only where the accounts themselves cannot be listed.
    Whoever stops before the end calls `close`, or uses `with`.
    """

    def __init__(
        self,
        list_accounts: ListAccounts,
        read: ReadPage,
        wanted: WorksFilter,
        in_flight: int,
        position: str | None,
    ) -> None:
        if in_flight < 1:
            raise ValueError("in_flight must be 1 or more")
        self._list_accounts = list_accounts
        self._read = read
        self._in_flight = in_flight
        self._accounts = ManyPositions(wanted, position)
        self._listed = False
        self._threads = ThreadPoolExecutor(in_flight, "openchannels-works")
        self._reading: dict[Future[WorksPage], AccountWorks] = {}
        self._page: Iterator[tuple[Account, Work]] = iter(())

    @property
    def position(self) -> str:
        """Where the works that were given end, as a text to be kept."""
        return str(self._accounts)

    @property
    def failures(self) -> Mapping[str, ClientError]:
        """Accounts that could not be listed to their end, by id, and why.

        An iterator that continues at `position` tries them again.
        """
        return self._accounts.failures

    def __next__(self) -> tuple[Account, Work]:
        if not self._listed:
            self._accounts.add(self._list_accounts())
            self._listed = True
        while True:
            for found in self._page:
                return found
            self._start()
            if not self._reading:
                self.close()
                raise StopIteration
            self._next_page()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stops reading when the requests in flight are answered; `position` stays."""
        self._reading.clear()
        self._threads.shutdown(cancel_futures=True)

    def _start(self) -> None:
        """Asks for pages of as many accounts as may be asked at once."""
        while len(self._reading) < self._in_flight and (of := self._accounts.next()):
            reading = self._threads.submit(self._read, of.account, of.position)
            self._reading[reading] = of

    def _next_page(self) -> None:
        done, _ = wait(self._reading, return_when=FIRST_COMPLETED)
        finished = done.pop()
        of = self._reading.pop(finished)
        try:
            page = finished.result()
        except ClientError as error:
            self._accounts.fail(of, error)
            return
        self._page = self._accounts.take(of, page)
        # Others are read while this page is used.
        self._start()

"""Connects an account and lists its works with a generated package, which it finds beside it.

Run with the generator's Python: `python founding_operations.py FOLDER URL KEY`. Prints one line of
JSON.
"""

import importlib
import json
import pkgutil
import sys
import time
import typing
import urllib.request
from http.cookiejar import CookieJar
from types import ModuleType
from typing import Any

sys.path.insert(0, sys.argv[1])
generated = importlib.import_module("generated")
SECONDS = 60


def operation(name: str) -> ModuleType:
    """Returns the module of an operation, whatever folder its tag gave it."""
    for found in pkgutil.walk_packages(generated.__path__, "generated."):
        if found.name.endswith(f".{name}"):
            return importlib.import_module(found.name)
    raise LookupError(name)


def data_of(answer: Any) -> Any:
    assert answer.code == 0, answer
    return answer.data


def approve(url: str) -> None:
    cookies = urllib.request.HTTPCookieProcessor(CookieJar())
    browser = urllib.request.build_opener(urllib.request.ProxyHandler({}), cookies)
    browser.open(f"{url}&sandbox_person=ida&sandbox_decision=approve", timeout=SECONDS).read()


def connect(client: Any) -> str:
    """Returns the id of a new account."""
    started = data_of(operation("auth_controller_start_auth_v_2").sync("youtube", client=client))
    approve(started.url)
    poll = operation("auth_controller_get_auth_status_v_2")
    until = time.monotonic() + SECONDS
    while (session := data_of(poll.sync("youtube", started.session_id, client=client))).status != (
        "completed"
    ):
        assert time.monotonic() < until, session
        time.sleep(0.1)
    return str(session.account_ids[0])


def create(client: Any) -> str:
    """Returns the id of an account of a platform that a browser plug-in connects."""
    module = operation("accounts_controller_create_v_2")
    shape = typing.get_type_hints(module.sync)["body"]
    body = shape.from_dict({"type": "xhs", "uid": "5f3c00000000000001008a2d", "nickname": "骑行志"})
    made = data_of(module.sync(client=client, body=body))
    # The original's document does not say what an account is.
    return str(made["id"] if isinstance(made, dict) else made.id)


def all_works(client: Any, account: str) -> list[str]:
    """Returns the ids of all works, by the cursors of the pages; else of the first page.

    The original's document has `pagination` as one object. This generator sends an object in a
    query as Python writes it, `{'limit': 50}`, so its clients of that document cannot page.
    """
    list_page = operation("works_controller_list_works_v_2").sync
    pages = "cursor" in typing.get_type_hints(list_page)
    position: dict[str, Any] = {"limit": 50} if pages else {}
    ids: list[str] = []
    while True:
        page = data_of(list_page("youtube", client=client, account_id=account, **position))
        ids += [work.platform_work_id for work in page.items]
        if not (pages and page.pagination.has_next):
            return ids
        position["cursor"] = page.pagination.next_cursor


def main() -> None:
    url, key = sys.argv[2:]
    client = generated.AuthenticatedClient(
        base_url=url, token=key, prefix="", auth_header_name="X-Api-Key"
    )
    account = connect(client)
    check = operation("accounts_controller_auth_status_v_2").sync
    states = [int(data_of(check(one, client=client)).status) for one in (account, create(client))]
    works = all_works(client, account)
    print(
        json.dumps(
            {
                "account": account,
                "states": states,
                "works": len(works),
                "different": len(set(works)),
            }
        )
    )


main()

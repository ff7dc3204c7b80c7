"""The SDK knows every operation and every code, and both clients are one."""

import ast
import inspect
import re
import shutil
from itertools import islice
from pathlib import Path
from typing import Any

from openchannels.api.app import OPERATIONS as DECLARED
from openchannels.client import AsyncClient, Client, errors, operations
from openchannels.client.error_codes import BY_CODE, RETRYABLE
from openchannels.core.errors import CATALOGUE
from openchannels.core.exceptions import RetryLater
from tests.harness.service import Service
from tools import make_sync_client

FOLDER = Path(inspect.getfile(operations)).parent
ACTING_READS = {"AuthController_startAuth_v2"}
"""Starts a session: each GET of its address makes another."""
READING_POSTS = {
    "PublishFlowController_preflight_v2",
    "WorksController_verifyOwnership_v2",
}


def test_the_table_is_the_document(hosted: Service) -> None:
    document = hosted.client().get("/openapi.json").json()
    told = {
        operation["operationId"]: (method.upper(), re.sub(r"\{\w+\}", "{}", path))
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }
    assert {one.id: (one.method, one.path) for one in operations.OPERATIONS} == told
    assert len(operations.OPERATIONS) == len(told) == len(DECLARED)
    acting = {name for name, (method, _) in told.items() if method != "GET"}
    acts = {one.id for one in operations.OPERATIONS if one.acts}
    assert acts == acting - READING_POSTS | ACTING_READS


def used(folder: str) -> set[str]:
    """The names of operations that the methods of a client call."""
    return {
        node.attr
        for file in (FOLDER / folder).glob("*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Attribute) and getattr(node.value, "id", "") == "operations"
    }


def test_both_clients_have_a_method_for_each_operation() -> None:
    known = vars(operations).items()
    names = {name for name, value in known if isinstance(value, operations.Operation)}
    assert used("aio") == used("sync") == names


def surface(client: Any) -> dict[str, list[str]]:
    """The public methods and parameters of a client's parts."""
    found = {}
    for part, value in vars(client).items():
        if not part.startswith("_") and part != "url":
            for name, method in inspect.getmembers(value, callable):
                if not name.startswith("_"):
                    found[f"{part}.{name}"] = [*inspect.signature(method).parameters]
    return found


async def test_both_clients_have_the_same_methods() -> None:
    address = ("http://127.0.0.1:1", "oc_x")
    methods = surface(Client(*address))
    assert methods == surface(AsyncClient(*address))
    assert len(methods) > len(operations.OPERATIONS) - 10


def test_the_synchronous_client_is_written_from_the_asynchronous_one(tmp_path: Path) -> None:
    shutil.copytree(FOLDER / "aio", tmp_path / "aio")
    make_sync_client.main(tmp_path)
    made = {file.name: file.read_text() for file in (tmp_path / "sync").glob("*.py")}
    kept = {file.name: file.read_text() for file in (FOLDER / "sync").glob("*.py")}
    assert made == {n: text for n, text in kept.items() if n not in make_sync_client.BY_HAND}
    assert kept.keys() - made.keys() == make_sync_client.BY_HAND


def test_every_code_has_its_exception() -> None:
    assert not CATALOGUE.keys() - BY_CODE.keys()
    assert set(BY_CODE.values()) == set(errors.ApiError.__subclasses__())
    by_name = {"AuthenticationError": 401, "NotFound": 12600, "RateLimited": 15071}
    assert {name: BY_CODE[code].__name__ for name, code in by_name.items()} == {
        name: name for name in by_name
    }


def test_codes_that_pass_are_known() -> None:
    """Without `data.retryable` too, which only this service sends."""
    later = {code for code, entry in CATALOGUE.items() if issubclass(entry.raises, RetryLater)}
    assert later <= RETRYABLE
    platform = {code for code in RETRYABLE if BY_CODE[code] is not errors.ServiceError} - later
    assert platform == {15071, 15094}


def classes(base: type, depth: int = 0) -> list[tuple[int, str]]:
    below = [line for one in base.__subclasses__() for line in classes(one, depth + 1)]
    return [(depth, base.__name__), *below]


def test_the_tree_of_errors_is_the_classes() -> None:
    assert errors.__doc__ is not None
    drawn = [
        (len(line[: line.index(name)]) // 4, name)
        for line in errors.__doc__.splitlines()
        if (name := next(islice(re.findall(r"[A-Z]\w+", line), 1), "")) and name in vars(errors)
    ]
    assert drawn == classes(errors.ClientError)

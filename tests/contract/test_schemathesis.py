"""Generated requests against our own document, read by the rules of the envelope.

Everything is HTTP 200 here, so schemathesis' own verdicts, which go by status, say little; the
checks that matter read `code`. `CONTRACT_CASES` sets how many cases all stores get together.
"""

import contextlib
import json
import os
import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import jsonschema_rs
import pytest
import requests
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.openapi import from_dict
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from openchannels.api.bounds import MAX_BODY, MAX_QUERY
from openchannels.core.idempotency import HEADER
from openchannels.store.queries.publications import insert_one
from tests.assets.files import image
from tests.assets.uploader import Uploader
from tests.contract.conftest import FIVE, OAUTH, Workspace
from tests.harness.paths import GROUPS, WORKS
from tests.harness.publications import publication_row
from tests.harness.service import Service

CASES = int(os.environ.get("CONTRACT_CASES", "1200"))
STORES = 2
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
SUCCESS = ["data", "code", "message", "requestId"]
FAILURE = ["data", "code", "message", "timestamp", "requestId"]
WITHOUT_KEY = 0.1
REAL = 0.6
CHOOSING = 0.15
FIRST_PAGE = 0.6
OPTION_VALUES = 0.5
PUBLISHABLE = 0.5
"""Shares of cases sent without a key, with ids that exist, with a choice that is offered, without
the pagination whose many spellings rarely agree, and with content that a platform takes."""
PUBLISHING = ("/publish/flows", "/publish/preflight")

OPERATIONS = {
    # Operation: its share of the cases.
    "AccountsController_create_v2": 3,
    "AccountsController_authStatus_v2": 2,
    "AuthController_startAuth_v2": 3,
    "AuthController_getAuthStatus_v2": 2,
    "AuthController_select_v2": 3,
    "WorksController_listWorks_v2": 4,
    "PlatformsController_listPlatforms_v2": 1,
    "PlatformsController_listPublishOptions_v2": 1,
    "AccountsController_publishOptionValues_v2": 1,
    "AccountsController_createPublishOptionValue_v2": 1,
    "WorksController_getLinkInfo_v2": 2,
    "AccountsController_accountAnalytics_v2": 2,
    "WorksController_getDetail_v2": 2,
    "WorksController_getAnalytics_v2": 2,
    "WorksController_listHistory_v2": 2,
    "WorksController_verifyOwnership_v2": 1,
    "EngagementController_listComments_v2": 2,
    "EngagementController_createComment_v2": 1,
    "EngagementController_callFunction_v2": 1,
    "PlatformsController_availability_v2": 1,
    "PlatformsController_usage_v2": 1,
    "AuditController_list_v2": 1,
    "AccountsController_list_v2": 2,
    "AccountsController_getById_v2": 1,
    "AccountsController_deleteMany_v2": 1,
    "AccountsController_delete_v2": 1,
    "AccountsController_reconnect_v2": 1,
    "AccountsController_revoke_v2": 1,
    "AccountsController_update_v2": 1,
    "AccountGroupsController_list_v2": 1,
    "AccountGroupsController_create_v2": 1,
    "AccountGroupsController_update_v2": 1,
    "AccountGroupsController_sortAccounts_v2": 1,
    "AccountGroupsController_deleteMany_v2": 1,
    "AuthSessionsController_list_v2": 1,
    "AuthSessionsController_cancel_v2": 1,
    "WebhooksController_list_v2": 1,
    "WebhooksController_create_v2": 2,
    "WebhooksController_getById_v2": 1,
    "WebhooksController_change_v2": 1,
    "WebhooksController_delete_v2": 1,
    "WebhooksController_rotate_v2": 1,
    "WebhooksController_test_v2": 1,
    "WebhooksController_redeliver_v2": 1,
    "WebhooksController_deliveries_v2": 1,
    "WebhooksController_delivery_v2": 1,
    "EventsController_list_v2": 1,
    "AssetsHttpController_createUploadSign": 2,
    "AssetsHttpController_confirmUpload": 1,
    "AssetsController_list": 1,
    "AssetsController_getById": 1,
    "AssetsController_delete": 1,
    "PublishFlowController_createFlow_v2": 2,
    "PublishFlowController_preflight_v2": 2,
    "PublishFlowController_getFlow_v2": 1,
    "PublishTaskController_publishNow_v2": 1,
    "PublishTaskController_retryTask_v2": 1,
    "PublishTaskController_cancelTask_v2": 1,
    "PublishTaskController_updatePublishAt_v2": 1,
    "PublishTaskController_updatePublished_v2": 1,
    "PublishRecordController_listRecords_v2": 1,
    "PublishRecordController_listQueued_v2": 1,
    "PublishRecordController_listPublished_v2": 1,
    "PublishRecordController_getRecord_v2": 1,
    "PublishRecordController_getPublicRecord_v2": 1,
    "PublishRecordController_deleteRecord_v2": 1,
    "PublishRecordController_updateWorkLink_v2": 1,
    "PublishRecordController_getUserAction_v2": 1,
}
DESTRUCTIVE = {
    "AccountGroupsController_deleteMany_v2",
    "AccountsController_deleteMany_v2",
    "AccountsController_delete_v2",
    "AccountsController_revoke_v2",
    "AssetsController_delete",
    "AuthSessionsController_cancel_v2",
    "PublishRecordController_deleteRecord_v2",
    "PublishTaskController_cancelTask_v2",
    "WebhooksController_delete_v2",
}
"""These get no ids that exist: what they end the other operations still need."""

UNREACHABLE = DESTRUCTIVE | {
    "AccountsController_createPublishOptionValue_v2",
    "EngagementController_callFunction_v2",
    "PublishTaskController_publishNow_v2",
    "PublishTaskController_retryTask_v2",
    "PublishTaskController_updatePublishAt_v2",
    "PublishTaskController_updatePublished_v2",
    "PublishRecordController_updateWorkLink_v2",
    "PublishRecordController_getUserAction_v2",
}
"""No case gets as far as a success; making a board needs a scope that operators ask for,
changing a publication one in the one state that allows it, a function a comment."""

UNBREAKABLE = {
    "PlatformsController_listPlatforms_v2",
    "PublishRecordController_getPublicRecord_v2",
}
"""These take no key, and nothing but a text in their path: no request is against the document."""

FRAMING = {"content-length", "transfer-encoding", "connection", "expect", "upgrade", "host"}
"""Headers that say where a request ends: nonsense there is refused below the application."""

MODES = {GenerationMode.POSITIVE: 1, GenerationMode.NEGATIVE: 1}


@dataclass
class Ground:
    """A service to shoot at, and what has been seen there."""

    schema: Any
    session: requests.Session
    key: str
    accounts: dict[str, str]
    sessions: list[tuple[str, str]]
    offers: dict[str, list[dict[str, str]]]
    """By session, the accounts that wait there for a choice."""
    deliveries: list[tuple[str, str]]
    """Webhooks, each with one of its deliveries."""
    works: dict[str, str]
    """By platform, a work of its account."""
    board_account: str
    """An account whose platform makes values of a publish option."""
    group: str
    """The group of all accounts."""
    asset: str
    picture: str
    """The address of a file that platforms take."""
    publication: dict[str, Any]
    codes: Counter[int] = field(default_factory=Counter)


@pytest.fixture(scope="module")
def ground(workspace: Workspace) -> Ground:
    service = workspace.service
    document = service.client().get("/openapi.json").json()
    schema = from_dict(document)
    schema.config.update(base_url=service.url)
    sessions = [(p, done.session_id) for p, done in workspace.done.items()]
    sessions += [("youtube", workspace.denied.session_id)]
    open_choices = [service.connect("facebook", "mara", choose=0) for _ in range(5)]
    sessions += [("facebook", choice.session_id) for choice in open_choices]
    offers = {choice.session_id: choice.status["selectableAccounts"] for choice in open_choices}
    session = requests.Session()
    session.trust_env = False
    key, deliveries = service.key_of().key, [delivery(service) for _ in range(3)]
    return Ground(
        schema,
        session,
        key,
        workspace.accounts,
        sessions,
        offers,
        deliveries,
        works={platform: work(service, platform, workspace) for platform in OAUTH},
        board_account=service.account("pinterest"),
        group=service.client_of().get(GROUPS).json()["data"][0]["id"],
        asset=asset(service)["id"],
        picture=asset(service, 800)["url"],
        publication=publication(service, workspace.accounts["youtube"]),
    )


def work(service: Service, platform: str, workspace: Workspace) -> str:
    """The id of a listed work."""
    query = {"accountId": workspace.accounts[platform]}
    page = service.client_of().get(f"{WORKS}/{platform}", params=query).json()["data"]
    return str(page["items"][0]["platformWorkId"])


def asset(service: Service, side: int = 48) -> dict[str, str]:
    """A confirmed asset, which may be confirmed again: a square picture."""
    uploaded = Uploader.of(service).upload(image("PNG", side, side), filename="a.png")
    return {name: str(uploaded[name]) for name in ("id", "url")}


def publication(service: Service, account_id: str) -> dict[str, Any]:
    """A publication whose time is far away."""
    row = publication_row("acme", account_id, time.time() + 86_400)
    service.run(service.services.context.db.write(insert_one, row, []))
    return row


def delivery(service: Service) -> tuple[str, str]:
    """A new webhook that nobody listens at, and the delivery of an event from before it."""
    client, path = service.client_of(), "/api/v2/channels/webhooks"
    made = client.post(path, json={"url": "http://127.0.0.1:9/hook"}).json()["data"]
    own = f"{path}/{made['id']}"
    assert client.post(f"{own}/redeliver", json={"afterSequence": 0}).json()["code"] == 0
    return made["id"], client.get(f"{own}/deliveries").json()["data"]["list"][0]["id"]


def make_real(case: Case, ground: Ground, dice: random.Random) -> None:
    """Put ids that exist into a generated case, so that it reaches further than a 12600."""
    platform = dice.choice(FIVE)
    if "sessionId" in case.path_parameters:
        platform, case.path_parameters["sessionId"] = dice.choice(ground.sessions)
    ids = {
        "accountId": ground.accounts[platform],
        "groupId": ground.group,
        "platformWorkId": ground.works.get(platform, "1"),
        "id": ground.asset,
        "flowId": ground.publication["flow_id"],
        "recordId": ground.publication["id"],
        "taskId": ground.publication["id"],
    }
    case.path_parameters.update({k: ids[k] for k in ids.keys() & case.path_parameters.keys()})
    if "field" in case.path_parameters and dice.random() < OPTION_VALUES:
        case.path_parameters |= {"accountId": ground.board_account, "field": "boardId"}
        case.query = {}
        if case.method == "POST":
            case.body = {"name": f"Board {dice.randrange(10**9)}"}
    if isinstance(case.body, dict) and case.path.endswith("/accounts/rank"):
        case.body = {"list": [{"id": ground.accounts[platform], "rank": dice.randrange(100)}]}
    publishes = isinstance(case.body, dict) and case.path.endswith(PUBLISHING)
    if publishes and dice.random() < PUBLISHABLE:
        case.body = {**case.body, **publishable(ground)}
    if "webhookId" in case.path_parameters:
        webhook, its = dice.choice(ground.deliveries)
        ids = {"webhookId": webhook, "deliveryId": its}
        case.path_parameters.update({k: ids[k] for k in ids.keys() & case.path_parameters.keys()})
    if "platform" in case.path_parameters and dice.random() < 0.9:
        case.path_parameters["platform"] = platform
    if "works" in case.path and dice.random() < 0.9:
        query = {**(case.query or {}), "accountId": ground.accounts[platform]}
        kept = ("accountId", "since", "until") if dice.random() < FIRST_PAGE else query
        case.query = {name: value for name, value in query.items() if name in kept}
    if "engagement" in case.path and dice.random() < 0.9:
        _of_a_work(case, ground)
    if isinstance(case.body, dict) and "candidateAccountId" in case.body:
        case.body = {**case.body, "candidateAccountId": ground.accounts[platform]}
    if isinstance(case.body, dict) and "sessionId" in case.body:
        session = dice.choice(list(ground.offers))
        case.body = {**case.body, "sessionId": session}
        if dice.random() < CHOOSING:
            uid = dice.choice(ground.offers[session])["platformUid"]
            case.body["accounts"] = [{"platformUid": uid}]
    if isinstance(case.body, dict) and dice.random() < 0.5 and "type" in case.body:
        case.body = {**case.body, "type": dice.choice(["xhs", "wxSph"])}


def _of_a_work(case: Case, ground: Ground) -> None:
    """Lets a case be about the comments on a work, its first page if it lists them."""
    target = {"platform": "youtube", "platformWorkId": ground.works["youtube"]}
    case.query = {"accountId": ground.accounts["youtube"]}
    if case.method == "GET":
        case.query |= target
    elif isinstance(case.body, dict) and case.path.endswith("/comments"):
        case.body = {**case.body, **target}
        case.body.pop("parentCommentId", None)


def publishable(ground: Ground) -> dict[str, Any]:
    """What makes a flow one that its platform takes; time and ids stay as they were generated."""
    item = {"platform": "pinterest", "accountId": ground.board_account}
    return {
        "content": {"title": "Rye", "media": [{"url": ground.picture}]},
        "items": [{**item, "option": {"boardId": "1"}}],
    }


def broken(case: Case, sent: requests.PreparedRequest, document: dict[str, Any]) -> str | None:
    """Why the request, as it went out, goes against the document; None where it may be sound.

    Read from the bytes on the line: what is generated as a number may leave as a good text.
    """
    operation = case.operation.definition.raw
    body = operation.get("requestBody")
    if body is not None:
        schema = {
            **body["content"]["application/json"]["schema"],
            "components": document["components"],
        }
        raw = sent.body or b""
        try:
            value = json.loads(raw)
        except (ValueError, RecursionError, UnicodeDecodeError):
            return "no JSON"
        if not jsonschema_rs.Draft202012Validator(schema).is_valid(value):
            return "body"
    query: dict[str, list[str]] = {}
    for name, value in parse_qsl(
        urlsplit(str(sent.url)).query, keep_blank_values=True, errors="replace"
    ):
        query.setdefault(name, []).append(value)
    for parameter in operation["parameters"]:
        if parameter["name"] == HEADER and not _fits(parameter["schema"], _key(sent)):
            return HEADER
        if parameter["in"] != "query" or parameter["name"] == "pagination":
            continue
        if parameter["schema"].get("type") == "array":
            # One value, several, or brackets: which of them are lists the API's own tests say.
            continue
        values = query.get(parameter["name"], [])
        if parameter["required"] and not values:
            return f"{parameter['name']} is missing"
        if len(values) > 1:
            return f"{parameter['name']} is repeated"
        if values == [""] and not parameter["required"]:
            # An empty value counts as none.
            continue
        shape = {k: v for k, v in parameter["schema"].items() if k != "format"}
        if values and not _fits({**shape, "components": document["components"]}, values[0]):
            return str(parameter["name"])
    return None


def _key(sent: requests.PreparedRequest) -> str:
    """The idempotency key of a request as it arrives; one that is sound for a request without."""
    key = sent.headers.get(HEADER, "none")
    return (key if isinstance(key, str) else key.decode("latin-1")).strip(" \t")


def _fits(shape: dict[str, Any], text: str) -> bool:
    """Whether a text, or the number or boolean that it spells, is what the schema wants."""
    readings: list[Any] = [text]
    with contextlib.suppress(ValueError):
        readings.append(json.loads(text))
    validator = jsonschema_rs.Draft202012Validator(shape)
    return any(validator.is_valid(reading) for reading in readings)


def read(case: Case, answer: Any, ground: Ground, *, with_key: bool) -> None:
    """The envelope's own rules."""
    if answer.status_code == 414:
        # One item too many for a list may be too much for an address.
        assert len(str(answer.request.url).partition("?")[2]) > MAX_QUERY
        return
    if answer.status_code == 413:
        # A hundred files with long addresses may be too much for a body.
        assert len(answer.request.body or b"") > MAX_BODY
        return
    assert answer.status_code == 200, answer.status_code
    body = answer.json()
    code = body["code"]
    ground.codes[code] += 1
    content = case.operation.definition.raw["responses"]["200"]["content"]["application/json"]
    name = content["schema"]["anyOf"][1]["$ref"].rpartition("/")[2]
    failure = ground.schema.raw_schema["components"]["schemas"][name]
    assert code != 500, "a server error"
    assert list(body) == (SUCCESS if code == 0 else FAILURE)
    assert code == 0 or code in failure["properties"]["code"]["enum"], f"{code} is not documented"
    assert code == 0 or isinstance(body["data"], dict)
    assert answer.headers["x-request-id"] == [body["requestId"]]
    if not with_key and case.operation.definition.raw["security"]:
        assert code == 401, "answered without a key"
        return
    assert code != 401, "a good key was refused"
    if code == 0:
        fault = broken(case, answer.request, ground.schema.raw_schema)
        assert fault is None, f"accepted although it goes against the document: {fault}"


def shoot(case: Case, ground: Ground, seed: int) -> None:
    dice = random.Random(seed)
    if dice.random() < REAL and case.operation.definition.raw["operationId"] not in DESTRUCTIVE:
        make_real(case, ground, dice)
    with_key = dice.random() >= WITHOUT_KEY
    for name in [name for name in case.headers if name.lower() in FRAMING]:
        del case.headers[name]
    case.headers.pop("X-Api-Key", None)
    ground.session.auth = with_the_key(ground.key) if with_key else None
    answer = case.call(session=ground.session)
    case.validate_response(answer, checks=CHECKS)
    assert with_key == (answer.request.headers.get("X-Api-Key") == ground.key)
    read(case, answer, ground, with_key=with_key)


def with_the_key(key: str) -> Callable[[requests.PreparedRequest], requests.PreparedRequest]:
    """Put in last of all: a negative case may take the header out again."""

    def put(request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["X-Api-Key"] = key
        return request

    return put


def share(operation: str, mode: GenerationMode) -> int:
    total = sum(OPERATIONS.values()) * sum(MODES.values()) * STORES
    return -(-CASES * OPERATIONS[operation] * MODES[mode] // total)


CASES_OF = [
    pytest.param(operation, mode, id=f"{operation}-{mode.value}")
    for operation in OPERATIONS
    for mode in MODES
    if mode is GenerationMode.POSITIVE or operation not in UNBREAKABLE
]


@pytest.mark.parametrize(("operation", "mode"), CASES_OF)
def test_generated(
    ground: Ground,
    operation: str,
    mode: GenerationMode,
    record_property: Any,
) -> None:
    found = ground.schema.find_operation_by_id(operation)
    run, before = 0, ground.codes.copy()

    @settings(
        max_examples=share(operation, mode),
        deadline=None,
        database=None,
        derandomize="CONTRACT_SEED" not in os.environ,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=found.as_strategy(generation_mode=mode), seed=st.integers(0, 2**32))
    def generated(case: Case, seed: int) -> None:
        nonlocal run
        run += 1
        shoot(case, ground, seed)

    generated()
    record_property("contract_cases", run)
    record_property("contract_codes", {str(code): n for code, n in (ground.codes - before).items()})
    if mode is GenerationMode.POSITIVE and run > 20 and operation not in UNREACHABLE:
        assert (ground.codes - before)[0] > 0, "no case got as far as a success"


def test_every_operation_is_shot_at(ground: Ground) -> None:
    ids = {
        operation["operationId"]
        for methods in ground.schema.raw_schema["paths"].values()
        for operation in methods.values()
    }
    assert ids == set(OPERATIONS)

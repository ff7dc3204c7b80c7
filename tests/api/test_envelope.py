"""What every answer under `/api` has in common, and what is refused unread."""

import json
import re
import time
from typing import Any

import httpx2
import pytest

from tests.api.raw import exchange
from tests.harness.paths import ACCOUNTS, AUTH, WORKS
from tests.harness.service import Service

MIB = 1024 * 1024
SUCCESS = ["data", "code", "message", "requestId"]
FAILURE = ["data", "code", "message", "timestamp", "requestId"]
CHINESE = {"Accept-Language": "zh-CN,zh;q=0.9"}


@pytest.fixture
def client(shared_service: Service) -> httpx2.Client:
    return shared_service.client_of()


def assert_failed(answer: httpx2.Response, code: int, status: int = 200) -> dict[str, Any]:
    body: dict[str, Any] = answer.json()
    assert (answer.status_code, body["code"]) == (status, code), answer.text
    assert list(body) == FAILURE
    assert isinstance(body["data"], dict)
    assert abs(body["timestamp"] - time.time() * 1000) < 600_000
    return body


def test_success(client: httpx2.Client) -> None:
    answer = client.get(f"{AUTH}/youtube", headers=CHINESE)
    body = answer.json()
    assert answer.status_code == 200
    assert list(body) == SUCCESS
    assert (body["code"], body["message"]) == (0, "请求成功")
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    assert client.get(f"{AUTH}/youtube").json()["message"] == "请求成功"


@pytest.mark.parametrize(
    ("language", "message"),
    [
        ({}, "Account not found"),
        (CHINESE, "账号未找到"),
        ({"Accept-Language": "fr"}, "Account not found"),
    ],
)
def test_failure(client: httpx2.Client, language: dict[str, str], message: str) -> None:
    body = assert_failed(client.get(f"{ACCOUNTS}/nobody/auth-status", headers=language), 12600)
    assert body["message"] == message
    assert body["data"] == {}


def test_unauthorized_in_every_language(shared_service: Service) -> None:
    body = assert_failed(shared_service.client().get(f"{AUTH}/youtube", headers=CHINESE), 401)
    assert (body["message"], body["data"]) == ("Unauthorized", {})


# Request ids

GOOD_IDS = ["a", "4f1c9a2e-7b60-4d1f-8a3c-5e9b", "!~{}\"'<>&", "x" * 128, "0"]
BAD_IDS = ["", "x" * 129, "a b", "a\tb", " ", "é"]


@pytest.mark.parametrize("sent", GOOD_IDS)
@pytest.mark.parametrize("path", [f"{AUTH}/youtube", f"{ACCOUNTS}/x/auth-status", "/api/nowhere"])
def test_request_id_is_taken_over(client: httpx2.Client, path: str, sent: str) -> None:
    answer = client.get(path, headers={"X-Request-Id": sent})
    assert answer.json()["requestId"] == sent
    assert answer.headers.get_list("x-request-id") == [sent]


@pytest.mark.parametrize("sent", BAD_IDS)
def test_request_id_is_made_where_the_sent_one_is_unfit(shared_service: Service, sent: str) -> None:
    head = [b"GET /api/nowhere HTTP/1.1", b"X-Request-Id: " + sent.encode("latin-1")]
    answer = exchange(shared_service.url, head)
    assert answer.status == 200
    made = answer.json()["requestId"]
    assert re.fullmatch(r"[\x21-\x7e]{1,128}", made)
    assert made != sent
    assert answer.header("x-request-id") == made


def test_a_request_id_that_no_header_may_hold_is_refused(shared_service: Service) -> None:
    head = [b"GET /api/nowhere HTTP/1.1", b"X-Request-Id: a\x7f"]
    assert exchange(shared_service.url, head).status == 400


def test_request_ids_differ(client: httpx2.Client) -> None:
    made = {client.get("/api/nowhere").json()["requestId"] for _ in range(20)}
    assert len(made) == 20


# Headers and CORS


@pytest.mark.parametrize(
    "path", [f"{AUTH}/youtube", f"{ACCOUNTS}/x/auth-status", "/api/nowhere", "/api/v2"]
)
def test_api_answers_are_not_stored_and_open_to_any_origin(
    client: httpx2.Client, path: str
) -> None:
    answer = client.get(path, headers={"Origin": "https://app.example"})
    assert answer.headers.get_list("cache-control") == ["no-store"]
    assert answer.headers.get_list("access-control-allow-origin") == ["*"]
    assert answer.headers.get_list("x-service") == ["openchannels"]
    assert "access-control-allow-credentials" not in answer.headers
    assert "server" not in answer.headers
    assert "set-cookie" not in answer.headers


def test_preflight(client: httpx2.Client) -> None:
    asked = {
        "Origin": "https://app.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "x-api-key,content-type,idempotency-key",
    }
    for path in (ACCOUNTS, "/api/nowhere"):
        answer = client.options(path, headers=asked)
        assert answer.status_code == 204
        assert answer.content == b""
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "POST" in answer.headers["access-control-allow-methods"]
        allowed = answer.headers["access-control-allow-headers"]
        named = {name.strip() for name in allowed.split(",")}
        assert {"x-api-key", "content-type", "idempotency-key"} <= named
        assert answer.headers["x-service"] == "openchannels"
        assert "access-control-allow-credentials" not in answer.headers


@pytest.mark.parametrize("path", ["/health", "/ready", "/", "/reference", "/metrics"])
def test_outside_the_api_other_origins_get_nothing(client: httpx2.Client, path: str) -> None:
    answer = client.get(path, headers={"Origin": "https://app.example"})
    assert answer.status_code == 200
    assert not {"access-control-allow-origin", "x-service"} & set(answer.headers)


# Unknown routes


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/v2/nowhere"),
        ("GET", "/api/"),
        ("DELETE", f"{AUTH}/selections"),
        ("PUT", ACCOUNTS),
        ("POST", f"{WORKS}/youtube"),
        ("GET", f"{ACCOUNTS}/a/b/c"),
        ("GET", "/api/v2/channels//accounts"),
        ("GET", "/api/v2/%E4%B8%AD%20x"),
        ("GET", "/api/v2/<script>alert(1)"),
    ],
)
def test_unknown_routes_need_no_key_and_name_the_path_as_sent(
    shared_service: Service, method: str, path: str
) -> None:
    head = [f"{method} {path}?secret=1&x=<b> HTTP/1.1".encode()]
    answer = exchange(shared_service.url, head)
    assert answer.status == 200
    body = answer.json()
    assert body["code"] == 404
    escaped = path.replace("<", "&lt;").replace(">", "&gt;")
    assert body["message"] == f"Cannot {method} {escaped}"
    assert "secret" not in answer.body.decode()
    assert list(body) == FAILURE
    assert body["data"] == {}


def test_unknown_pages_have_the_ordinary_status(client: httpx2.Client) -> None:
    assert client.get("/nowhere").status_code == 404
    assert client.get("/apix/y").status_code == 404


# Bodies


def test_body_of_a_mebibyte_is_read_and_more_is_not(client: httpx2.Client) -> None:
    body = b'{"type":"youtube"}'.ljust(MIB)
    assert len(body) == MIB
    assert_failed(client.post(ACCOUNTS, content=body), 15081)
    answer = client.post(ACCOUNTS, content=body + b" ")
    said = assert_failed(answer, 413, 413)
    assert said["message"] == "Request body is too large"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["x-service"] == "openchannels"
    assert answer.headers["cache-control"] == "no-store"
    chinese = client.post(ACCOUNTS, content=body + b" ", headers=CHINESE)
    assert chinese.json()["message"] == "请求体过大"


def test_chunked_bodies_have_the_same_limit(client: httpx2.Client) -> None:
    def chunks(size: int) -> Any:
        body = b'{"type":"youtube"}'.ljust(size)
        for start in range(0, size, 60_000):
            yield body[start : start + 60_000]

    assert_failed(client.post(ACCOUNTS, content=chunks(MIB)), 15081)
    assert_failed(client.post(ACCOUNTS, content=chunks(MIB + 1)), 413, 413)
    assert_failed(client.post(ACCOUNTS, content=chunks(5 * MIB)), 413, 413)


def test_a_client_that_waits_for_leave_to_send_is_refused_at_once(shared_service: Service) -> None:
    head = [
        f"POST {ACCOUNTS} HTTP/1.1".encode(),
        b"Content-Length: 2000000",
        b"Expect: 100-continue",
    ]
    answer = exchange(shared_service.url, head)
    assert (answer.status, answer.json()["code"]) == (413, 413)
    assert answer.header("connection") == "close"


def test_a_lying_length_is_refused_before_the_body_comes(shared_service: Service) -> None:
    head = [f"POST {ACCOUNTS} HTTP/1.1".encode(), b"Content-Length: 99999999999"]
    assert exchange(shared_service.url, head, b"{}").status == 413


BROKEN = [
    b"",
    b" ",
    b"{",
    b"}",
    b"[]",
    b"null",
    b"true",
    b"5",
    b'"x"',
    b"{'type':'xhs'}",
    b"type=xhs",
    b'{"type":"xhs",}',
    b'{"type":"xhs"}{}',
    b'{"type":"xhs"} x',
    b"\xff\xfe{}",
    b'{"type":"\xff"}',
    b'{"type":"xhs","uid":"\\ud800"}',
    b'{"type":NaN}',
    b"[" * 100_000,
    b'{"a":' * 50_000,
    b"\x00",
    b"<xml/>",
    b'{"type":"xhs","uid":"a\nb"}',
]


@pytest.mark.parametrize("body", BROKEN, ids=lambda body: repr(body[:24]))
@pytest.mark.parametrize("path", [ACCOUNTS, f"{AUTH}/selections"])
def test_unreadable_bodies_are_invalid(client: httpx2.Client, path: str, body: bytes) -> None:
    said = assert_failed(client.post(path, content=body), 10002)
    assert said["message"] == "Validation failed"
    assert said["data"]["issues"]


def test_a_byte_order_mark_is_accepted(client: httpx2.Client) -> None:
    assert_failed(client.post(ACCOUNTS, content=b'\xef\xbb\xbf{"type":"youtube"}'), 15081)


def test_the_last_of_equal_keys_wins_and_unknown_ones_are_dropped(client: httpx2.Client) -> None:
    assert_failed(client.post(ACCOUNTS, content=b'{"type":5,"type":"youtube","x":[1]}'), 15081)


def test_every_offending_field_is_named(client: httpx2.Client) -> None:
    said = assert_failed(client.post(ACCOUNTS, json={"type": "x", "uid": "", "nickname": 5}), 10002)
    assert {issue["path"] for issue in said["data"]["issues"]} == {"type", "uid", "nickname"}
    said = assert_failed(client.post(f"{AUTH}/selections", json={}), 10002)
    assert {issue["path"] for issue in said["data"]["issues"]} == {"sessionId", "accounts"}
    said = assert_failed(client.get(f"{WORKS}/youtube"), 10002)
    assert [issue["path"] for issue in said["data"]["issues"]] == ["accountId"]


@pytest.mark.parametrize("query", ["accountId=", "accountId=a&accountId=b", "accountId[]=a", "x=1"])
def test_account_id_is_one_filled_text(client: httpx2.Client, query: str) -> None:
    assert_failed(client.get(f"{WORKS}/youtube?{query}"), 10002)


# Texts no database takes

NUL, LONE = "a\x00b", "a\ud800b"
HOSTILE_TEXTS = [NUL, "\x00", LONE, "\udfff"]


@pytest.mark.parametrize("text", HOSTILE_TEXTS, ids=ascii)
@pytest.mark.parametrize("field", ["uid", "nickname", "avatar", "groupId", "loginCookie", "type"])
def test_body_fields(client: httpx2.Client, field: str, text: str) -> None:
    body = {"type": "xhs", "uid": "u1", "nickname": "n", field: text}
    assert_failed(client.post(ACCOUNTS, content=json.dumps(body).encode()), 10002)


@pytest.mark.parametrize("text", HOSTILE_TEXTS, ids=ascii)
def test_choice_fields(client: httpx2.Client, text: str) -> None:
    for body in (
        {"sessionId": text, "accounts": []},
        {"sessionId": "A" * 16, "accounts": [{"platformUid": text}]},
        {"sessionId": "A" * 16, "accounts": [{"platformUid": "a", "account": text}]},
    ):
        answer = client.post(f"{AUTH}/selections", content=json.dumps(body).encode())
        assert answer.json()["code"] in (10002, 15039)
        assert_failed(answer, answer.json()["code"])


RAW = [
    "%00",
    "a%00b",
    "%ED%A0%80",
    "%FF%FE",
    "%C0%80",
    "%",
    "%zz",
    "%E4%B8%AD",
    "%F4%90%80%80",
    "%0A",
]
UNFIT = {10002, 12600, 12601, 15032, 15039, 15040, 15080, 404}


@pytest.mark.parametrize(
    "path",
    [
        AUTH + "/{}",
        AUTH + "/{}/status/AAAAAAAAAAAAAAAA",
        AUTH + "/youtube/status/{}",
        ACCOUNTS + "/{}/auth-status",
        WORKS + "/{}?accountId=a",
        WORKS + "/youtube?accountId={}",
        WORKS + "/youtube?accountId=a&pagination[cursor]={}",
        WORKS + "/youtube?accountId=a&cursor={}",
        WORKS + "/youtube?accountId=a&limit={}",
        WORKS + "/youtube?accountId=a&pagination={}",
        WORKS + "/youtube?accountId=a&contentMode={}",
        AUTH + "/youtube?groupId={}",
        AUTH + "/youtube?callbackUrl={}",
        AUTH + "/youtube?redirectUri=https://a.example/{}",
        AUTH + "/youtube?{}=1",
        "/api/{}",
    ],
)
def test_paths_and_queries(shared_service: Service, path: str) -> None:
    key = b"X-Api-Key: " + shared_service.key_of().key.encode()
    harmless = "redirectUri" in path or path.endswith("{}=1")
    for raw in RAW:
        answer = exchange(shared_service.url, [f"GET {path.format(raw)} HTTP/1.1".encode(), key])
        assert answer.status == 200, (raw, answer)
        code = answer.json()["code"]
        assert code in UNFIT or (harmless and code == 0), (raw, answer.body)


@pytest.mark.parametrize("header", ["X-Api-Key", "Accept-Language", "X-Request-Id", "Content-Type"])
@pytest.mark.parametrize("value", [b"\xff\xfe", b"\x80", "中".encode(), b"a" * 8000])
def test_headers(shared_service: Service, header: str, value: bytes) -> None:
    key = b"X-Api-Key: " + shared_service.key_of().key.encode()
    head = [f"GET {ACCOUNTS}/x/auth-status HTTP/1.1".encode(), header.encode() + b": " + value]
    answer = exchange(shared_service.url, head if header == "X-Api-Key" else [*head, key])
    assert answer.status in (200, 400, 431)
    if answer.status == 200:
        assert answer.json()["code"] == (401 if header == "X-Api-Key" else 12600)

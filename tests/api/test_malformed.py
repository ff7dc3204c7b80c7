"""Requests that no browser sends: each is refused like any other wrong one, never a fault."""

import pytest

from tests.api.raw import RawAnswer, exchange
from tests.harness.service import Service

SESSION = "Zk3v9Qx1LmN0pRsT"
CALLBACK = "/api/v2/channels/accounts/auth/youtube/callback"
FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=a"
PART = b'--a\r\nContent-Disposition: form-data; name="csrf"\r\n'


def get(service: Service, path: str) -> RawAnswer:
    return exchange(service.url, [f"GET {path} HTTP/1.1".encode()])


def post(service: Service, path: str, encoding: str, body: bytes, length: str = "") -> RawAnswer:
    head = [
        f"POST {path} HTTP/1.1".encode(),
        f"Content-Type: {encoding}".encode("latin-1"),
        f"Content-Length: {length or len(body)}".encode(),
    ]
    return exchange(service.url, head, body)


def is_notice(answer: RawAnswer) -> bool:
    """A page of ours that says why, without a fault."""
    kinds = [value for name, value in answer.headers if name == "content-type"]
    return (answer.status, kinds) == (200, ["text/html; charset=utf-8"]) and b"150" in answer.body


@pytest.mark.parametrize("path", [f"/connect/{SESSION}", f"/connect/{SESSION}/go", CALLBACK])
@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("multipart/form-data", b"x"),
        ("multipart/form-data; boundary=\xff", b"x"),
        (MULTIPART, b"--a\r\nrubbish"),
        (MULTIPART, PART + b"\r\n\xff\xfe\r\n--a--"),
        (MULTIPART, PART + b"Content-Type: text/plain; charset=bogus\r\n\r\nx\r\n--a--"),
        (MULTIPART, (PART + b"\r\nx\r\n") * 1500 + b"--a--"),
        (FORM, b"csrf=%ED%A0%80&state=%ED%A0%80&code=%ff&account=%00"),
        (FORM + "; charset=bogus", b"\xff\xfe=\xff"),
        ("", b"x"),
    ],
)
def test_a_form_that_nobody_can_read(
    shared_service: Service, path: str, encoding: str, body: bytes
) -> None:
    assert is_notice(post(shared_service, path, encoding, body))


@pytest.mark.parametrize("session", ["%00", f"{SESSION[:-1]}%00", "%ED%A0%80", "x" * 900])
@pytest.mark.parametrize("rest", ["", "/go?ticket=%00"])
def test_an_id_that_no_session_has(shared_service: Service, session: str, rest: str) -> None:
    assert is_notice(get(shared_service, f"/connect/{session}{rest}"))


@pytest.mark.parametrize(
    "line",
    [
        "GET /media/%00/temp/202612/a.png",
        "HEAD /media/acme/temp/202612/%00.png",
        "GET /publish-media/%00/a.png",
        "PUT /uploads/%00?token=%00",
    ],
)
def test_an_address_that_no_file_has(shared_service: Service, line: str) -> None:
    answer = exchange(shared_service.url, [f"{line} HTTP/1.1".encode(), b"Content-Length: 0"])
    assert answer.status == 404
    assert line.startswith("HEAD") or answer.json()["code"] == 12750


def test_a_length_with_zeros_in_front(shared_service: Service) -> None:
    for zeros, status in ((9, 200), (5000, 413)):
        path, length = f"/connect/{SESSION}", "0" * zeros + "5"
        assert post(shared_service, path, FORM, b"a=b&c", length).status == status


def test_types_name_their_charset_once(shared_service: Service) -> None:
    assets = ("/assets/app.css", "/assets/app.js", "/reference/static/viewer.js")
    for path in ("/", "/reference", *assets, "/metrics", "/health"):
        kind = get(shared_service, path).header("content-type") or ""
        assert kind.count("charset") == 1, (path, kind)

"""`callbackUrl` and `redirectUri`: hundreds of hostile forms refused, good ones taken."""

import itertools
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openchannels.core.exceptions import ValidationFailed
from openchannels.service.authorization.return_urls import check_return_url, origin
from tests.harness.paths import AUTH
from tests.harness.service import Service

SAFE = "app.example"

SCHEMES = [
    f"{scheme}{rest}"
    for scheme, rest in itertools.product(
        (
            *(
                "javascript",
                "data",
                "vbscript",
                "file",
                "ftp",
                "ws",
                "wss",
                "blob",
                "about",
                "mailto",
            ),
            *(
                "chrome",
                "view-source",
                "intent",
                "app",
                "httpx",
                "htttp",
                "http2",
                "h",
                "jar",
                "tel",
            ),
            *("java script", "ht tp", "http\t", "http\n", "https\r", "1http", "-http", ".https"),
        ),
        (f"://{SAFE}/cb", f":{SAFE}", ":alert(1)//http://x.example/", f":///{SAFE}"),
    )
]
RELATIVE = [
    " ",
    "/",
    "//",
    "///",
    "/cb",
    "cb",
    "?a=b",
    "#x",
    SAFE,
    f"{SAFE}/cb",
    f"//{SAFE}",
    f"///{SAFE}",
    f"\\\\{SAFE}",
    f"/\\{SAFE}",
    "http",
    "http:",
    "https:",
    "http:/",
    "http://",
    "https://",
    "http:///",
    "https:///cb",
    "http://?a=b",
    "http://#a",
    "http://:80",
    "http://:80/cb",
    "https://:443",
    f"http:{SAFE}",
    f"https:{SAFE}/cb",
    f"http:/{SAFE}",
    f"https:/{SAFE}/cb",
    f"http:///{SAFE}/cb",
    f"http:////{SAFE}",
    "://app.example",
    ":",
    ":80",
    "null",
    "undefined",
    "*",
    "http://*",
]
USERINFO = [
    f"https://{user}@{host}{path}"
    for user, host, path in itertools.product(
        ("user", "user:pw", ":", ":pw", "", "a@b", "trusted.example", "trusted.example:443", "%40"),
        (SAFE, "127.0.0.1", "[::1]"),
        ("", "/cb"),
    )
]
CONFUSING = (
    [
        f"https://trusted.example{mark}.evil.example/cb"
        for mark in (
            *'\\<>"^`{|}',
            " ",
            "\t",
            "\n",
            "\r",
            "\x00",
            "\x0b",
            "\x7f",
            "%00",
            "%2e",
            "%5c",
            "%2f@",
        )
    ]
    + [
        f"https://{SAFE}{mark}"
        for mark in (
            *(
                "\\",
                "\\@evil.example",
                "\\.evil.example",
                "/\\evil.example",
                "/a\\b",
                "/a b",
                "/a\tb",
            ),
            *(
                "/a\nb",
                "/a\rb",
                "/a\x00b",
                "/\x7f",
                "/<script>",
                "/>",
                '/"',
                "/^",
                "/`",
                "/{",
                "/}",
                "/|",
            ),
            *(
                "/?a=<b",
                '/?a="',
                "/?a b",
                "/?a=\\",
                "/#<",
                "/#a b",
                "/?\u00e9",
                "/\u00e9",
                "/\u4e2d",
                "/#\u4e2d",
            ),
            *(
                "\u3002evil.example",
                "\uff0eevil",
                "\uff0f",
                "\uff20evil",
                "\u2100",
                "\u200b",
                "\u00ad",
                "\ufeff",
            ),
            *("\ud800", "/\udfff", "/\U0001f600", "\u202e", "/\u2028", "/\u2029", "/\x85", "/\xa0"),
        )
    ]
    + [
        f"{blank}https://{SAFE}/cb"
        for blank in (" ", "\t", "\n", "\r\n", "\x00", "\ufeff", "\u200b", "\xa0")
    ]
    + [f"https://{SAFE}/cb{blank}" for blank in (" ", "\t", "\n", "\r\n", "\x00", "\ufeff")]
    + [f"ht{blank}tps://{SAFE}/cb" for blank in ("\t", "\n", "\r", "\x00", "\u200b")]
)
HOSTS = [
    f"https://{host}{path}"
    for host, path in itertools.product(
        (
            *(
                "-",
                "_",
                ".",
                "..",
                "-a.example",
                "_a.example",
                ".example",
                "a.example-",
                "a.example_",
            ),
            *("a..", "a.example.", "127.0.0.1.", "localhost.", "%61.example", "a%2eexample"),
            *(
                "a,b.example",
                "a;b.example",
                "a!b.example",
                "a$b",
                "a&b",
                "a'b",
                "a(b)",
                "a*b",
                "a+b",
                "a=b",
            ),
            *(
                "a~b",
                "ex%",
                "%",
                "%%",
                "\u4f8b\u5b50.example",
                "b\u00fccher.example",
                "\uff11.example",
            ),
            *("[::1", "::1]", "[]", "[g::1]", "[::1%25eth0]", "[::1%eth0]", "[v1.a]", "[127.0.0.1"),
            *("[::1]]", "[[::1]]", "[::1]a", "a[::1]", "::1", "fe80::1", "[1:2]:", "[:]", "[.]"),
        ),
        ("/cb", ""),
    )
]
PORTS = [
    f"http://{host}:{port}{path}"
    for host, port, path in itertools.product(
        (SAFE, "[::1]", "127.0.0.1"),
        (
            *("0", "00", "65536", "99999", "-1", "+80", "80 ", " 80", "8 0", "0x50", "80a", "a"),
            *(
                "80:80",
                "",
                "\u0668\u0660",
                "80.0",
                "1e2",
                "80@evil.example",
                "8_0",
                "99999999999999",
            ),
        ),
        ("", "/cb"),
    )
]
LONG = [f"https://{SAFE}/" + "a" * 2048, f"https://{'a.' * 1100}example/", "https://" + "a" * 3000]
HOSTILE = list(dict.fromkeys([*SCHEMES, *RELATIVE, *USERINFO, *CONFUSING, *HOSTS, *PORTS, *LONG]))

GOOD = [
    f"https://{SAFE}",
    f"https://{SAFE}/",
    f"http://{SAFE}/cb",
    f"HTTPS://{SAFE}/cb",
    f"Http://{SAFE}",
    "http://localhost",
    "http://localhost:3000/cb",
    "https://localhost:8443/a/b?c=d#e",
    "http://127.0.0.1",
    "http://127.0.0.1:8080/cb",
    "http://10.0.0.5/x",
    "http://192.168.1.9:1/x",
    "http://[::1]/cb",
    "http://[::1]:3000/cb",
    "https://[2001:db8::1]/",
    "https://[2001:DB8::A]:65535/x",
    f"https://{SAFE}:1/",
    f"https://{SAFE}:443/",
    f"http://{SAFE}:80",
    f"https://{SAFE}:65535/cb",
    f"https://{SAFE}/cb?x=1&y=2",
    f"https://{SAFE}/cb?next=https://b.example/",
    f"https://{SAFE}/#frag",
    f"https://{SAFE}/cb?a=%20%E4%B8%AD",
    f"https://{SAFE}/a/../b",
    f"https://{SAFE}//b",
    f"https://{SAFE}?a=b",
    f"https://{SAFE}#a",
    f"https://{SAFE}/a;b=c,d!e$f&g'h(i)j*k+l~m",
    "https://a-b.c-d.example/",
    "https://xn--fsqu00a.example/",
    "https://intranet/cb",
    "https://a_b.example/",
    "https://1.example/",
    "https://APP.EXAMPLE/Path",
    f"https://{SAFE}/@user",
    f"https://{SAFE}/?mail=a@b.c",
    f"https://{SAFE}/" + "a" * 2000,
]


def refused(value: str, allowed: tuple[str, ...] = ()) -> bool:
    try:
        check_return_url("callbackUrl", value, allowed)
    except ValidationFailed as failed:
        error = failed
    else:
        return False
    assert error.code.number == 10002
    assert [issue["path"] for issue in error.data["issues"]] == ["callbackUrl"]
    return True


def test_there_are_enough_hostile_forms() -> None:
    assert len(HOSTILE) >= 300
    assert not set(HOSTILE) & set(GOOD)


def test_hostile_forms_are_refused() -> None:
    assert [value for value in HOSTILE if not refused(value)] == []


def test_good_forms_are_taken() -> None:
    assert [value for value in GOOD if refused(value)] == []


ALLOWED = ("https://app.example", "http://localhost:3000", "http://[::1]:8080")


@pytest.mark.parametrize(
    "value",
    [
        *("https://app.example", "https://APP.example/cb", "https://app.example:443/x"),
        *("http://localhost:3000/cb", "http://[::1]:8080/", "HTTPS://app.example?x"),
    ],
)
def test_addresses_of_allowed_origins(value: str) -> None:
    assert not refused(value, ALLOWED)


@pytest.mark.parametrize(
    "value",
    [
        *("http://app.example", "https://app.example:8443", "https://app.example.evil.example"),
        *("https://evil.example/app.example", "https://sub.app.example", "https://app.exampl"),
        *(
            "http://localhost",
            "http://localhost:3001",
            "http://localhost:30000",
            "https://localhost:3000",
        ),
        *("http://[::1]", "http://[::2]:8080", "http://127.0.0.1:3000", "https://app-example/"),
        *("https://evil.example?https://app.example", "https://evil.example#https://app.example"),
    ],
)
def test_addresses_of_other_origins(value: str) -> None:
    assert refused(value, ALLOWED)


PIECES = st.lists(
    st.sampled_from(
        [
            *"/\\@:?#[]%.,; \t\n\x00",
            "http",
            "https",
            "://",
            SAFE,
            "evil.example",
            "443",
            "[::1]",
            "\uff0f",
        ]
    ),
    max_size=12,
).map("".join)


@settings(max_examples=800, deadline=None)
@given(PIECES | st.text(max_size=40).map(lambda tail: f"https://{SAFE}{tail}"))
def test_what_is_taken_is_plain(value: str) -> None:
    """Whatever passes has one reading: scheme, one host as written, no user information."""
    if not refused(value):
        assert value.isascii()
        assert not set(value) & set('\\<>"^`{|} \t\r\n\x00')
        rest = value.partition("://")[2]
        authority = rest.partition("/")[0].partition("?")[0].partition("#")[0]
        assert authority
        assert "@" not in authority
        found = origin(value)
        assert found is not None
        assert found.startswith(("http://", "https://"))
        assert not refused(value, (found,))


def test_over_the_wire(shared_service: Service) -> None:
    """A sample of the tables in either parameter, and the origins of a key."""
    client = shared_service.client_of()
    for name in ("callbackUrl", "redirectUri"):
        for value in HOSTILE[::23]:
            raw = quote(value, safe="", errors="surrogatepass")
            answer = client.get(f"{AUTH}/youtube?{name}={raw}").json()
            assert answer["code"] == 10002, value
            assert answer["data"]["issues"][0]["path"] == name
        for value in GOOD[::7]:
            assert client.get(f"{AUTH}/youtube", params={name: value}).json()["code"] == 0, value
    bound = shared_service.client(shared_service.api_key(origins=("https://app.example",)).key)
    for value, code in (("https://app.example/cb", 0), ("https://evil.example/cb", 10002)):
        for name in ("callbackUrl", "redirectUri"):
            answer = bound.get(f"{AUTH}/youtube", params={name: value}).json()
            assert answer["code"] == code
    assert bound.get(f"{AUTH}/youtube").json()["code"] == 0
    twice = client.get(
        f"{AUTH}/youtube?callbackUrl=https://a.example&callbackUrl=https://b.example"
    )
    assert twice.json()["code"] == 10002


def test_an_address_in_another_script_is_told_what_is_wrong() -> None:
    with pytest.raises(ValidationFailed) as refused:
        check_return_url("redirectUri", "https://äpp.example/cb", ())
    assert "in ASCII" in refused.value.data["issues"][0]["message"]

"""`openchannels webhooks listen`: receives webhooks here, checks them and passes them on."""

import http.server
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Annotated

import typer

from openchannels.cli.data.events import print_event
from openchannels.cli.data.exits import CommandFailed, ExitCode
from openchannels.cli.data.output import Screen
from openchannels.cli.data.session import Session, data_command
from openchannels.core.platforms import Text

FORWARD_SECONDS = 10.0
BODY_LIMIT = 1024 * 1024
PASSED_ON = frozenset(
    {"content-type", "webhook-id", "webhook-timestamp", "webhook-signature", "user-agent"}
)
LOOPBACK = "127.0.0.1"
DESCRIPTION = "openchannels webhooks listen"
LISTENING = Text(
    "Listening at {url}. Ctrl-C ends it and removes the webhook.",
    "正在监听 {url}。按 Ctrl-C 结束并删除该 Webhook。",
)
SECRET = Text("Signing secret: {secret}", "签名密钥：{secret}")
NEEDS_ADDRESS = Text(
    "The service at {url} is on another machine: name an address at which it reaches this one by "
    "--public-url, such as that of a tunnel to port {port}.",
    "服务 {url} 不在本机：请用 --public-url 指定它能访问到本机的地址，例如指向端口 {port} 的隧道。",
)
REFUSED = Text("refused a message: {cause}", "已拒绝一条消息：{cause}")
FORWARDED = Text("  {url} answered {status}", "  {url} 返回 {status}")
NOT_FORWARDED = Text("  {url} could not be reached: {cause}", "  无法访问 {url}：{cause}")

Types = Annotated[
    list[str] | None,
    typer.Option("--type", metavar="TYPE", help="Only events of this type; may be repeated."),
]
ForwardTo = Annotated[
    str | None,
    typer.Option(
        "--forward-to", metavar="URL", help="Pass each message on, as it came, to this address."
    ),
]
Port = Annotated[int, typer.Option("--port", min=0, max=65535, help="Port here; 0 takes any.")]
PublicUrl = Annotated[
    str | None,
    typer.Option("--public-url", metavar="URL", help="Where the service reaches this port."),
]


@data_command
def listen(
    session: Session,
    forward_to: ForwardTo = None,
    type: Types = None,
    port: Port = 0,
    public_url: PublicUrl = None,
) -> None:
    """Receive webhooks here, check their signature, print them and pass them on.

    Makes a webhook for the time being. Needs a key with the scope admin.
    """
    from openchannels.cli import common

    if forward_to is not None and not forward_to.startswith(("http://", "https://")):
        raise typer.BadParameter("expected an http address", param_hint="--forward-to")
    webhooks = session.client.webhooks
    with _Server((LOOPBACK, port), _Handler) as server:
        address = public_url or _local_address(session.client.url, server.server_port)
        webhook = webhooks.create(address, type or (), DESCRIPTION)
        server.messages = _Messages(session.screen, webhook.secret or "", forward_to)
        try:
            session.screen.note(LISTENING, url=address)
            session.screen.note(SECRET, secret=webhook.secret)
            with common.exit_on_signals():
                server.serve_forever(poll_interval=0.2)
        finally:
            webhooks.delete(webhook.id)


def _local_address(service: str, port: int) -> str:
    """Returns this port's address for a service of this machine. Raises CommandFailed."""
    from openchannels.client.address import leaves_machine

    if leaves_machine(service):
        raise CommandFailed(ExitCode.USAGE, NEEDS_ADDRESS, url=service, port=port)
    return f"http://{LOOPBACK}:{port}/"


class _Messages:
    """Checks messages, prints their events and passes them on."""

    def __init__(self, screen: Screen, secret: str, forward_to: str | None) -> None:
        self._screen = screen
        self._secret = secret
        self._forward_to = forward_to

    def take(self, headers: Mapping[str, str], body: bytes) -> int:
        """Returns the HTTP status with which the message is answered."""
        from openchannels.client import VerificationError, verify_webhook

        try:
            event = verify_webhook(self._secret, headers, body)
        except VerificationError as failed:
            self._screen.note(REFUSED, cause=failed)
            return http.HTTPStatus.UNAUTHORIZED
        print_event(self._screen, event)
        return self._forward(headers, body) if self._forward_to else http.HTTPStatus.NO_CONTENT

    def _forward(self, headers: Mapping[str, str], body: bytes) -> int:
        """Sends a message on, byte for byte: its signature stays valid. Returns the answer's."""
        passed = {name: value for name, value in headers.items() if name.lower() in PASSED_ON}
        target = str(self._forward_to)
        request = urllib.request.Request(target, body, passed, method="POST")  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=FORWARD_SECONDS) as answer:  # noqa: S310
                status: int = answer.status
        except urllib.error.HTTPError as error:
            status = error.code
        except OSError as error:
            self._screen.note(NOT_FORWARDED, url=target, cause=error)
            return http.HTTPStatus.BAD_GATEWAY
        self._screen.note(FORWARDED, url=target, status=status)
        return status


class _Server(http.server.HTTPServer):
    """Listens; `messages` takes what arrives."""

    messages: _Messages


class _Handler(http.server.BaseHTTPRequestHandler):
    """Answers each POST with what the messages' receiver says."""

    server: _Server
    timeout = FORWARD_SECONDS

    def do_POST(self) -> None:
        length = int(self.headers.get("content-length") or 0)
        if length > BODY_LIMIT:
            self.send_error(http.HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            return
        body = self.rfile.read(length)
        status = self.server.messages.take(dict(self.headers), body)
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing: the events are what is printed."""

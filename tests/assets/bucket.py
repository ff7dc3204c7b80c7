"""A server that speaks S3, with an empty bucket; `python -m tests.assets.bucket` is one alone."""

import contextlib
import signal
from collections.abc import Iterator

import httpx2
from moto.server import ThreadedMotoServer

from tests.harness.service import NO_TLS

NAME = "assets"


def settings_of(address: str) -> dict[str, str]:
    """What leads a service to the bucket of a server."""
    settings = {
        "BUCKET": NAME,
        "ENDPOINT": address,
        "ACCESS_KEY_ID": "AKIAEXAMPLE",
        "SECRET_ACCESS_KEY": "a-secret-for-tests",
    }
    return {f"OPENCHANNELS_ASSETS__S3__{key}": text for key, text in settings.items()}


@contextlib.contextmanager
def serving_bucket() -> Iterator[tuple[str, dict[str, str]]]:
    """Runs the server; yields its address, and the settings that lead a service to it."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        address = f"http://{host}:{port}"
        httpx2.put(f"{address}/{NAME}", trust_env=False, verify=NO_TLS).raise_for_status()
        yield address, settings_of(address)
    finally:
        server.stop()


def main() -> None:
    """Serve until a signal; prints the address."""
    with serving_bucket() as (address, _):
        print(address, flush=True)
        signal.pause()


if __name__ == "__main__":
    main()

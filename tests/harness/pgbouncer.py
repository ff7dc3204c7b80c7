"""PgBouncer before a database of a test.

Each transaction gets another of its server connections, as far as there are several, so that what
relies on a session fails at once and not only under load.
"""

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from tests.deploy.tools import require
from tests.harness.listening import free_port
from tests.harness.waiting import wait_until

CONNECTIONS = 4
"""Server connections for one database."""
CONFIGURATION = """
[databases]
* = host={host} port=5432 user={user}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {own}
unix_socket_dir =
auth_type = any
pool_mode = {mode}
default_pool_size = {connections}
server_round_robin = 1
max_client_conn = 2000
query_wait_timeout = 60
"""


@contextlib.contextmanager
def pooling(
    database: str, *, mode: str = "transaction", connections: int = CONNECTIONS
) -> Iterator[str]:
    """Runs PgBouncer before a database on a Unix socket, and yields the URL to use instead.

    Skips the test where PgBouncer is missing.
    """
    require("pgbouncer")
    parts = urlsplit(database)
    host, own = parse_qs(parts.query)["host"][0], free_port()
    with tempfile.TemporaryDirectory(prefix="openchannels-pgbouncer-") as name:
        file = Path(name) / "pgbouncer.ini"
        file.write_text(
            CONFIGURATION.format(
                host=host,
                user=parts.username,
                own=own,
                mode=mode,
                connections=connections,
            )
        )
        # It refuses to run as root, and the socket's folder is open to its owner alone.
        owner = pwd.getpwuid(Path(host).stat().st_uid).pw_name
        root = ("-u", owner) if os.geteuid() == 0 else ()
        program = shutil.which("pgbouncer")
        assert program is not None
        with (Path(name) / "log").open("w") as log:
            process = subprocess.Popen([program, *root, file], stdout=log, stderr=log)
        try:
            wait_until(lambda: _listens(own))
            yield f"postgresql://{parts.username}@127.0.0.1:{own}{parts.path}"
        finally:
            process.terminate()
            process.wait()


def _listens(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
        return True
    return False

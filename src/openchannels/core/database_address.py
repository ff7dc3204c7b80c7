"""Where a database is, in words that hold no password."""

from urllib.parse import parse_qs

DEFAULT_PORT = "5432"


def describe_address(url: str) -> str:
    """Returns the file of an SQLite URL, or host, port and name of a PostgreSQL one.

    A password may hold any character where somebody forgot to encode it, so only what follows its
    last possible end is shown.
    """
    scheme, _, rest = url.partition("://")
    if scheme.startswith("sqlite"):
        return rest.removeprefix("/")
    place, _, query = rest.partition("?")
    if "@" in query:
        return "an address that cannot be read"
    host, _, name = place.rpartition("@")[2].partition("/")
    named = parse_qs(query)
    # A host in the query stands for the other one; a folder is that of a Unix socket.
    host = named.get("host", [host])[-1] or "localhost"
    port = named.get("port", [DEFAULT_PORT])[-1]
    bare = host.rpartition("]")[2]
    at = host if ":" in bare or host.startswith("/") else f"{host}:{port}"
    return f"{at}/{name}"

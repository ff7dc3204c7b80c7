"""Exits with code 0 if the server or worker of this container answers /health."""

import os
from http.client import HTTPConnection

connection = HTTPConnection("127.0.0.1", int(os.environ["OPENCHANNELS_SERVER__PORT"]), timeout=4)
connection.request("GET", "/health")
raise SystemExit(connection.getresponse().status != 200)

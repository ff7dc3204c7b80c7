"""A person who publishes by the Graph API."""

from typing import Any, ClassVar

from tests.harness.waiting import until

from .conftest import Client

Told = dict[str, Any]


class GraphPerson:
    """A person's calls, with the token as a field, as Meta documents it."""

    state: ClassVar[str] = "status"
    """The field of a container that says what has become of it."""

    def __init__(self, client: Client, graph: str, token: str, me: str) -> None:
        self.client = client
        self.graph = graph
        self.token = token
        self.me = me

    async def call(self, method: str, path: str, http: int = 200, **fields: Any) -> Told:
        sent = fields | {"access_token": self.token}
        url = f"{self.graph}/{path}"
        if method == "POST":
            response = await self.client.post(url, data=sent)
        else:
            response = await self.client.request(method, url, params=sent)
        body: Told = response.json()
        assert response.status_code == http, body
        return body

    async def refused(
        self, path: str, method: str = "POST", http: int = 400, **fields: Any
    ) -> tuple[int, int | None]:
        """Code and subcode of a refusal."""
        error = (await self.call(method, path, http, **fields))["error"]
        return error["code"], error.get("error_subcode")

    async def ready(self, container: str, wanted: str = "FINISHED") -> Told:
        """The container once it is no longer in progress."""
        names = {"status_code": "status_code,status", "status": "status,error_message"}

        async def looked() -> Told | None:
            told = await self.call("GET", container, fields=names[self.state])
            return None if told[self.state] == "IN_PROGRESS" else told

        told = await until(looked)
        assert told is not None
        assert told[self.state] == wanted, told
        return told


async def conduct(client: Client, platform: str, **values: Any) -> None:
    """Set how a platform treats publications."""
    response = await client.put(f"/_publishing/{platform}", json=values)
    assert response.status_code == 200, response.text

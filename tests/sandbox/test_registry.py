"""A made-up emulator needs its class and an entry of the registry, nothing else."""

from typing import Any

import pytest
from litestar.testing import AsyncTestClient

from openchannels.sandbox import app, create_sandbox
from openchannels.sandbox.emulator import Emulator
from openchannels.sandbox.grants import NewGrant
from openchannels.sandbox.http import EarlyReply, Reply, Request, Route
from openchannels.sandbox.platforms import EMULATORS
from openchannels.sandbox.work_ids import DecimalIds

HOST = "api.palaver.example"


class Palaver(Emulator):
    name = "palaver"
    work_ids = DecimalIds(1_000, bits=40)

    def routes(self) -> list[Route]:
        return [Route("POST", HOST, "/login", self.login), Route("GET", HOST, "/works", self.works)]

    def login(self, request: Request) -> Reply:
        person = request.parameter("person")
        self.grants.open_grant(NewGrant(self.realm, person, "app", "", (), ()), "a-code", 60)
        grant = self.grants.redeem("a-code", "app")
        return Reply.json({"access_token": self.grants.issue(grant, "access", f"of-{person}", 60)})

    def works(self, request: Request) -> Reply:
        token = self.grants.live_token(request.bearer, request.now, "access")
        if token is None:
            raise EarlyReply(self.dead_grant(request))
        works = self.series(token.grant.person).slice(0, 3)
        return Reply.json([self.work_id(work) for work in works])

    def describe(self, person: str) -> dict[str, Any]:
        return {"person": person, "works": self.series(person).total}

    def dead_grant(self, request: Request) -> Reply:
        return Reply.json({"error": "log in again"}, 401)


async def test_a_registered_emulator_is_served(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "EMULATORS", [*EMULATORS, Palaver])
    async with AsyncTestClient(create_sandbox()) as client:
        assert HOST in (await client.get("/")).text
        token = (await client.post(f"/{HOST}/login?person=mara")).json()["access_token"]
        bearer = {"authorization": f"Bearer {token}"}
        works = "/_world/palaver/mara/works"
        added = (await client.post(works, json={"add": 1})).json()["added"]
        assert (await client.get(f"/{HOST}/works", headers=bearer)).json()[:1] == added
        await client.post(works, json={"remove": added})
        assert added[0] not in (await client.get(f"/{HOST}/works", headers=bearer)).json()
        assert (await client.get("/_world/palaver/mara")).json()["works"] == 240

        fault = {"host": HOST, "kind": "dead_grant", "person": "mara", "times": 1}
        await client.post("/_faults", json=fault)
        assert (await client.get(f"/{HOST}/works", headers=bearer)).status_code == 401
        assert (await client.get(f"/{HOST}/works", headers=bearer)).status_code == 200
        await client.post("/_grants/revoke", json={"platform": "palaver", "person": "mara"})
        assert (await client.get(f"/{HOST}/works", headers=bearer)).status_code == 401


def test_every_emulator_has_a_name_of_its_own() -> None:
    names = [emulator.name for emulator in EMULATORS]
    assert len(names) == len(set(names))

"""LinkedIn's organisations, roles, versions and numbers; its login is tested with the others."""

from typing import Any

from .conftest import Client, answered, walk
from .oauth_platforms import LINKEDIN_API, PLATFORMS, linkedin_token, restli
from .oauth_protocol import Answer, bearer, login, secret

API = f"{LINKEDIN_API}/rest"
LINKEDIN = PLATFORMS["linkedin"]


async def get(client: Client, tokens: Answer, path: str, **params: str) -> Any:
    return await client.get(f"{API}/{path}", params=params, headers=restli(tokens))


async def organizations(client: Client, person: str) -> list[dict[str, Any]]:
    return (await client.get(f"/_world/linkedin/{person}")).json()["organizations"]


async def test_every_call_names_a_living_version(sandbox: Client) -> None:
    tokens = await login(sandbox, LINKEDIN)
    roles = f"{API}/organizationAcls?q=roleAssignee"
    for version, status, code in (
        ("", 400, "VERSION_MISSING"),
        ("202408", 426, "NONEXISTENT_VERSION"),
        ("soon", 426, "NONEXISTENT_VERSION"),
    ):
        head = restli(tokens, version) if version else bearer(tokens)
        answer = await sandbox.get(roles, headers=head)
        assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_roles_are_paged_and_can_be_narrowed(sandbox: Client) -> None:
    tokens = await login(sandbox, LINKEDIN, sandbox_person="many")

    async def read(at: int) -> tuple[list[str], Any]:
        sent = {"q": "roleAssignee", "state": "APPROVED", "start": str(at), "count": "100"}
        body = (await get(sandbox, tokens, "organizationAcls", **sent)).json()
        assert body["paging"]["total"] == 130
        rows = [row["organization"] for row in body["elements"]]
        return rows, at + 100 if len(rows) == 100 else None

    known = await organizations(sandbox, "many")
    assert await walk(read, 0) == [one["urn"] for one in known]
    tokens = await login(sandbox, LINKEDIN, sandbox_person="mara")
    rows = (await get(sandbox, tokens, "organizationAcls", q="roleAssignee")).json()["elements"]
    assert [row["role"] for row in rows] == ["ADMINISTRATOR"] * 3 + ["ANALYST"]
    sent = {"q": "roleAssignee", "role": "ANALYST"}
    narrow = (await get(sandbox, tokens, "organizationAcls", **sent)).json()["elements"]
    assert narrow == rows[3:]


async def test_organizations_come_as_a_batch_with_followers_and_logo(sandbox: Client) -> None:
    tokens = await login(sandbox, LINKEDIN)
    (known,) = await organizations(sandbox, "ida")
    number = known["urn"].rpartition(":")[2]
    batch = (await get(sandbox, tokens, "organizations", ids=f"List({number},1234567)")).json()
    assert batch["results"][number]["localizedName"] == known["name"]
    assert batch["statuses"] == {"1234567": 404}
    sent = {"edgeType": "COMPANY_FOLLOWED_BY_MEMBER"}
    size = await get(sandbox, tokens, f"networkSizes/{known['urn']}", **sent)
    assert size.json()["firstDegreeSize"] > 0
    logo = batch["results"][number]["logoV2"]["original"].replace("digitalmediaAsset", "image")
    image = (await get(sandbox, tokens, f"images/{logo}")).json()
    picture = await sandbox.get(image["downloadUrl"].removeprefix("https:/"))
    assert picture.headers["content-type"] == "image/svg+xml"


async def test_numbers_are_for_administrators_and_may_be_absent(sandbox: Client) -> None:
    tokens = await login(sandbox, LINKEDIN, sandbox_person="mara")
    admin, *_, analyst = await organizations(sandbox, "mara")
    sent = {"author": admin["urn"], "q": "author", "count": "100"}
    posts = (await get(sandbox, tokens, "posts", **sent)).json()["elements"]
    shares = [post["id"] for post in posts if ":share:" in post["id"]]
    ugc = [post["id"] for post in posts if ":ugcPost:" in post["id"]]
    lists = {"shares": f"List({','.join(shares)})", "ugcPosts": f"List({','.join(ugc)})"}
    asked = {"q": "organizationalEntity", "organizationalEntity": admin["urn"], **lists}
    path = "organizationalEntityShareStatistics"
    rows = (await get(sandbox, tokens, path, **asked)).json()["elements"]
    told = {row.get("share") or row.get("ugcPost") for row in rows}
    assert told < {*shares, *ugc}
    assert len(told) == 90
    foreign = asked | {"organizationalEntity": analyst["urn"]}
    assert (await get(sandbox, tokens, path, **foreign)).status_code == 403
    ids = f"List({shares[0]})"
    social = (await get(sandbox, tokens, "socialMetadata", ids=ids)).json()["results"]
    assert social[shares[0]]["commentSummary"]["count"] >= 0


async def test_posts_need_a_role_a_finder_and_a_page_size(sandbox: Client) -> None:
    tokens = await login(sandbox, LINKEDIN, sandbox_person="mara")
    admin, *_, analyst = await organizations(sandbox, "mara")
    sent = {"author": admin["urn"], "q": "author"}
    for change, status in (
        ({"count": "101"}, 400),
        ({"start": "-1"}, 400),
        ({"q": "nothing"}, 400),
        ({"author": analyst["urn"]}, 403),
        ({"author": "urn:li:person:abc"}, 403),
    ):
        assert (await get(sandbox, tokens, "posts", **(sent | change))).status_code == status
    head = restli(tokens) | {"x-restli-method": "BATCH_GET"}
    other = await sandbox.get(f"{API}/posts", params=sent, headers=head)
    assert other.json()["code"] == "QUERY_PARAM_NOT_ALLOWED"


async def test_an_app_without_a_programme_gets_no_refresh_token(sandbox: Client) -> None:
    app = {"client_id": "sandbox-linkedin-selfserve"}
    query = LINKEDIN.asking | app | {"sandbox_decision": "approve", "scope": "openid profile"}
    code = answered(await sandbox.get(LINKEDIN.authorize, params=query))["code"]
    form = app | {"grant_type": "authorization_code", "redirect_uri": query["redirect_uri"]}
    password = secret("linkedin-selfserve")
    tokens = (await linkedin_token(sandbox, password, code=code, **form)).json()
    assert "refresh_token" not in tokens
    info = await sandbox.get(f"{LINKEDIN_API}/v2/userinfo", headers=bearer(tokens))
    assert info.json()["sub"] == (await sandbox.get("/_world/linkedin/ida")).json()["id"]

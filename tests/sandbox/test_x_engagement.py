"""X: the answers of the last days, hidden ones, and what a person does with posts and persons."""

from typing import Any

from .conftest import BACK, Client, advance, answered
from .oauth_platforms import TWITTER_API
from .oauth_protocol import VERIFIER, bearer
from .test_x_publishing import X, post, timeline, writer

ACTS = "tweet.moderate.write bookmark.write like.write follows.write"
SCOPE = f"tweet.read tweet.write users.read offline.access {ACTS}"
SEARCH = f"{TWITTER_API}/tweets/search/recent"
FIELDS = "created_at,public_metrics,referenced_tweets,in_reply_to_user_id,conversation_id,author_id"


async def enterprise(client: Client) -> dict[str, str]:
    """The headers of a person at an app that does not pay per use."""
    app = "sandbox-twitter-enterprise"
    query = X.asking | {"sandbox_decision": "approve", "client_id": app, "scope": SCOPE}
    code = answered(await client.get(X.authorize, params=query))["code"]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK}
    form |= {"code_verifier": VERIFIER}
    url, secret = f"{TWITTER_API}/oauth2/token", (app, f"{app}-secret")
    return bearer((await client.post(url, data=form, auth=secret)).json())


async def search(client: Client, head: dict[str, str], query: str, **more: str) -> Any:
    sent = {"query": query, "tweet.fields": FIELDS} | more
    return await client.get(SEARCH, params=sent, headers=head)


async def user(client: Client, head: dict[str, str]) -> Any:
    return (await client.get(f"{TWITTER_API}/users/me", headers=head)).json()["data"]


async def answered_post(client: Client, head: dict[str, str]) -> tuple[str, list[Any]]:
    """The newest post that strangers have answered, and their answers."""
    for one in await timeline(client, head, exclude="retweets,replies"):
        answer = await search(client, head, f"conversation_id:{one['id']} is:reply")
        if "data" in answer.json():
            return one["id"], answer.json()["data"]
    raise AssertionError("nobody has answered")


async def test_strangers_answer_the_posts_of_the_last_days(wired: Client) -> None:
    head = await writer(wired, scope=SCOPE)
    me = await user(wired, head)
    root, found = await answered_post(wired, head)
    for one in found:
        assert one["text"].startswith(f"@{me['username']} ")
        assert one["referenced_tweets"] == [{"type": "replied_to", "id": root}]
        assert (one["conversation_id"], one["in_reply_to_user_id"]) == (root, me["id"])
        assert len(one["id"]) == 19
        assert one["author_id"] != me["id"]
    moments = [one["created_at"] for one in found]
    assert moments == sorted(moments, reverse=True)
    stranger = found[0]["id"]
    reply = await post(wired, head, text="Thanks", reply={"in_reply_to_tweet_id": stranger})
    assert reply.status_code == 201, reply.text
    own = reply.json()["data"]["id"]
    answers = (await search(wired, head, f"in_reply_to_tweet_id:{stranger}")).json()
    assert [one["id"] for one in answers["data"]] == [own]
    assert answers["data"][0]["conversation_id"] == root
    meta = (await search(wired, head, f"conversation_id:{root}")).json()["meta"]
    assert (meta["result_count"], meta["newest_id"]) == (len(found) + 1, own)
    url = f"{TWITTER_API}/tweets/{stranger}"
    assert (await wired.delete(url, headers=head)).status_code == 403
    assert (await wired.get(url, headers=head)).json()["data"]["id"] == stranger

    for who, wanted, status in ((own, True, 200), (stranger, True, 200), (root, True, 403)):
        sent = {"hidden": wanted}
        hidden = await wired.put(f"{TWITTER_API}/tweets/{who}/hidden", json=sent, headers=head)
        assert hidden.status_code == status, hidden.text
    done = (await wired.get("/_world/twitter/ida")).json()["done"]
    assert done["hidden"] == [own, stranger]
    still_there = (await search(wired, head, f"conversation_id:{root}")).json()["data"]
    assert {own, stranger} <= {one["id"] for one in still_there}
    mara = await writer(wired, scope=SCOPE, sandbox_person="mara")
    foreign = await wired.put(f"{url}/hidden", json={"hidden": False}, headers=mara)
    assert foreign.status_code == 403
    await advance(wired, 8 * 86_400)
    head = await writer(wired, scope=SCOPE)
    assert (await search(wired, head, f"conversation_id:{root}")).json() == {
        "meta": {"result_count": 0}
    }


async def test_a_search_goes_on_and_has_its_bounds(wired: Client) -> None:
    head = await writer(wired, scope=SCOPE)
    root = (await post(wired, head, text="Ask")).json()["data"]["id"]
    for number in range(11):
        reply = {"in_reply_to_tweet_id": root}
        made = await post(wired, head, text=f"Answer {number}", reply=reply)
        assert made.status_code == 201, made.text
    query = f"conversation_id:{root} is:reply"
    first = (await search(wired, head, query, max_results="10")).json()
    token = first["meta"]["next_token"]
    second = (await search(wired, head, query, max_results="10", next_token=token)).json()
    assert len({one["id"] for one in [*first["data"], *second["data"]]}) == 11
    assert "next_token" not in second["meta"]
    for more in ({"max_results": "9"}, {"next_token": "x"}, {"sort_order": "best"}):
        refused = await search(wired, head, query, **more)
        assert refused.status_code == 400
    assert (await search(wired, head, "kiln")).status_code == 400


async def test_states_by_app_and_person(wired: Client) -> None:
    head = await writer(wired, scope=SCOPE)
    me, root = await user(wired, head), (await timeline(wired, head))[0]["id"]
    url = f"{TWITTER_API}/users/{me['id']}"

    async def act(act: str, by: Any = head, at: str = url, **body: str) -> Any:
        return await wired.post(f"{at}/{act}", json=body, headers=by)

    refusal = await act("likes", tweet_id=root)
    assert (refusal.status_code, refusal.json()["title"]) == (403, "Client Forbidden")
    assert (await act("following", target_user_id="12")).status_code == 403
    large = await enterprise(wired)
    for _ in range(2):
        assert (await act("likes", large, tweet_id=root)).json() == {"data": {"liked": True}}
        followed = (await act("following", large, target_user_id="12")).json()
        assert followed == {"data": {"following": True, "pending_follow": False}}
        reposted = (await act("retweets", tweet_id=root)).json()["data"]
        assert reposted["retweeted"] is True
        assert reposted["rest_id"].isdecimal()
        assert (await act("bookmarks", tweet_id=root, folder_id="1")).json() == {
            "data": {"bookmarked": True}
        }
    done = (await wired.get("/_world/twitter/ida")).json()["done"]
    assert (done["retweets"], done["bookmarks"]) == ([root], [root])
    assert (done["likes"], done["following"]) == ([root], ["12"])
    gone = await wired.delete(f"{url}/following/12", headers=large)
    assert gone.json() == {"data": {"following": False}}
    for _ in range(2):
        undone = await wired.delete(f"{url}/retweets/{root}", headers=head)
        assert undone.json() == {"data": {"retweeted": False}}
    for target, status in (("1", 404), ("x", 400)):
        assert (await act("retweets", tweet_id=target)).status_code == status
    mara = await writer(wired, scope=SCOPE, sandbox_person="mara")
    hers = f"{TWITTER_API}/users/{(await user(wired, mara))['id']}"
    repeats = [await act("retweets", mara, hers, tweet_id=root) for _ in range(2)]
    assert [one.status_code for one in repeats] == [200, 403]
    assert (await act("retweets", head, hers, tweet_id=root)).status_code == 403
    poor = await writer(wired)
    assert (await act("bookmarks", poor, tweet_id=root)).status_code == 403

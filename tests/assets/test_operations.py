"""The five operations on both databases."""

import re

import pytest

from openchannels.core.assets import AssetType, folder_of
from openchannels.core.keys import Scope
from openchannels.service.tasks.steady_clock import LONGEST_LOOK
from openchannels.service.tasks.task import Task
from tests.assets.files import SRT, image
from tests.assets.uploader import ASSETS, Uploader
from tests.harness.clock import Clock
from tests.harness.fixtures import StartService
from tests.harness.service import Service

PATH = r"{folder}/{kind}/20\d\d[01]\d/[\w-]{{21}}\.{extension}"


def test_from_sign_to_delete(shared_service: Service) -> None:
    one, content = Uploader.of(shared_service), image()
    signed = one.sign(len(content), "Ida's photo.PNG", type="publishMedia")
    assert list(signed) == ["id", "path", "url", "uploadUrl", "resumable"]
    shape = PATH.format(folder="acme", kind="publishMedia", extension="png")
    assert re.fullmatch(shape, signed["path"])
    assert signed["url"] == f"{shared_service.url}/media/{signed['path']}"
    pending = one.ask("GET", f"/{signed['id']}")["data"]
    assert (pending["status"], pending["size"]) == ("pending", len(content))
    assert "mimeType" not in pending
    assert one.web.get(signed["url"]).status_code == 404
    assert one.put(signed, content).status_code == 200
    assert one.ask("GET", f"/{signed['id']}")["data"]["status"] == "uploaded"
    assert one.web.get(signed["url"]).status_code == 404
    confirmed = one.confirm(signed)["data"]
    assert list(confirmed) == [
        *("id", "userId", "userType", "path", "url", "type", "status", "size", "mimeType"),
        *("filename", "metadata", "createdAt", "updatedAt"),
    ]
    assert confirmed["metadata"] == {"width": 64, "height": 48, "codec": "png"}
    assert confirmed["filename"] == "Ida's photo.PNG"
    assert one.confirm(signed)["data"] == confirmed
    assert one.ask("GET", f"/{signed['id']}")["data"] == confirmed
    assert one.web.get(signed["url"]).content == content
    assert one.ask("DELETE", f"/{signed['id']}")["data"] is True
    assert one.web.get(signed["url"]).status_code == 404
    for method, path in (("GET", ""), ("DELETE", ""), ("POST", "/confirm")):
        assert one.ask(method, f"/{signed['id']}{path}")["code"] == 12750
    entries = shared_service.client_of().get("/api/v2/channels/audit?action=asset.deleted").json()
    assert entries["data"]["list"][0]["details"] == {"asset": signed["id"]}


def test_the_list(shared_service: Service) -> None:
    one = Uploader.of(shared_service, "lister")
    made = [one.sign(10, type=kind)["id"] for kind in ("temp", "avatar", "temp", "temp", "avatar")]
    pages, query = [], {"limit": 2}
    while True:
        page = one.ask("GET", params=query)["data"]
        pages.append([found["id"] for found in page["list"]])
        if "nextCursor" not in page:
            break
        query["cursor"] = page["nextCursor"]
    assert pages == [made[:2:-1], made[2:0:-1], made[:1]]
    avatars = one.ask("GET", params={"type": "avatar", "status": "pending"})["data"]["list"]
    assert [found["id"] for found in avatars] == [made[4], made[1]]
    assert one.ask("GET", params={"status": "confirmed"})["data"] == {"list": []}
    assert one.ask("GET", params={"status": "deleted"})["code"] == 10002
    assert one.ask("GET", params={"cursor": "x"})["code"] == 10002


def test_another_users_asset_is_unknown(shared_service: Service) -> None:
    mine, other = Uploader.of(shared_service), Uploader.of(shared_service, "other")
    asset = mine.upload(image())
    for method, path in (("GET", ""), ("DELETE", ""), ("POST", "/confirm")):
        foreign = other.ask(method, f"/{asset['id']}{path}")
        unknown = other.ask(method, f"/{'0' * 24}{path}")
        assert foreign["code"] == unknown["code"] == 12750
        assert (foreign["data"], foreign["message"]) == (unknown["data"], unknown["message"])
    assert other.ask("GET", params={"cursor": asset["id"]})["code"] == 10002
    assert mine.web.get(asset["url"]).status_code == 200


def test_every_type_is_taken_and_temp_is_the_default(shared_service: Service) -> None:
    one = Uploader.of(shared_service)
    for kind in AssetType:
        assert f"/{kind}/" in one.sign(1, type=kind.value)["path"]
    assert "/temp/" in one.sign(1)["path"]
    assert one.ask("POST", "/uploadSign", json={"filename": "x", "type": "html"})["code"] == 10002
    assert one.ask("POST", "/uploadSign", json={"filename": "x", "size": 0})["code"] == 10002


@pytest.mark.parametrize(
    ("filename", "suffix"),
    [
        ("a.tar.gz", ".gz"),
        ("noextension", ""),
        ("a.", ""),
        ("../../x.p/ng", ""),
        ("视频.MP4", ".mp4"),
    ],
)
def test_a_name_gives_an_extension_at_most(uploader: Uploader, filename: str, suffix: str) -> None:
    path = uploader.sign(1, filename)["path"]
    assert re.fullmatch(r"acme/temp/\d{6}/[\w-]{21}" + re.escape(suffix), path)


def test_folders_of_users_are_plain_and_their_own() -> None:
    users = ["acme", "u-acme", "..", "a/b", "a.b", "名字", "", "x" * 65, "A B"]
    folders = {folder_of(user) for user in users}
    assert len(folders) == len(users)
    assert all(re.fullmatch(r"[\w-]{1,64}", folder, re.ASCII) for folder in folders)
    forged = folder_of("名字")
    assert folder_of(forged) != forged


def test_a_user_with_a_strange_name(one_service: Service) -> None:
    one = Uploader.of(one_service, "../名字 & Söhne")
    asset = one.upload(image())
    assert one.web.get(asset["url"]).content == image()


def test_quota_and_largest_size(start_service: StartService) -> None:
    limits = {"QUOTA": "1100", "MAX": "600", "UNSIZED": "300"}
    service = start_service(
        environ={f"OPENCHANNELS_ASSETS__{name}_BYTES": size for name, size in limits.items()}
    )
    one, content = Uploader.of(service), image()
    too_large = one.ask("POST", "/uploadSign", json={"filename": "x", "size": 601})
    assert (too_large["code"], too_large["data"]) == (12752, {"reason": "size", "limit": 600})
    first, second, _ = one.sign(600), one.sign(200), one.sign()
    over = one.ask("POST", "/uploadSign", json={"filename": "x", "size": 1})
    assert (over["code"], over["data"]) == (12752, {"reason": "quota", "limit": 1100})
    assert Uploader.of(service, "other").sign(600)["id"]
    one.ask("DELETE", f"/{second['id']}")
    one.upload(content)
    rest = 200 - len(content)
    assert one.ask("POST", "/uploadSign", json={"filename": "x", "size": rest + 1})["code"] == 12752
    one.sign(rest)
    one.ask("DELETE", f"/{first['id']}")
    one.sign(600)


def test_a_file_without_a_size_reserves_the_bound_until_it_is_confirmed(
    start_service: StartService,
) -> None:
    service = start_service(
        environ={
            "OPENCHANNELS_ASSETS__UNSIZED_BYTES": "1000",
            "OPENCHANNELS_ASSETS__QUOTA_BYTES": "1000",
        }
    )
    one = Uploader.of(service)
    signed = one.sign()
    assert one.ask("POST", "/uploadSign", json={"filename": "x"})["code"] == 12752
    assert one.put(signed, image()).status_code == 200
    assert one.confirm(signed)["data"]["size"] == len(image())
    assert one.sign(1000 - len(image()))


def test_addresses_end_and_nothing_unconfirmed_is_kept(start_service: StartService) -> None:
    clock = Clock()
    service = start_service(clock=clock)
    one, task = Uploader.of(service), purge_task(service)
    kept, late, never = one.upload(image()), one.sign(len(SRT)), one.sign(len(image()))
    assert one.put(never, image()).status_code == 200
    # A second file at the address of one that is about to be confirmed.
    twice = one.sign(len(image()))
    one.put(twice, image())
    files = service.runtime.settings.assets_path
    clock.advance(3601)
    for _ in range(3):
        assert one.put(late, SRT).status_code == 404
        assert one.put({"uploadUrl": late["uploadUrl"][:-1]}, SRT).status_code == 404
    assert one.confirm(twice)["code"] == 0
    # A jump of the clock is believed after an hour.
    for seconds in (0, 86_400, *[LONGEST_LOOK - 60] * 5):
        clock.advance(seconds)
        for batch in service.run(task.claim(9)):
            service.run(task.run(batch))
    listed = {found["id"] for found in one.ask("GET")["data"]["list"]}
    assert listed == {kept["id"], twice["id"]}
    assert len([file for file in files.rglob("*") if file.is_file()]) == 2
    assert one.web.get(kept["url"]).content == image()


def purge_task(service: Service) -> Task:
    (task,) = (task for task in service.services.tasks if task.name == "purge-assets")
    return task


def test_what_is_deleted_half_is_deleted_by_the_task(one_service: Service) -> None:
    one, task = Uploader.of(one_service), purge_task(one_service)
    asset = one.upload(image())
    store = one_service.services.context.asset_store
    whole, gone = type(store).delete, []

    async def fails(_store: object, path: str) -> None:
        gone.append(path)
        raise OSError("the disk is away")

    type(store).delete = fails  # type: ignore[method-assign, assignment]
    try:
        assert one.ask("DELETE", f"/{asset['id']}")["code"] == 500
    finally:
        type(store).delete = whole  # type: ignore[method-assign]
    assert one.ask("GET", f"/{asset['id']}")["code"] == 12750
    assert one.web.get(asset["url"]).status_code == 404
    for batch in one_service.run(task.claim(9)):
        one_service.run(task.run(batch))
    file = one_service.runtime.settings.assets_path / "objects" / asset["path"]
    assert gone == [asset["path"]]
    assert not file.exists()


def test_erasing_a_user_deletes_the_files(shared_service: Service) -> None:
    mine, theirs = Uploader.of(shared_service, "to be erased"), Uploader.of(shared_service)
    asset, kept = mine.upload(image()), theirs.upload(image())
    half = mine.sign(len(image()))
    mine.put(half, image()[:50], content_range=f"bytes 0-49/{len(image())}")
    erasure = shared_service.services.erasure
    done = shared_service.run(
        erasure.erase("to be erased", "operator", revoke=False, settle_seconds=0.1)
    )
    assert done.rows["assets"] == 2
    files = shared_service.runtime.settings.assets_path.rglob("*")
    assert not [file for file in files if folder_of("to be erased") in str(file)]
    assert mine.web.get(asset["url"]).status_code == 404
    assert theirs.web.get(kept["url"]).status_code == 200


@pytest.mark.parametrize(
    ("held", "codes"),
    [("assets:read", [0, 15203]), ("assets:write", [0, 0]), ("accounts:write", [15203, 15203])],
)
def test_scopes(one_service: Service, held: str, codes: list[int]) -> None:
    keys = one_service.services.api_keys
    key = one_service.run(keys.create("acme", scopes=[Scope(held)])).key
    client = one_service.client(key)
    listed = client.get(ASSETS).json()["code"]
    signed = client.post(f"{ASSETS}/uploadSign", json={"filename": "x"}).json()["code"]
    assert [listed, signed] == codes

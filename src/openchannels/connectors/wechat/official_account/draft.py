"""WeChat official accounts: pictures and drafts, which no reader sees.

https://developers.weixin.qq.com/doc/service/api/draftbox/draftmanage/api_draft_add
"""

from typing import Any

from openchannels.connectors.base.multipart import FilePart, multipart
from openchannels.connectors.base.publisher import Job, MediaFile
from openchannels.connectors.base.refusals import Refusal, RefusalTable
from openchannels.connectors.base.shapes import text_at
from openchannels.connectors.wechat.component import API
from openchannels.connectors.wechat.official_account.article import article_of
from openchannels.core import errors
from openchannels.core.credentials import Tokens
from openchannels.core.platform_errors import PlatformFailure
from openchannels.core.publications import PublicationRefused
from openchannels.transport.platform_client import PlatformClient

PICTURE, DRAFT = "publish.picture", "publish.draft"
SMALL_BYTES = 1_000_000
"""Pictures of a text are smaller, and JPEG or PNG; others go into the account's library."""
SMALL_TYPES = ("image/jpeg", "image/png")
MOST_CHARACTERS, MOST_BYTES, MOST_PICTURES = 20_000, 1024 * 1024, 20
EXTENSIONS = {"image/png": "png", "image/gif": "gif", "image/bmp": "bmp"}
NO_COMMENTS = "The account may not have comments, so the article was published without."
NO_COVER_IN_TEXT = "WeChat has no switch for the cover in the text any more."
BAD_FILE = Refusal(errors.MEDIA_UNSUPPORTED)

REFUSALS = RefusalTable(
    message="errmsg",
    codes={
        **dict.fromkeys(("40004", "40005", "40009", "41005", "45001"), BAD_FILE),
        "48004": Refusal(errors.PERMISSION_MISSING),
    },
)


async def post(
    client: PlatformClient, tokens: Tokens, path: str, operation: str, **parts: Any
) -> Any:
    """Calls a path of the account's API; returns the answer's JSON."""
    params = {"access_token": tokens.access_token, **parts.pop("params", {})}
    return await REFUSALS.call(
        client, "POST", f"{API}/cgi-bin/{path}", operation=operation, params=params, **parts
    )


def is_picture_message(job: Job) -> bool:
    """Returns whether the content is pictures without a text."""
    return not job.content.body.strip() and 0 < len(job.images) <= MOST_PICTURES


async def send_pictures(client: PlatformClient, tokens: Tokens, job: Job) -> None:
    """Sends cover and pictures that WeChat does not have yet; keeps its name for each.

    The cover is made for this publication alone: its id tells the article from all others.
    """
    together = is_picture_message(job)
    cover = job.cover or (job.images[0] if job.images else None)
    if cover is None:
        raise PublicationRefused(errors.PUBLISH_VALIDATION_FAILED, "an article needs a cover")
    if "cover" not in job.state and not together:
        media_id, _ = await _add_material(client, tokens, cover)
        await job.progress.keep(cover=media_id)
    for number, file in enumerate(job.images):
        sent = job.state.get("pictures", {})
        if str(number) in sent:
            continue
        if together:
            name, _ = await _add_material(client, tokens, file)
        else:
            name = await _picture_address(client, tokens, file)
        await job.progress.keep(pictures={**sent, str(number): name})
    if together:
        await job.progress.keep(cover=job.state["pictures"]["0"])


async def _add_material(
    client: PlatformClient, tokens: Tokens, file: MediaFile
) -> tuple[str, str | None]:
    """Returns id and address of a picture in the account's library."""
    answer = await post(
        client,
        tokens,
        "material/add_material",
        PICTURE,
        params={"type": "image"},
        upload=True,
        **await _form(file),
    )
    return text_at(client, PICTURE, answer, "media_id"), answer.get("url")


async def _picture_address(client: PlatformClient, tokens: Tokens, file: MediaFile) -> str:
    """Returns the address of a picture for a text."""
    if file.size < SMALL_BYTES and file.mime_type in SMALL_TYPES:
        answer = await post(
            client,
            tokens,
            "media/uploadimg",
            PICTURE,
            idempotent=True,
            upload=True,
            **await _form(file),
        )
        return text_at(client, PICTURE, answer, "url")
    _, address = await _add_material(client, tokens, file)
    if not isinstance(address, str) or not address:
        raise client.malformed(PICTURE)
    return address


async def _form(file: MediaFile) -> dict[str, Any]:
    name = f"picture.{EXTENSIONS.get(file.mime_type, 'jpg')}"
    data = await file.read(0, file.size)
    return multipart({"media": FilePart(data, name, file.mime_type)})


async def add_draft(client: PlatformClient, tokens: Tokens, job: Job) -> None:
    """Makes the draft; keeps its id, and what a person should know of it."""
    article, warnings = _article(job)
    try:
        answer = await _add(client, tokens, article)
    except (PlatformFailure, PublicationRefused) as error:
        if _code(error) != "88000" or not article.get("need_open_comment"):
            raise
        plain = {name: value for name, value in article.items() if "comment" not in name}
        answer = await _add(client, tokens, plain)
        warnings = (*warnings, NO_COMMENTS)
    draft = text_at(client, DRAFT, answer, "media_id")
    await job.progress.keep(draft=draft, warnings=list(warnings))


async def _add(client: PlatformClient, tokens: Tokens, article: dict[str, Any]) -> Any:
    return await post(client, tokens, "draft/add", DRAFT, json_body={"articles": [article]})


def _code(error: Exception) -> str | None:
    if isinstance(error, PublicationRefused):
        return error.platform_code
    return error.reading.code if isinstance(error, PlatformFailure) else None


def _article(job: Job) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Returns the article of a draft, and warnings."""
    option, pictures = job.option, job.state.get("pictures", {})
    own: dict[str, Any] = {"title": job.content.title.strip()}
    warnings: tuple[str, ...] = (NO_COVER_IN_TEXT,) if "showCoverPic" in option else ()
    if is_picture_message(job):
        listed = [{"image_media_id": pictures[str(n)]} for n in range(len(job.images))]
        own |= {"article_type": "newspic", "content": "", "image_info": {"image_list": listed}}
    else:
        addresses = [one.url for one in job.content.images]
        made = article_of(
            job.content.body, addresses, {int(number): url for number, url in pictures.items()}
        )
        _check_length(made.html)
        own |= {
            "article_type": "news",
            "content": made.html,
            "thumb_media_id": job.state["cover"],
            "digest": option.get("digest"),
        }
        warnings += made.warnings
    own |= {
        "author": option.get("author"),
        "content_source_url": option.get("sourceUrl"),
        "need_open_comment": option.get("open_comment"),
        "only_fans_can_comment": option.get("only_fans_can_comment"),
    }
    return {name: value for name, value in own.items() if value is not None}, warnings


def _check_length(html: str) -> None:
    if len(html) >= MOST_CHARACTERS or len(html.encode()) >= MOST_BYTES:
        raise PublicationRefused(
            errors.PUBLISH_VALIDATION_FAILED,
            f"the article has {len(html)} characters with its pictures; 20,000 are too many",
        )

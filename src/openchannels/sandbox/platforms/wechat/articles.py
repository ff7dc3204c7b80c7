"""Publications of an official account, the articles in them, and their statistics by day."""

from datetime import date, timedelta
from typing import Any

from openchannels.sandbox import sample_text
from openchannels.sandbox.dataset import Creator, Series, Work
from openchannels.sandbox.figures import VIEWS, Day, Share, days_between
from openchannels.sandbox.ids import decimal, decode, encode, hexadecimal, letters, pack, unpack
from openchannels.sandbox.platforms.wechat.accounts import Account
from openchannels.sandbox.platforms.wechat.days import CHINA, is_ready

STATISTICS_SINCE = date(2025, 11, 1)
STATISTICS_DAYS = 30
COUNTS = {
    "read_user": VIEWS,
    "share_user": Share(60, 5, 60),
    "zaikan_user": Share(66, 2, 30),
    "like_user": Share(72, 10, 90),
    "comment_count": Share(78, 1, 12),
    "collection_user": Share(84, 3, 40),
    "read_subscribe_user": Share(90, 0, 4),
}
"""The counts of the first article of a publication; later ones are read less."""
_ID_BITS = 64
_FIRST_MESSAGE = 2_650_000_000
"""The id of the first derived message; those of submitted ones are smaller."""
_ARTICLES = (1, 1, 2, 1, 1, 8, 1, 3, 1, 1)
_SHORT_EVERY, _BARE_EVERY = 6, 7


def article_id(work: Work) -> str:
    """The id of a publication: 22 characters."""
    number = pack(work.owner.key, work.index, _ID_BITS)
    return letters(11, "wxgzh article", number) + encode(number, 11)


def index_of(owner: Creator, text: str) -> int | None:
    """The index of a publication, or None if it is not of this owner."""
    return unpack(owner.key, decode(text[11:]), _ID_BITS) if len(text) == 22 else None


def how_many(work: Work) -> int:
    """Articles in a publication, eight at most."""
    if work.post is not None:
        return len(work.post["articles"])
    return _ARTICLES[work.index % len(_ARTICLES)]


def _mid(work: Work) -> int:
    """The id of the message, which data cube and addresses have; of a submitted one its own."""
    if work.post is not None:
        return int(work.post["msg_data_id"])
    return _FIRST_MESSAGE + work.index


def publication_of(series: Series, message: str) -> Work | None:
    """The publication with this id of the message, or None."""
    number = decimal(message)
    if number is None:
        return None
    derived = series.work_at(number - _FIRST_MESSAGE)
    candidates = [derived] if derived is not None else series.posts()
    return next((work for work in candidates if _mid(work) == number), None)


def is_open_for_comments(work: Work, number: int) -> bool:
    """Whether an article was published so that readers may comment on it."""
    return work.post is None or bool(work.post["articles"][number - 1]["need_open_comment"])


def article_url(account: Account, work: Work, number: int) -> str:
    if work.index % _SHORT_EVERY == 5:
        return (
            f"http://mp.weixin.qq.com/s/{letters(21, 'short', account.app_id, _mid(work), number)}"
        )
    biz = letters(8, "biz", account.app_id)
    sign = hexadecimal(8, "sn", account.app_id, _mid(work), number)
    return f"http://mp.weixin.qq.com/s?__biz={biz}&mid={_mid(work)}&idx={number}&sn={sign}#rd"


def _is_deleted(work: Work, number: int) -> bool:
    if work.post is not None:
        return number in work.post["deleted"]
    return number == 2 and work.index % 20 == 2


def numbers_of(work: Work) -> list[int]:
    """The numbers of the articles of a publication that are not deleted, from 1."""
    return [n for n in range(1, how_many(work) + 1) if not _is_deleted(work, n)]


def _title(work: Work, number: int) -> str:
    if work.post is not None:
        return str(work.post["articles"][number - 1]["title"])
    return work.title_zh() if number == 1 else f"{work.title_zh()}（{number}）"


def _article(account: Account, work: Work, number: int, with_content: bool) -> dict[str, Any]:
    if work.post is None:
        article = _derived(account, work, number)
    else:
        article = dict(work.post["articles"][number - 1])
    hidden = {} if with_content else {"content": ""}
    state = {"url": article_url(account, work, number), "is_deleted": _is_deleted(work, number)}
    return article | hidden | state


def _derived(account: Account, work: Work, number: int) -> dict[str, Any]:
    media = hexadecimal(16, "wxgzh thumb", account.app_id, work.index, number)
    article: dict[str, Any] = {
        "title": _title(work, number),
        "author": account.creator.pick("author", ("阿周", "编辑部", "")),
        "digest": work.pick(40, sample_text.LINES_ZH) if number == 1 else "",
        "content": f"<p>{work.pick(52, sample_text.LINES_ZH)}</p>",
        "content_source_url": "",
        "thumb_media_id": media,
        "show_cover_pic": 0,
        "need_open_comment": 1,
        "only_fans_can_comment": 0,
    }
    if work.index % _BARE_EVERY != 6:
        article["thumb_url"] = f"http://mmbiz.qpic.cn/mmbiz_jpg/{media}/0"
    return article


def articles_of(account: Account, work: Work, *, with_content: bool) -> list[dict[str, Any]]:
    """The articles of a publication in their order."""
    return [_article(account, work, n, with_content) for n in range(1, how_many(work) + 1)]


def as_post(account: Account, work: Work) -> dict[str, Any]:
    """A publication as the content of a work, so that single articles of it can be deleted."""
    if work.post is not None:
        return dict(work.post)
    numbers = range(1, how_many(work) + 1)
    return {
        "title": work.title_zh(),
        "msg_data_id": str(_mid(work)),
        "articles": [_derived(account, work, number) for number in numbers],
        "deleted": [number for number in numbers if _is_deleted(work, number)],
    }


def publication(account: Account, work: Work, *, with_content: bool) -> dict[str, Any]:
    """A publication as the list shows it."""
    content = {"news_item": articles_of(account, work, with_content=with_content)}
    return {"article_id": article_id(work), "content": content, "update_time": work.created}


def statistics(account: Account, series: Series, day: Day, now: float) -> list[dict[str, Any]]:
    """The statistics of the articles published on a day."""
    if day.date < STATISTICS_SINCE:
        return []
    newer = series.count_since(day.end)
    made = series.slice(newer, series.count_since(day.start) - newer)
    last = day.date + timedelta(days=STATISTICS_DAYS - 1)
    counted = [on for on in days_between(day.date, last, CHINA) if is_ready(on, now)]
    return [
        {
            "ref_date": day.date.isoformat(),
            "msgid": f"{_mid(work)}_{number}",
            "publish_type": 1,
            "title": _title(work, number),
            "content_url": article_url(account, work, number),
            "detail_list": [_until(work, number, on) for on in counted],
        }
        for work in made
        for number in numbers_of(work)
    ]


def _until(work: Work, number: int, day: Day) -> dict[str, Any]:
    """The statistics of an article until the end of a day."""
    numbers = {name: share.at(work, day.end) // number for name, share in COUNTS.items()}
    return {
        "stat_date": day.date.isoformat(),
        **numbers,
        **sources(numbers["read_user"]),
        "praise_money": 0,
        "read_delivery_rate": 0.12,
        "read_finish_rate": 0.48,
        "read_avg_activetime": 63.5,
        "read_jump_position": [],
    }


def sources(readers: int) -> dict[str, Any]:
    """Where readers came from."""
    return {"read_user_source": [{"user_count": readers * 3 // 5, "scene_desc": "公众号消息"}]}

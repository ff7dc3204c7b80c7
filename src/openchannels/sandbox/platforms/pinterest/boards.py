"""Boards: those that an account has from the start, and those that calls have created.

https://developers.pinterest.com/docs/api/v5/boards-list
"""

from collections import Counter
from dataclasses import asdict, dataclass
from typing import Any

from openchannels.sandbox import sample_text
from openchannels.sandbox.clock import utc_text
from openchannels.sandbox.dataset import Creator, Dataset, Series, Work
from openchannels.sandbox.ids import digits, hexadecimal
from openchannels.sandbox.platforms.pinterest.profile import username

PRIVACIES = ("PUBLIC", "PROTECTED", "SECRET")
PRIVACY_FILTERS = {
    "": PRIVACIES,
    "ALL": PRIVACIES,
    "PUBLIC_AND_SECRET": ("PUBLIC", "SECRET"),
    **{one: (one,) for one in PRIVACIES},
}
"""Kinds of boards by the parameter `privacy`."""
LONGEST_NAME = 50
MOST_BOARDS = 2_000
_KIND = "board"
_MANY = 300
_PROTECTED, _SHARED, _SECRET, _FOR_ADS = 4, 5, 7, 9
"""Last digits of the numbers of boards that are special in some way."""
_APART = (_SHARED, _SECRET, _FOR_ADS)
_SINCE = 1_704_445_920


@dataclass(frozen=True, slots=True)
class Board:
    """A board that an account has, or on which it collaborates."""

    id: str
    name: str
    description: str
    privacy: str
    created: int
    owner: str
    is_ads_only: bool = False


def _board_id(creator: Creator, number: int) -> str:
    parts = (creator.key, number) if number else (creator.key,)
    return digits(18, "board", *parts)


def _board(creator: Creator, number: int) -> Board:
    last = number % 10
    subjects = sample_text.SUBJECTS_EN
    name = subjects[(creator.bits("board names") + number) % len(subjects)]
    later = number // len(subjects)
    return Board(
        id=_board_id(creator, number),
        name=f"{name} {later + 1}" if later else name,
        description=creator.pick(f"board {number}", sample_text.LINES_EN) if number % 3 else "",
        privacy={_PROTECTED: "PROTECTED", _SECRET: "SECRET"}.get(last, "PUBLIC"),
        created=_SINCE + number * 86_400,
        owner="theothers" if last == _SHARED else username(creator.person),
        is_ads_only=last == _FOR_ADS,
    )


def _first_count(creator: Creator) -> int:
    if creator.person == "empty":
        return 0
    return _MANY if creator.person == "many" else creator.number("boards", 1, 40)


def boards_of(dataset: Dataset, creator: Creator) -> list[Board]:
    """Every board of an account, the oldest first."""
    first = [_board(creator, number) for number in range(_first_count(creator))]
    return first + [Board(**content) for content in dataset.objects(creator, _KIND)]


def _homes(creator: Creator) -> list[int]:
    """The numbers of the boards on which works lie: not secret, not shared, not for ads only."""
    return [number for number in range(max(1, _first_count(creator))) if number % 10 not in _APART]


def home_of(work: Work) -> str:
    """The id of the board on which a work lies."""
    if work.post is not None:
        return str(work.post["board"])
    homes = _homes(work.owner)
    return _board_id(work.owner, homes[work.index % len(homes)])


def create_board(
    dataset: Dataset, creator: Creator, name: str, description: str, privacy: str, now: float
) -> Board:
    """A new board of an account."""
    number = len(dataset.objects(creator, _KIND))
    identifier = digits(18, "created board", creator.key, number)
    owner = username(creator.person)
    board = Board(identifier, name, description, privacy, int(now), owner)
    dataset.add_object(creator, _KIND, asdict(board))
    return board


def pin_counts(series: Series) -> dict[str, int]:
    """How many pins lie on each board, by the boards' ids."""
    homes = _homes(series.owner)
    works = series.slice(0, series.total)
    places = Counter(work.index % len(homes) for work in works if work.post is None)
    counts = Counter({_board_id(series.owner, homes[n]): count for n, count in places.items()})
    return counts + Counter(home_of(work) for work in works if work.post is not None)


def board_body(board: Board, creator: Creator, pins: int) -> dict[str, Any]:
    """A board as calls answer it."""
    shared = board.owner != username(creator.person)
    picture = hexadecimal(20, "board cover", board.id)
    small = f"https://i.pinimg.com/150x150/{picture}.jpg"
    return {
        "id": board.id,
        "name": board.name,
        "description": board.description,
        "owner": {"username": board.owner},
        "privacy": board.privacy,
        "created_at": utc_text(board.created),
        "board_pins_modified_at": utc_text(board.created),
        "pin_count": pins,
        "follower_count": creator.number(f"followers of {board.id}", 0, 200),
        "collaborator_count": 2 if shared else 0,
        "is_ads_only": board.is_ads_only,
        "media": {
            "image_cover_url": f"https://i.pinimg.com/400x300/{picture}.jpg" if pins else None,
            "pin_thumbnail_urls": [small] if pins else [],
        },
    }

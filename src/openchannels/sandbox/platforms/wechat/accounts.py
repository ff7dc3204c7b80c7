"""Official accounts, and the error answers of WeChat's server API.

A person has one account, `mara` three and `many` 130. The account of `unverified` is not
verified, and `miniprogram` has a mini-program instead.
"""

from dataclasses import dataclass
from typing import Any

from openchannels.sandbox import sample_text
from openchannels.sandbox.dataset import Creator, account_count
from openchannels.sandbox.grants import Grant, random_hex
from openchannels.sandbox.http import Handler, Reply, Request
from openchannels.sandbox.ids import digits, hexadecimal

MESSAGES, USERS, PUBLISHING, MATERIALS = "1", "2", "7", "11"
PERMISSION_SETS = (MESSAGES, USERS, PUBLISHING, MATERIALS)
"""Ids of the permission sets that the component asks for."""
_SERVICE = 2


@dataclass(frozen=True, slots=True)
class Account:
    """An official account, or a mini-program, of a person; `slot` counts from 0."""

    person: str
    slot: int

    @property
    def app_id(self) -> str:
        """`wx` and 16 hex digits."""
        return "wx" + hexadecimal(16, "wxgzh", self.person, self.slot)

    @property
    def creator(self) -> Creator:
        """The account in the dataset."""
        return Creator("wxGzh", self.person, str(self.slot))

    @property
    def name(self) -> str:
        """The account's name."""
        name = self.creator.pick("brand", sample_text.BRANDS_ZH)
        return f"{name} {self.slot + 1}" if self.slot else name

    @property
    def is_mini_program(self) -> bool:
        """Whether it is a mini-program, which publishes nothing."""
        return self.person == "miniprogram"

    @property
    def is_verified(self) -> bool:
        """Whether WeChat has verified its operator."""
        return self.person != "unverified"

    @property
    def user_name(self) -> str:
        """The account's original id, to which messages are addressed."""
        return "gh_" + hexadecimal(12, "wxgzh gh", self.app_id)

    @property
    def kind(self) -> int:
        """2 for a service account, 0 or 1 for a subscription account."""
        return self.creator.number("service", 0, 2)

    @property
    def may_publish(self) -> bool:
        """Whether it may publish by calls: every service account, others if they are verified."""
        return self.is_verified or self.kind == _SERVICE

    def profile(self) -> dict[str, Any]:
        """The account's profile; only every second account has an alias."""
        picture = hexadecimal(16, "wxgzh head", self.app_id)
        shops = ("open_store", "open_scan", "open_pay", "open_card", "open_shake")
        info: dict[str, Any] = {
            "nick_name": self.name,
            "head_img": f"http://wx.qlogo.cn/mmopen/{picture}/0",
            "service_type_info": {"id": self.kind},
            "verify_type_info": {"id": 0 if self.is_verified else -1},
            "user_name": self.user_name,
            "principal_name": f"{self.creator.pick('city', sample_text.CITIES_ZH)}某某文化有限公司",
            "alias": "" if self.slot % 2 else "gzh" + digits(8, "alias", self.app_id),
            "business_info": dict.fromkeys(shops, 0),
            "qrcode_url": f"http://mmbiz.qpic.cn/mmbiz_jpg/{picture}/0",
            "account_status": 1,
            "signature": self.creator.pick("about", sample_text.LINES_ZH),
        }
        if self.is_mini_program:
            info["MiniProgramInfo"] = {"network": {"RequestDomain": []}, "visit_status": 0}
        return info


def accounts_of(person: str) -> list[Account]:
    """Every account of a person."""
    return [Account(person, slot) for slot in range(max(1, account_count(person)))]


def account_of(grant: Grant) -> Account:
    """The account of a grant."""
    return Account(grant.person, grant.detail["slot"])


def error_reply(number: int, message: str) -> Reply:
    """An error answer, always under HTTP 200."""
    rid = "-".join(random_hex(8) for _ in range(3))
    return Reply.json({"errcode": number, "errmsg": f"{message} rid: {rid}"})


def done() -> Reply:
    """The answer of a call that has no data."""
    return Reply.json({"errcode": 0, "errmsg": "ok"})


def json_post(handler: Handler) -> Handler:
    """The handler of a call that must be a POST with a JSON body."""

    def checked(request: Request) -> Reply:
        if request.method != "POST":
            return error_reply(43002, "require POST method")
        if not request.json:
            return error_reply(47001, "data format error")
        return handler(request)

    return checked

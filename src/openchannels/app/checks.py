"""Says of a looked at installation what is well, what is to be noted, and what is wrong."""

import os
import stat
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from openchannels.app.doctor import DoctorReport, Network
from openchannels.core.checks import Check, CheckState
from openchannels.core.database_address import describe_address
from openchannels.core.platforms import Text
from openchannels.settings import Settings
from openchannels.settings.loading import CONFIG_FILE, settings_variables
from openchannels.store.migrate import HEAD
from openchannels.store.queries.metadata import VAULT_CHECK
from openchannels.store.rights import Rights
from openchannels.store.vault.vault import VaultError, wrapped_by_text
from openchannels.transport.reach import Reached

OK, NOTE, WARNING, FAULT = CheckState
LOOPBACK = {"localhost", "127.0.0.1", "::1"}
WILDCARDS = {"0.0.0.0", "::"}  # noqa: S104
LEAST_FREE = 1024**3
"""Bytes: below this a disk is about to be full."""
MOST_AHEAD = 30.0
"""Seconds by which a clock may be wrong; platforms refuse signed calls at a few minutes."""
CERTIFICATE_DAYS = 14
DAY = 86_400.0


def checks_of(settings: Settings, found: DoctorReport) -> list[Check]:
    """Returns the checks in the order of a start, then of what other hosts answered."""
    return [
        *_database(settings, found),
        *_pooler(settings, found),
        *_moving(found),
        _keyring(settings, found),
        _files(found),
        _disk(found),
        _background(settings, found),
        *_workers(settings, found),
        _environment(settings, found),
        *_public_url(settings, found),
        *([] if found.network is None else _hosts(settings, found.network)),
    ]


def _check(name: str, state: CheckState, en: str, zh: str) -> Check:
    return Check(name, state, Text(en=en, zh=zh))


def check_configuration(settings: Settings, config: Path | None) -> Check:
    """Says where the settings of a command come from."""
    file = config or settings.data_dir / CONFIG_FILE
    names = [name for name in settings_variables(os.environ) if os.environ[name].strip()]
    en = [str(file) if file.exists() else f"no file at {file}", *names]
    zh = [str(file) if file.exists() else f"没有文件 {file}", *names]
    if not names:
        en, zh = [*en, "no variables"], [*zh, "没有环境变量"]
    return _check("settings", OK, "; ".join(en), "；".join(zh))


def _database(settings: Settings, found: DoctorReport) -> Iterator[Check]:
    if "database" in found.problems:
        yield _same("database", FAULT, found.problems["database"])
        return
    kind = "PostgreSQL" if settings.uses_postgresql else "SQLite"
    where = f"{kind}, {describe_address(settings.database_url)}"
    database = found.database
    pending = ", ".join(database.pending)
    if not database.exists:
        yield _check("database", NOTE, f"{where}: missing; serve creates it",
                     f"{where}：不存在；serve 会创建")  # fmt: skip
    elif database.revision is None:
        yield _check("database", NOTE, f"{where}: empty; serve creates the schema",
                     f"{where}：为空；serve 会创建表结构")  # fmt: skip
    elif pending:
        yield _check(
            "database", NOTE,
            f"{where}: schema {database.revision}; serve migrates it, pending: {pending}",
            f"{where}：表结构 {database.revision}；serve 会迁移，待执行：{pending}",
        )  # fmt: skip
    else:
        yield _check("database", OK, f"{where}: schema {HEAD}", f"{where}：表结构 {HEAD}")
    if found.rights is not None:
        yield _rights(found.rights, current=database.up_to_date)


def _pooler(settings: Settings, found: DoctorReport) -> Iterator[Check]:
    """Whether the setting says what stands before PostgreSQL; nothing where nothing does."""
    named = settings.database.pooler is not None
    if "database" in found.problems or not (named or found.shares_sessions):
        return
    if not named:
        yield _check(
            "pooler", FAULT,
            "one in transaction mode stands before the database;"
            ' set database.pooler to "transaction"',
            '数据库之前有 transaction 模式的连接池代理；请将 database.pooler 设为 "transaction"',
        )  # fmt: skip
    elif found.shares_sessions:
        yield _check("pooler", OK, "in transaction mode", "处于 transaction 模式")
    else:
        yield _check(
            "pooler", NOTE,
            "none in transaction mode is met; statements cost less without database.pooler",
            "没有遇到处于 transaction 模式的连接池代理；不设 database.pooler 时语句开销更小",
        )  # fmt: skip


def _rights(rights: Rights, *, current: bool) -> Check:
    if not rights.takes_writes:
        return _check("rights", FAULT, "the database takes no writes from this user",
                      "数据库不接受此用户的写入")  # fmt: skip
    if rights.unwritable:
        names = ", ".join(rights.unwritable)
        return _check("rights", FAULT, f"tables that may not be written: {names}",
                      f"不可写的表：{names}")  # fmt: skip
    if not rights.may_migrate:
        state = WARNING if current else FAULT
        owned = f" {', '.join(rights.foreign)}" if rights.foreign else ""
        en = f"; tables of another role:{owned}" if owned else "; no right to create tables"
        zh = f"；属于其他角色的表：{owned}" if owned else "；没有建表权限"
        return _check("rights", state, f"may write, but not migrate{en}", f"可写，但不能迁移{zh}")
    return _check("rights", OK, "may write and migrate", "可写，可迁移")


def _moving(found: DoctorReport) -> Iterator[Check]:
    if found.moving_since is None:
        return
    since = datetime.fromtimestamp(found.moving_since, UTC).isoformat(timespec="seconds")
    yield _check(
        "moving", WARNING,
        f"the store is moving since {since} and takes no writes; to abandon the move:"
        " openchannels moving off",
        f"存储自 {since} 起正在搬迁，不接受写入；放弃搬迁：openchannels moving off",
    )  # fmt: skip


def _keyring(settings: Settings, found: DoctorReport) -> Check:
    wanted = _wanted_key(found)
    place = "vault.keys" if settings.vault.keys else str(settings.keyring_path)
    if "keyring" in found.problems:
        problem = found.problems["keyring"]
        if wanted is None:
            return _same("keyring", FAULT, problem)
        return _check(
            "keyring", FAULT,
            f"{problem} The store wants the key {wanted}; looked for in {place}",
            f"{problem} 存储需要密钥 {wanted}；查找位置：{place}",
        )  # fmt: skip
    needs = "" if wanted is None else f"; the store wants {wanted}"
    needs_zh = "" if wanted is None else f"；存储需要 {wanted}"
    if settings.vault.keys:
        ids, active = ", ".join(settings.vault.keys), settings.vault.active_id
        return _check("keyring", OK, f"vault.keys: {ids}; {active} seals{needs}",
                      f"vault.keys：{ids}；{active} 用于加密{needs_zh}")  # fmt: skip
    path = settings.keyring_path
    if found.has_keyring:
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & 0o077:
            return _check("keyring", WARNING, f"{path} has mode {mode:04o}; chmod 600 {path}",
                          f"{path} 的权限为 {mode:04o}；请执行 chmod 600 {path}")  # fmt: skip
        return _check("keyring", OK, f"{path}, mode {mode:04o}{needs}",
                      f"{path}，权限 {mode:04o}{needs_zh}")  # fmt: skip
    if settings.uses_postgresql:
        return _check("keyring", FAULT, f"{path} is missing; PostgreSQL needs a shared master key",
                      f"{path} 不存在；PostgreSQL 需要共享的主密钥")  # fmt: skip
    return _check("keyring", NOTE, f"{path}: missing; serve creates it",
                  f"{path}：不存在；serve 会创建")  # fmt: skip


def _wanted_key(found: DoctorReport) -> str | None:
    """The id of the master key that wraps the store's check of the keyring."""
    sealed = found.database.facts.get(VAULT_CHECK)
    try:
        return None if sealed is None else wrapped_by_text(sealed)
    except VaultError:
        return None


def _files(found: DoctorReport) -> Check:
    if not found.open_files:
        return _check("files", OK, "none is open to other users", "没有对其他用户开放的文件")
    listed = ", ".join(f"{path} ({mode:04o})" for path, mode in found.open_files.items())
    return _check("files", WARNING, f"open to other users, chmod go= on each: {listed}",
                  f"对其他用户开放，请逐个执行 chmod go=：{listed}")  # fmt: skip


def _disk(found: DoctorReport) -> Check:
    short = {path: free for path, free in found.free.items() if free < LEAST_FREE}
    listed = ", ".join(f"{path}: {free / LEAST_FREE:.1f} GiB"
                       for path, free in (short or found.free).items())  # fmt: skip
    if short:
        return _check("disk", WARNING, f"almost full, free: {listed}", f"即将写满，剩余：{listed}")
    return _check("disk", OK, f"free: {listed}", f"剩余：{listed}")


def _background(settings: Settings, found: DoctorReport) -> Check:
    if "background" in found.problems:
        return _same("background", FAULT, found.problems["background"])
    if "database" in found.problems:
        return _check("background", NOTE, "not tried without a database", "没有数据库，未尝试")
    if not settings.jobs.embedded:
        return _check("background", OK, "can run; serve leaves it to openchannels worker",
                      "可运行；serve 将其交给 openchannels worker")  # fmt: skip
    return _check("background", OK, "can run within serve", "可在 serve 中运行")


def _workers(settings: Settings, found: DoctorReport) -> Iterator[Check]:
    """Whether anybody does the background work that servers leave to workers."""
    if settings.jobs.embedded or not found.database.up_to_date:
        return
    seconds = settings.jobs.dead_seconds
    alive = sum(abs(time.time() - beat) < seconds for beat in found.database.heartbeats)
    if alive:
        yield _check("workers", OK, f"alive: {alive}", f"运行中：{alive}")
    else:
        yield _check(
            "workers", WARNING,
            f"none has given a sign of life for {seconds:g} s: no token is refreshed ahead of use,"
            " and no webhook is sent; start openchannels worker",
            f"{seconds:g} 秒内没有任何进程报告存活：令牌不会提前刷新，webhook 不会发送；"
            "请启动 openchannels worker",
        )  # fmt: skip


def _environment(settings: Settings, found: DoctorReport) -> Check:
    wanted = "sandbox" if settings.sandbox.enabled else "real"
    if found.environment is None:
        return _check("environment", NOTE, f"not bound yet; serve binds it to {wanted}",
                      f"尚未绑定；serve 会绑定到 {wanted}")  # fmt: skip
    if found.environment != wanted:
        return _check(
            "environment", FAULT,
            f"the data belongs to {found.environment}, these settings serve {wanted}",
            f"数据属于 {found.environment}，而当前设置服务于 {wanted}",
        )  # fmt: skip
    return _same("environment", OK, wanted)


def _public_url(settings: Settings, found: DoctorReport) -> Iterator[Check]:
    url, network = found.public_url, found.network
    parts = urlsplit(url)
    if parts.scheme == "http" and parts.hostname not in LOOPBACK:
        yield _check("public_url", WARNING,
                     f"{url}: plain http; platforms and browsers require https",
                     f"{url}：使用明文 http；平台和浏览器要求 https")  # fmt: skip
    elif settings.server.public_url is None and settings.server.host in WILDCARDS:
        yield _check("public_url", WARNING,
                     f"{url} is reachable from this machine only; set server.public_url",
                     f"{url} 只能从本机访问；请设置 server.public_url")  # fmt: skip
    else:
        yield _same("public_url", OK, url)
    if network is not None:
        yield _health(url, network.public, expected=found.database.exists)
        if network.public.certificate_end is not None:
            yield _certificate(network.public.certificate_end)


def _health(url: str, answer: Reached, *, expected: bool) -> Check:
    """What a client on this machine gets; nobody knows from here what others get.

    Before the first start nothing is `expected` to answer.
    """
    limit = "; this proves nothing about reachability from outside"
    limit_zh = "；这不能证明外部可以访问"
    if answer.problem is not None:
        state = WARNING if expected else NOTE
        return _check("health", state, f"{url}/health: {_problem(answer).en}{limit}",
                      f"{url}/health：{_problem(answer).zh}{limit_zh}")  # fmt: skip
    if answer.status != 200 or answer.body != b"OK":
        return _check(
            "health", WARNING,
            f"{url}/health answers {answer.status}, but not as openchannels does{limit}",
            f"{url}/health 返回 {answer.status}，但不是 openchannels 的回答{limit_zh}",
        )  # fmt: skip
    return _check("health", OK, f"{url}/health answers this machine{limit}",
                  f"{url}/health 对本机有回答{limit_zh}")  # fmt: skip


def _certificate(end: float) -> Check:
    days = int((end - time.time()) // DAY)
    date = datetime.fromtimestamp(end, UTC).date().isoformat()
    state = WARNING if days < CERTIFICATE_DAYS else OK
    return _check("certificate", state, f"valid until {date}, {days} days",
                  f"有效期至 {date}，剩余 {days} 天")  # fmt: skip


def _hosts(settings: Settings, network: Network) -> Iterator[Check]:
    kind = "sandbox" if settings.sandbox.enabled else "platforms"
    away = {host: one for host, one in network.hosts.items() if one.problem is not None}
    if away:
        en = "; ".join(f"{host}: {_problem(one).en}" for host, one in away.items())
        zh = "；".join(f"{host}：{_problem(one).zh}" for host, one in away.items())
        yield _check(kind, WARNING, f"not reached: {en}", f"无法访问：{zh}")
    elif network.hosts:
        hosts = ", ".join(network.hosts)
        yield _check(kind, OK, f"reached: {hosts}", f"可以访问：{hosts}")
    elif settings.sandbox.mounted:
        yield _check(kind, OK, "mounted in the server", "挂载在服务内")
    else:
        yield _check(kind, NOTE, "none is configured", "尚未配置任何平台")
    yield _clock(network)


def _clock(network: Network) -> Check:
    """Compares with the dates of other hosts; one wrong clock among several is not ours."""
    found = [one.ahead for one in network.hosts.values() if one.ahead is not None]
    if not found:
        return _check("clock", NOTE, "no other host told the time", "没有其他主机提供时间")
    ahead = sorted(found)[len(found) // 2]
    state = WARNING if abs(ahead) > MOST_AHEAD else OK
    return _check("clock", state, f"{ahead:+.0f} s against the dates of {len(found)} answers",
                  f"与 {len(found)} 个回答的日期相差 {ahead:+.0f} 秒")  # fmt: skip


def _problem(answer: Reached) -> Text:
    words = answer.problem or ""
    known = {
        "dns": Text(en="the name is not found by DNS", zh="DNS 找不到该名称"),
        "timeout": Text(en="no answer within 5 s", zh="5 秒内没有回答"),
    }
    return known.get(words, Text(en=words, zh=words))


def _same(name: str, state: CheckState, text: str) -> Check:
    return _check(name, state, text, text)

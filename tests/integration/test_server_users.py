"""The users of the Redis server: a real server loads them, and lets each do what its part does, and nothing else."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from redis import Redis
from redis.exceptions import AuthenticationError

from copytaster.bootstrap.store import redis_store
from copytaster.clock import ManualClock
from copytaster.model.article import ArticleId
from copytaster.model.delivery import DeliveryId
from copytaster.store.keys import Keys
from copytaster.store.redis.client import connect
from copytaster.store.server_users import FACTS, READS, WRITES, Role, acl_file
from copytaster_broker.app import KEY_PREFIX
from copytaster_cli.processes.embedded_server import find_binary
from tests.factories import an_article, delivery_id
from tests.layouts import WINDOW

if TYPE_CHECKING:
    from tests.conftest import Waiter

KEYS = Keys()

ARTICLE = ArticleId("a0123456789abcdef0123")

PASSWORDS = {role: f"secret of {role}" for role in Role}

PARTS = (Role.WATCHER, Role.WORKER, Role.API)


@pytest.fixture(scope="module")
def admin(module_port: int, tmp_path_factory: pytest.TempPathFactory, wait: Waiter) -> Iterator[Redis]:
    """Give an administrator's client of a server that has the users."""
    with serving(tmp_path_factory.mktemp("users"), module_port, wait) as client:
        yield client


@contextmanager
def serving(folder: Path, port: int, wait: Waiter) -> Iterator[Redis]:
    """Run a server that has the users and an append-only file, and give an administrator's client."""
    (folder / "users.acl").write_text(acl_file(PASSWORDS, prefix=KEYS.prefix, broker=KEY_PREFIX), encoding="ascii")
    options = ["--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder), "--save", "", "--appendonly", "yes"]
    server = subprocess.Popen(
        [find_binary(shutil.which), *options, "--aclfile", str(folder / "users.acl")], stdout=subprocess.DEVNULL
    )
    client = Redis(port=port, username=Role.ADMIN, password=PASSWORDS[Role.ADMIN])
    try:
        wait(lambda: answers(client), seconds=20)
        yield client
    finally:
        client.close()
        server.terminate()
        server.wait()


def test_a_server_that_starts_again_has_the_transactions_of_its_users(
    tmp_path: Path, own_port: int, wait: Waiter
) -> None:
    with serving(tmp_path, own_port, wait) as client, client.pipeline(transaction=True) as pipe:
        for field in ("seen", "stored"):
            pipe.hset("ct:{ledger}:balance", field, "1")
        pipe.execute()

    with serving(tmp_path, own_port, wait) as client:
        assert client.hgetall("ct:{ledger}:balance") == {b"seen": b"1", b"stored": b"1"}
        assert client.acl_log() == []


def answers(client: Redis) -> bool:
    try:
        return bool(client.ping())
    except OSError:
        return False


def refusal(admin: Redis, role: Role, *command: str) -> str | None:
    """Return why the server would refuse the command; None if it would not."""
    found: Any = admin.execute_command("ACL", "DRYRUN", role, *command)  # type: ignore[no-untyped-call]
    return None if found == b"OK" else found.decode()


@pytest.mark.parametrize("given", [{}, {"username": "worker", "password": PASSWORDS[Role.WATCHER]}])
@pytest.mark.usefixtures("admin")
def test_a_client_without_a_user_or_with_a_wrong_password_is_refused(module_port: int, given: dict[str, str]) -> None:
    with Redis(port=module_port, protocol=2, **given) as client, pytest.raises(AuthenticationError):  # type: ignore[arg-type]
        client.ping()


def test_the_file_has_no_password() -> None:
    text = acl_file(PASSWORDS, prefix=KEYS.prefix, broker=KEY_PREFIX)

    assert not any(password in text for password in PASSWORDS.values())


@pytest.mark.parametrize("role", PARTS)
def test_each_part_may_do_what_files_need(admin: Redis, role: Role) -> None:
    delivery = DeliveryId("d0123456789abcdef")
    for command in (
        ("HSET", KEYS.delivery(delivery), "a", "b"),
        ("ZADD", KEYS.listing(), "1", ARTICLE),
        ("EVALSHA", "0" * 40, "2", KEYS.article(ARTICLE), KEYS.deleted(ARTICLE), "x"),
        ("GETRANGE", KEYS.terms("en", "1"), "0", "1"),
        ("HGETALL", KEYS.pauses()),
        ("GET", KEYS.layout()),
        ("HSET", KEYS.presence(), "a", "b"),
        ("LPUSH", f"{KEY_PREFIX}ingest", "{}"),
        ("CLIENT", "SETNAME", "x"),
        ("INFO", "memory"),
    ):
        assert refusal(admin, role, *command) is None, command


@pytest.mark.parametrize("role", [Role.WATCHER, Role.API])
def test_the_api_and_commands_write_and_read_the_audit_trail(admin: Redis, role: Role) -> None:
    for key in (KEYS.audit(), KEYS.audit_refusals()):
        for command in (("XADD", key, "*", "json", "{}"), ("XTRIM", key, "MINID", "1"), ("XREVRANGE", key, "+", "-")):
            assert refusal(admin, role, *command) is None, command


@pytest.mark.parametrize(
    ("role", "command"),
    [
        *((role, command) for role in (*PARTS, Role.BACKUP, Role.FLOWER, Role.EXPORTER) for command in (
            ("FLUSHALL",), ("SHUTDOWN",), ("CONFIG", "SET", "maxmemory", "1"), ("ACL", "LIST"), ("DEBUG", "SLEEP", "9"),
            ("KEYS", "*"), ("CLIENT", "KILL", "ID", "1"), ("MONITOR",), ("GET", "foreign"), ("MODULE", "LIST"),
        )),
        (Role.WORKER, ("GET", KEYS.session("x"))),
        (Role.WORKER, ("XRANGE", KEYS.audit(), "-", "+")),
        (Role.WORKER, ("XRANGE", KEYS.audit_refusals(), "-", "+")),
        (Role.WORKER, ("HSET", KEYS.pauses(), "a", "b")),
        (Role.WORKER, ("CONFIG", "RESETSTAT")),
        (Role.WATCHER, ("GET", KEYS.session("x"))),
        (Role.WATCHER, ("BRPOP", f"{KEY_PREFIX}ingest", "1")),
        (Role.API, ("BRPOP", f"{KEY_PREFIX}ingest", "1")),
        (Role.API, ("DEL", KEYS.files_open())),
        (Role.BACKUP, ("DEL", KEYS.layout())),
        (Role.FLOWER, ("GET", KEYS.layout())),
        (Role.EXPORTER, ("LLEN", f"{KEY_PREFIX}ingest")),
    ],
)  # fmt: skip
def test_what_a_role_does_not_need_is_refused(admin: Redis, role: Role, command: tuple[str, ...]) -> None:
    assert refusal(admin, role, *command)


@pytest.mark.parametrize("role", PARTS)
def test_nothing_is_refused_to_a_part_that_stores_an_article(
    admin: Redis, module_port: int, clock: ManualClock, role: Role
) -> None:
    admin.acl_log_reset()
    client = connect(f"redis://{role}:{quote(PASSWORDS[role])}@127.0.0.1:{module_port}/0", name=role)

    redis_store(client, clock=clock, window=WINDOW).articles.create(an_article(), owner=delivery_id(1))

    assert admin.acl_log() == []
    client.close()


def test_whoever_takes_messages_may_listen_to_the_brokers_channels_and_others_may_not(admin: Redis) -> None:
    for role in (Role.WORKER, Role.FLOWER):
        assert refusal(admin, role, "BRPOP", f"{KEY_PREFIX}ingest", "1") is None
        assert refusal(admin, role, "PSUBSCRIBE", f"{KEY_PREFIX}/0.celery.pidbox") is None
        assert refusal(admin, role, "PUBLISH", f"{KEY_PREFIX}/0.celeryev/worker.heartbeat", "{}") is None
    assert refusal(admin, Role.WATCHER, "PSUBSCRIBE", f"{KEY_PREFIX}/0.celery.pidbox")
    assert refusal(admin, Role.WORKER, "SUBSCRIBE", "foreign")


def test_the_backup_copies_all_data_and_no_other_part_does(admin: Redis) -> None:
    assert [role for role in Role if refusal(admin, role, "SYNC") is None] == [Role.ADMIN, Role.BACKUP]


def test_the_exporter_reads_the_figures_of_the_server(admin: Redis) -> None:
    for command in (("INFO", "all"), ("SLOWLOG", "LEN"), ("LATENCY", "LATEST"), ("CONFIG", "GET", "*"), ("PING",)):
        assert refusal(admin, Role.EXPORTER, *command) is None


def test_every_command_of_the_scripts_is_permitted() -> None:
    folder = files("copytaster.store.redis").joinpath("scripts")
    sources = [path.read_text(encoding="utf-8") for path in Path(str(folder)).rglob("*.lua")]
    called = {name.lower() for text in sources for name in re.findall(r"redis\.p?call\(\s*['\"](\w+)['\"]", text)}

    assert len(called) > 20
    assert called - {*READS.split(), *WRITES.split(), *FACTS.split()} == set()

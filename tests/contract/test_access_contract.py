"""Sessions, uses of keys and the audit trail: in memory and on a real server. Keys: in memory and in a folder."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from copytaster.archive.access_keys import AccessKeys, DamagedKeyError, FilesystemAccessKeys, MemoryAccessKeys
from copytaster.clock import ManualClock
from copytaster.model.access import AccessKey, AuditEntry, Channel, KeyId, Scope, Session
from copytaster.store.keys import Keys
from tests.factories import START

if TYPE_CHECKING:
    from redis import Redis

    from copytaster.store.store import Store

HOUR = timedelta(hours=1)


def a_session(clock: ManualClock) -> Session:
    return Session(key_id=KeyId("k1"), csrf="token", created_at=clock.now(), expires_at=clock.now() + HOUR)


def an_entry(clock: ManualClock, target: str) -> AuditEntry:
    return AuditEntry(
        at=clock.now(),
        who="ann",
        via=Channel.CLI,
        action="delete",
        target=target,
        status=0,
        succeeded=True,
    )


def a_key(name: str = "k000000000001", **fields: object) -> AccessKey:
    given = {"id": name, "name": "desk", "scope": Scope.READ, "sha256": "ab" * 32}
    return AccessKey.model_validate(given | {"created_at": START, "created_by": "ann"} | fields)


def test_a_session_is_found_by_the_hash_of_its_token_until_it_ends(store: Store, clock: ManualClock) -> None:
    session = a_session(clock)
    store.sessions.write("a", session)
    store.sessions.write("b", session)
    found = store.sessions.get("a")
    store.sessions.remove("a")
    store.sessions.remove("c")

    assert found == session
    assert store.sessions.get("a") is None
    assert store.sessions.get("b") == session
    clock.advance(seconds=HOUR.total_seconds())
    assert store.sessions.get("b") is None


def test_the_server_forgets_a_session_with_its_end(server_store: Store, client: Redis, clock: ManualClock) -> None:
    server_store.sessions.write("a", a_session(clock))

    assert 0 < client.ttl(Keys().session("a")) <= HOUR.total_seconds()


def test_the_last_use_of_each_key_is_kept(store: Store, clock: ManualClock) -> None:
    first, later = clock.now(), clock.now() + HOUR
    for key, at in (("k1", first), ("k2", first), ("k1", later)):
        store.key_uses.note(KeyId(key), at)

    assert store.key_uses.all() == {"k1": later, "k2": first}


def test_the_audit_trail_is_read_from_its_end_in_pages(store: Store, clock: ManualClock) -> None:
    for number in range(5):
        store.audit.record(an_entry(clock, str(number)))

    first = store.audit.page(before=None, limit=2)
    second = store.audit.page(before=first[-1].id, limit=2)
    store.audit.record(an_entry(clock, "5"))
    third = store.audit.page(before=second[-1].id, limit=2)

    assert [each.target for each in (*first, *second, *third)] == ["4", "3", "2", "1", "0"]
    assert store.audit.page(before=third[-1].id, limit=2) == []
    assert first[0] == an_entry(clock, "4").model_copy(update={"id": first[0].id})


def test_old_entries_go_when_others_come(server_store: Store, client: Redis, clock: ManualClock) -> None:
    key = Keys().audit()
    old = an_entry(clock, "old").model_dump_json(exclude={"id"})
    client.xadd(key, {"json": old}, id="1000-0")

    server_store.audit.record(an_entry(clock, "new"))

    assert [each.target for each in server_store.audit.page(before=None, limit=9)] == ["new"]


@pytest.fixture(params=["memory", "folder"])
def keys(request: pytest.FixtureRequest, tmp_path: Path) -> AccessKeys:
    return MemoryAccessKeys() if request.param == "memory" else FilesystemAccessKeys(f"file://{tmp_path}/archive")


@pytest.fixture
def group_may_read() -> Iterator[None]:
    before = os.umask(0o027)
    yield
    os.umask(before)


def test_keys_are_returned_the_oldest_first_and_found_by_their_ids(keys: AccessKeys) -> None:
    assert not keys.exist()
    first, second = a_key("k00000000000b"), a_key("k00000000000a", created_at=START + HOUR)
    for each in (second, first):
        keys.write(each)

    assert keys.exist()
    assert keys.all() == [first, second]
    assert keys.get(first.id) == first
    assert keys.get(KeyId("k0")) is None
    assert keys.damaged() == []


def test_a_key_is_replaced(keys: AccessKeys) -> None:
    keys.write(a_key())
    keys.write(a_key(revoked_at=START, revoked_by="ann"))

    assert [each.revoked_by for each in keys.all()] == ["ann"]


@pytest.mark.usefixtures("group_may_read")
def test_only_the_owner_can_read_the_file_of_a_key(tmp_path: Path) -> None:
    FilesystemAccessKeys(f"file://{tmp_path}/archive").write(a_key())

    (file,) = (tmp_path / "archive/access").iterdir()
    assert file.stat().st_mode & 0o777 == 0o600


def test_a_key_that_has_changed_opens_nothing_and_still_counts_as_a_key(tmp_path: Path) -> None:
    keys = FilesystemAccessKeys(f"file://{tmp_path}/archive")
    for name in ("k000000000001", "k000000000002"):
        keys.write(a_key(name))
    file = tmp_path / "archive/access/k000000000001.json"
    file.write_bytes(file.read_bytes().replace(b'"read"', b'"admin"'))

    (said,) = keys.damaged()

    assert "access/k000000000001.json of the archive has changed" in said
    assert [each.id for each in keys.all()] == ["k000000000002"]
    assert keys.exist()
    with pytest.raises(DamagedKeyError):
        keys.get(KeyId("k000000000001"))


@pytest.mark.parametrize("lowest", ["0-0", "0-00"])
def test_no_entry_is_before_the_lowest_id(store: Store, lowest: str) -> None:
    assert store.audit.page(before=lowest, limit=10) == []

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
from copytaster.store.ports.audit import REFUSALS_KEPT
from tests.factories import START

if TYPE_CHECKING:
    from redis import Redis

    from copytaster.store.store import Store

HOUR = timedelta(hours=1)

NODE = 100
"""Entries that the server removes from a stream at a time, if it need not be exact."""


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


def a_refusal(clock: ManualClock, target: str) -> AuditEntry:
    request = {"via": Channel.API, "action": "POST /x", "status": 403, "succeeded": False}
    return an_entry(clock, target).model_copy(update=request)


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


def test_the_audit_trail_has_changes_and_refusals_in_the_order_of_their_time(store: Store, clock: ManualClock) -> None:
    entries = [an_entry, a_refusal, a_refusal, an_entry, a_refusal]
    for number, make in enumerate(entries):
        store.audit.record(make(clock, str(number)))

    pages, before = list[list[AuditEntry]](), None
    while page := store.audit.page(before=before, limit=2):
        pages.append(page)
        before = page[-1].id
    found = [each for page in pages for each in page]

    assert sorted(each.target or "" for each in found) == ["0", "1", "2", "3", "4"]
    assert [each.target for each in found if each.is_refusal] == ["4", "2", "1"]
    assert found == store.audit.page(before=None, limit=9)


def test_entries_of_one_moment_are_each_on_one_page(server_store: Store, client: Redis, clock: ManualClock) -> None:
    for key, make in ((Keys().audit(), an_entry), (Keys().audit_refusals(), a_refusal)):
        for number in range(3):
            client.xadd(key, {"json": make(clock, str(number)).model_dump_json(exclude={"id"})}, id=f"5000-{number}")

    found, before = list[AuditEntry](), None
    while page := server_store.audit.page(before=before, limit=1):
        found += page
        before = page[0].id

    assert [(each.target, each.is_refusal) for each in found] == [
        (number, refused) for number in ("2", "1", "0") for refused in (True, False)
    ]


def test_refused_requests_are_bounded_and_remove_no_change(store: Store, clock: ManualClock) -> None:
    store.audit.record(an_entry(clock, "the change"))
    for _ in range(REFUSALS_KEPT + 2 * NODE):
        store.audit.record(a_refusal(clock, "refused"))

    found = store.audit.page(before=None, limit=2 * REFUSALS_KEPT)

    assert [each.target for each in found if not each.is_refusal] == ["the change"]
    assert REFUSALS_KEPT <= len(found) - 1 <= REFUSALS_KEPT + NODE


@pytest.mark.parametrize(
    ("via", "status", "is_refusal"),
    [
        (Channel.API, 403, True),
        (Channel.DASHBOARD, 404, True),
        (Channel.API, 202, False),
        (Channel.API, 303, False),
        (Channel.API, 500, False),
        (Channel.CLI, 1, False),
        (Channel.CLI, 0, False),
    ],
)
def test_what_may_have_changed_something_is_no_refusal(
    clock: ManualClock, via: Channel, status: int, *, is_refusal: bool
) -> None:
    entry = an_entry(clock, "x").model_copy(update={"via": via, "status": status})

    assert entry.is_refusal is is_refusal


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

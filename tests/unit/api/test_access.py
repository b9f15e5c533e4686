"""Keys in requests: what the answers say about them, what is recorded, and how often wrong ones may be tried."""

from __future__ import annotations

import html
import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from structlog.testing import capture_logs

from copytaster.access.authentication import Authentication
from copytaster.access.key_format import new_key
from copytaster.archive.access_keys import FilesystemAccessKeys, MemoryAccessKeys
from copytaster.bootstrap.archive import watch_archive
from copytaster.bootstrap.store import memory_store
from copytaster.clock import ManualClock
from copytaster.errors import ServerUnavailableError, TransientError
from copytaster.model.access import AccessKey, KeyId, Scope
from copytaster.model.article import ArticleStatus
from copytaster.model.delivery import DeliveryId
from copytaster.model.disposition import Disposition, Reason
from copytaster.model.outage import Resource
from copytaster.settings import Settings
from copytaster_api.access_rules import READING
from copytaster_api.failed_attempts import BY_ADDRESS, BY_ALL, FailedAttempts
from copytaster_api.route_rules import rules_of
from tests.factories import a_delivery

if TYPE_CHECKING:
    from fastapi.testclient import TestClient


def wrong() -> dict[str, str]:
    return {"Authorization": f"Bearer {new_key()}"}


class AwayKeys(MemoryAccessKeys):
    """An archive that is away."""

    def exist(self) -> bool:
        raise TransientError("cannot list access in the archive: it is away", resource=Resource.ARCHIVE)

    def get(self, key_id: KeyId) -> AccessKey | None:
        raise TransientError(f"cannot read {key_id} in the archive: it is away", resource=Resource.ARCHIVE)


class AwayAudit:
    """An audit trail on a server that has just gone away."""

    def record(self, entry: object) -> None:
        raise ServerUnavailableError(f"cannot write {entry}")


class Refusing:
    """A part of the dependencies on a disk or server that has just gone away."""

    def __getattr__(self, name: str) -> object:
        raise TransientError(f"cannot {name}: it is away")


def local(keys: Any) -> TestClient:
    """Return a client of an API that only its own machine reaches, with the same keys."""
    known: Authentication = keys.authentication
    clock = keys.desk.deps.clock
    unexposed = Authentication(
        known.keyring, known.logins, keys.desk.store.key_uses, clock, exposed=False, is_archive_away=lambda: False
    )
    client: TestClient = keys.client(authentication=unexposed)
    return client


def test_on_the_loopback_interface_no_key_is_needed_until_there_is_one(keys: Any, clock: ManualClock) -> None:
    client = local(keys)
    before = client.get("/api/v1/status").status_code
    headers = keys.bearer()
    clock.advance(seconds=1)

    assert before == 200
    assert client.get("/api/v1/status").status_code == 401
    assert client.get("/api/v1/status", headers=headers).status_code == 200


def test_to_revoke_the_last_key_opens_nothing(keys: Any) -> None:
    keys.bearer()
    (key,) = keys.keyring.keys.all()
    keys.keyring.revoke(key.id, by="ann")

    assert local(keys).get("/api/v1/status").status_code == 401


@pytest.mark.parametrize("exposed", [True, False])
def test_while_the_archive_is_away_nobody_is_let_in_and_health_answers(keys: Any, exposed: bool) -> None:
    headers, clock = keys.bearer(), keys.desk.deps.clock
    keyring = type(keys.keyring)(AwayKeys(), clock)
    away = Authentication(
        keyring,
        keys.authentication.logins,
        keys.desk.store.key_uses,
        clock,
        exposed=exposed,
        is_archive_away=lambda: False,
    )
    client = keys.client(authentication=away)

    answers = [client.get("/api/v1/articles", headers=headers) for _ in range(2)]

    assert [each.status_code for each in answers] == [503, 503]
    assert "the archive" in answers[0].json()["detail"]
    assert client.get("/livez").status_code == 200


@pytest.mark.parametrize(("is_new", "status"), [(False, 503), (True, 200)])
def test_an_empty_archive_opens_nothing_unless_nothing_was_received_yet(
    keys: Any, tmp_path: Path, *, is_new: bool, status: int
) -> None:
    folder, clock = tmp_path / "archive", keys.desk.deps.clock
    folder.mkdir()
    store = memory_store(clock)
    if not is_new:
        store.ledger.register(a_delivery(), due_in=timedelta(0), by="watcher@test:1")
    keyring = type(keys.keyring)(FilesystemAccessKeys(folder.as_uri()), clock)
    authentication = Authentication(
        keyring,
        keys.authentication.logins,
        keys.desk.store.key_uses,
        clock,
        exposed=False,
        is_archive_away=watch_archive(Settings(archive_url=folder.as_uri()), lambda: store),
    )

    answer = keys.client(authentication=authentication).get("/api/v1/articles")

    assert answer.status_code == status
    assert is_new or "Mount the archive's disk" in answer.json()["detail"]


def test_the_answer_does_not_say_whether_a_wrong_key_is_near_a_right_one(keys: Any) -> None:
    secret = keys.secret()
    other = secret[:10] + ("a" if secret[10] != "a" else "b") + secret[11:]
    client = keys.client()

    headers = {"X-Request-ID": "one"}
    answers = [
        client.get("/api/v1/status", headers=headers | {"Authorization": f"Bearer {each}"})
        for each in (other, new_key())
    ]

    wrong, unlike = ({**each.json(), "request_id": ""} for each in answers)
    assert wrong == unlike
    assert 'error="invalid_token"' in answers[0].headers["www-authenticate"]


def test_other_schemes_are_for_a_proxy_and_no_keys(keys: Any) -> None:
    client, _ = keys.logged_in()

    assert client.get("/api/v1/status", headers={"Authorization": "Basic ZGVzazp4"}).status_code == 200


def test_the_use_of_a_key_is_noted_once_in_a_minute(keys: Any, clock: ManualClock) -> None:
    client, headers = keys.client(), keys.bearer()
    (key,) = keys.keyring.keys.all()
    noted = []
    for seconds in (0, 59, 1):
        clock.advance(seconds=seconds)
        client.get("/api/v1/status", headers=headers)
        noted.append((keys.desk.store.key_uses.all()[key.id] - key.created_at).total_seconds())

    assert noted == [0, 0, 60]


def test_wrong_keys_are_answered_429_after_some_and_a_right_one_is_still_let_in(keys: Any) -> None:
    client, headers = keys.client(), keys.bearer()

    answers = [client.get("/api/v1/status", headers=wrong()) for _ in range(BY_ADDRESS.amount + 1)]

    assert [each.status_code for each in answers] == [401] * BY_ADDRESS.amount + [429]
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 60
    assert answers[-1].json()["type"] == "/docs#too-many-failures"
    assert client.get("/api/v1/status", headers=headers).status_code == 200


def test_failures_are_counted_for_each_address_and_for_all() -> None:
    failures = FailedAttempts()
    for _ in range(BY_ADDRESS.amount):
        failures.record("192.0.2.1")
    of_one = failures.wait_of("192.0.2.1"), failures.wait_of("192.0.2.2")
    for number in range(BY_ALL.amount):
        failures.record(f"198.51.100.{number}")

    assert of_one[0]
    assert of_one[1] is None
    assert failures.wait_of("192.0.2.2")


def test_the_addresses_of_one_subscriber_are_counted_together() -> None:
    failures = FailedAttempts()
    for number in range(BY_ADDRESS.amount):
        failures.record(f"2001:db8:1:2::{number + 1:x}")

    assert failures.wait_of("2001:db8:1:2:ffff::1")
    assert failures.wait_of("2001:db8:1:3::1") is None


def test_each_change_is_in_the_audit_trail_with_who_and_what_and_result(keys: Any, clock: ManualClock) -> None:
    client = keys.client(pin=None)
    editor = keys.bearer(Scope.WRITE, name="editor")
    client.post("/api/v1/articles/a1/pin", headers=editor)
    clock.advance(seconds=1)
    client.get("/api/v1/articles/a1", headers=editor)
    client.delete("/api/v1/webhooks/w1", headers=editor)
    client.post("/api/v1/articles/a1/pin", headers=wrong())

    answer = client.get("/api/v1/audit", headers=keys.bearer(Scope.ADMIN))

    latest, first = answer.json()["items"]
    assert (latest["action"], latest["status"], latest["succeeded"]) == (
        "DELETE /api/v1/webhooks/{endpoint_id}",
        403,
        False,
    )
    assert first["who"] == "editor"
    assert first["key_id"].startswith("k")
    assert (first["via"], first["address"]) == ("api", "testclient")
    assert (first["action"], first["target"]) == ("POST /api/v1/articles/{article_id}/pin", "a1")
    assert (first["status"], first["succeeded"]) == (503, False)
    assert first["at"] < latest["at"]


NAMED: dict[tuple[str, str], tuple[dict[str, Any], str]] = {
    ("POST", "/api/v1/deliveries"): ({"params": {"name": "a.txt", "source": "wire"}, "content": b"x"}, "wire a.txt"),
    ("POST", "/api/v1/jobs"): ({"json": {"action": "dismiss", "source": "wire"}}, "action=dismiss source=wire"),
    ("POST", "/api/v1/pauses"): ({"json": {"kind": "source", "name": "wire"}}, "source wire"),
    ("DELETE", "/api/v1/pauses"): ({"params": {"kind": "source", "name": "wire"}}, "source wire"),
    ("POST", "/api/v1/searches"): ({"json": {"name": "Ferries", "q": "ferry"}}, "Ferries"),
    ("POST", "/api/v1/searches/preview"): ({"json": {"q": "ferry"}}, "ferry"),
    ("POST", "/api/v1/webhooks"): ({"json": {"url": "https://u:secret@hooks.example/secret"}}, "hooks.example"),
    ("POST", "/api/v1/stories/s1/merge"): ({"json": {"into": "s2"}}, "s1 s2"),
    ("POST", "/api/v1/stories/s1/split"): ({"json": {"articles": ["a1", "a2"]}}, "s1 a1 a2"),
    ("POST", "/api/v1/stories/s1/move"): ({"json": {"article": "a1", "into": "s2"}}, "s1 a1 s2"),
}
"""Requests whose path does not say all that they are about, and what the audit trail has; all of them fail here."""


def test_the_audit_trail_says_what_each_request_was_about(keys: Any) -> None:
    desk, admin = keys.desk, keys.bearer(Scope.ADMIN)
    refusing = Refusing()
    client = keys.client(
        uploads=refusing,
        searches=refusing,
        search_preview=refusing,
        webhooks=refusing,
        story_desk=refusing,
        store=replace(desk.store, jobs=refusing, pauses=refusing),
    )

    recorded = {}
    for (method, path), (given, _) in NAMED.items():
        answer = client.request(method, path, headers=admin, **given)
        (entry,) = desk.store.audit.page(before=None, limit=1)
        recorded[method, path] = entry.target
        assert (answer.status_code, entry.status) == (503, 503), (path, answer.text)

    assert recorded == {each: target for each, (_, target) in NAMED.items()}


def test_each_route_that_changes_something_names_it_by_its_path_or_otherwise(desk: Any) -> None:
    changing = [each for each in rules_of(desk.client().app.routes) if each.methods and not each.methods & READING]

    unnamed = {each.path for each in changing if "{" not in each.path and each.rule.scope}

    assert unnamed == {path for _, path in NAMED if "/s1/" not in path}


def test_what_is_new_is_in_the_audit_trail_with_its_id(keys: Any) -> None:
    client, admin = keys.client(), keys.bearer(Scope.ADMIN)

    job = client.post("/api/v1/jobs", json={"action": "retry"}, headers=admin).json()

    (entry,) = keys.desk.store.audit.page(before=None, limit=1)
    assert entry.target == f"{job['id']} action=retry"


def test_the_log_tells_changes_from_refused_requests(keys: Any) -> None:
    client = keys.client()

    with capture_logs() as lines:
        client.post("/api/v1/pauses", json={"kind": "intake"}, headers=keys.bearer(Scope.WRITE))
        client.post("/api/v1/pauses", json={"kind": "intake"}, headers=keys.bearer(Scope.READ))

    events = [(each["event"], each["status"]) for each in lines if each["event"].startswith("audit.")]
    assert events == [("audit.change", 200), ("audit.refused", 403)]


def test_changes_are_recorded_also_where_no_key_is_needed(desk: Any) -> None:
    desk.client().post("/api/v1/deliveries/d1/retry")

    (entry,) = desk.store.audit.page(before=None, limit=9)
    assert (entry.who, entry.key_id, entry.target) == ("anyone", None, "d1")


@pytest.mark.parametrize("path", ["/api/v1/articles/{}/pin", "/{}"])
def test_a_long_path_does_not_make_a_long_entry_of_the_audit_trail(keys: Any, path: str) -> None:
    answer = keys.client().post(path.format(60_000 * "a"), headers=keys.bearer())

    (entry,) = keys.desk.store.audit.page(before=None, limit=9)
    assert answer.status_code == 403
    assert len(entry.model_dump_json()) < 2_000


def test_a_change_that_fails_by_a_fault_of_the_program_is_recorded(desk: Any) -> None:
    def fail(_: DeliveryId, __: str) -> None:
        raise ZeroDivisionError

    answer = desk.client(retry=fail).post("/api/v1/deliveries/d1/retry")

    (entry,) = desk.store.audit.page(before=None, limit=9)
    assert (answer.status_code, entry.status) == (500, 500)


def test_a_change_is_answered_although_the_audit_trail_is_away(desk: Any) -> None:
    store = replace(desk.store, audit=AwayAudit())

    answer = desk.client(store=store).post("/api/v1/deliveries/d1/dismiss")

    assert answer.status_code == 503
    assert "copytaster dismiss" in answer.json()["detail"]


def test_the_audit_trail_has_pages(keys: Any) -> None:
    client, headers = keys.client(), keys.bearer(Scope.ADMIN)
    for number in range(3):
        client.post(f"/api/v1/deliveries/d{number}/retry", headers=headers)

    first = client.get("/api/v1/audit?limit=2", headers=headers).json()
    second = client.get(f"/api/v1/audit?limit=2&cursor={first['next_cursor']}", headers=headers).json()

    assert [each["target"] for each in (*first["items"], *second["items"])] == ["d2", "d1", "d0"]
    assert second["next_cursor"] is None
    for wrong_cursor in ("x", f"{10**19}-0", "٣-٣"):
        answer = client.get("/api/v1/audit", params={"cursor": wrong_cursor}, headers=headers)
        assert answer.status_code == 422, wrong_cursor


def test_a_decision_has_the_name_of_the_key_unless_it_is_given_another(keys: Any) -> None:
    signed: list[str] = []

    def delete(_: object, *, by: str, **_more: object) -> None:
        signed.append(by)

    client = keys.client(delete=delete)
    editor = keys.bearer(Scope.WRITE, name="night desk")
    for query in ("", "?by=ann"):
        client.delete(f"/api/v1/articles/a1{query}", headers=editor)

    assert signed == ["night desk", "ann"]


@pytest.mark.parametrize("logged_in", [False, True])
def test_what_is_decided_about_a_file_or_a_copy_has_the_name_of_the_key(keys: Any, *, logged_in: bool) -> None:
    signed = list[str]()

    def refuse(_: object, by: str, **__: object) -> None:
        signed.append(by)
        raise TransientError("the archive is away")

    changed = {"retry": refuse, "dismiss": refuse, "accept": refuse, "undo_acceptance": refuse}
    if logged_in:
        client, headers = keys.logged_in(Scope.WRITE, changed=changed, name="night desk")
    else:
        client, headers = keys.client(**changed), keys.bearer(Scope.WRITE, name="night desk")
    for method, route in (
        ("POST", "deliveries/d1/retry"),
        ("POST", "deliveries/d1/dismiss"),
        ("POST", "articles/a1/accept"),
        ("DELETE", "articles/a1/accept"),
    ):
        assert client.request(method, f"/api/v1/{route}", headers=headers).status_code == 503

    assert signed == ["night desk"] * 4


@pytest.mark.parametrize("path", ["/api/v1/articles", "/api/v1/articles/a1", "/articles", "/api/v1/articles.atom"])
def test_no_cache_that_several_people_share_keeps_what_needs_a_key(keys: Any, path: str) -> None:
    keys.desk.publish("a1")
    client, _ = keys.logged_in()
    found = client.get(path)
    unchanged = client.get(path, headers={"If-None-Match": found.headers["etag"]})
    refused = keys.client().get(path, follow_redirects=False)

    assert (found.status_code, unchanged.status_code) == (200, 304)
    assert refused.status_code in {303, 401}
    for each in (found, unchanged, refused):
        assert "private" in each.headers["cache-control"]


def test_a_pause_and_a_job_have_the_name_of_the_key_unless_they_are_given_another(keys: Any) -> None:
    client, store, editor = keys.client(), keys.desk.store, keys.bearer(Scope.WRITE, name="night desk")
    paused = list[str]()

    with capture_logs() as lines:
        for by in ({}, {"by": "ann"}):
            client.post("/api/v1/pauses", json={"kind": "intake"} | by, headers=editor)
            paused.append(store.pauses.all()[0].by)
            client.delete("/api/v1/pauses", params={"kind": "intake"} | by, headers=editor)
            client.post("/api/v1/jobs", json={"action": "dismiss"} | by, headers=editor)
    ended = [each["by"] for each in lines if each["event"] == "pause.ended"]

    assert paused == ended == ["night desk", "ann"]
    assert sorted(each.order.by for each in store.jobs.latest(limit=9)) == ["ann", "night desk"]


def test_what_a_person_who_is_logged_in_decides_on_a_page_has_the_name_of_the_key(keys: Any) -> None:
    desk = keys.desk
    desk.publish("a1", status=ArticleStatus.WITHHELD)
    desk.settle("slow.pdf", Disposition.QUARANTINED, Reason.PARSER_TIMEOUT)
    client, changes = keys.logged_in(Scope.WRITE, name="ann")

    release = attribute(client.get("/articles/a1").text, "data-body")
    order = attribute(client.get("/quarantine").text, "data-job")
    job = client.post("/api/v1/jobs", json=order, headers=changes).json()

    assert release == {"by": None, "version": 1}
    assert "by" not in order
    assert job["order"]["by"] == "ann"


def attribute(page: str, name: str) -> dict[str, Any]:
    """Return the JSON in the first attribute of this name."""
    found: dict[str, Any] = json.loads(html.unescape(page.partition(f' {name}="')[2].partition('"')[0]))
    return found

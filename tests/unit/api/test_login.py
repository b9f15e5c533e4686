"""Login and logout with a browser."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from copytaster.access.logins import LIFETIME
from copytaster.clock import ManualClock
from copytaster.model.access import Scope
from copytaster_api.failed_attempts import BY_ADDRESS

if TYPE_CHECKING:
    from fastapi.testclient import TestClient

PAGE = {"Accept": "text/html,application/xhtml+xml"}


def cookie(answer: Any, name: str) -> str:
    """Return the attributes of a cookie that an answer sets, in lower case."""
    (found,) = (each for each in answer.headers.get_list("set-cookie") if each.startswith(f"{name}="))
    return str(found).lower()


def test_a_browser_without_a_session_is_led_to_the_login_and_back(keys: Any) -> None:
    client = keys.client()

    sent = client.get("/stories?limit=5", headers=PAGE, follow_redirects=False)
    page = client.get(sent.headers["location"]).text
    logged_in = client.post("/login", data={"key": keys.secret(), "next": "/stories?limit=5"}, follow_redirects=False)

    assert sent.status_code == 303
    assert 'value="/stories?limit=5"' in page
    assert logged_in.headers["location"] == "/stories?limit=5"
    assert client.get("/stories?limit=5", headers=PAGE).status_code == 200


def test_programs_are_not_led_to_a_page(keys: Any) -> None:
    answers = [keys.client().get(path, headers=PAGE, follow_redirects=False) for path in ("/api/v1/status",)]

    assert [each.status_code for each in answers] == [401]


def test_the_cookie_of_a_session_is_for_this_site_only_and_not_for_scripts(keys: Any) -> None:
    answer = keys.client().post("/login", data={"key": keys.secret()}, follow_redirects=False)

    session, csrf = cookie(answer, "copytaster_session"), cookie(answer, "copytaster_csrf")
    assert "httponly" in session
    assert "httponly" not in csrf
    for each in (session, csrf):
        assert "samesite=strict" in each
        assert "path=/" in each
        assert f"max-age={int(LIFETIME.total_seconds())}" in each
        assert "secure" not in each


def test_the_cookie_is_only_for_encrypted_connections_if_the_browser_speaks_https(keys: Any) -> None:
    answer = keys.client().post(
        "/login", data={"key": keys.secret()}, headers={"Origin": "https://testserver"}, follow_redirects=False
    )

    assert "secure" in cookie(answer, "copytaster_session")


def test_a_session_is_stored_as_a_hash_and_a_key_too(keys: Any) -> None:
    secret = keys.secret()
    client = keys.client()
    client.post("/login", data={"key": secret})
    token = client.cookies["copytaster_session"]

    assert keys.desk.store.sessions.get(token) is None
    assert secret not in repr(keys.keyring.keys.all())
    assert client.get("/api/v1/status").status_code == 200


@pytest.mark.parametrize("token", [None, "", "wrong"])
def test_a_change_without_the_token_of_the_session_is_refused(keys: Any, token: str | None) -> None:
    client, _ = keys.logged_in(Scope.WRITE)
    headers = {} if token is None else {"X-CSRF-Token": token}

    answer = client.post("/api/v1/deliveries/d1/retry", headers=headers)

    assert answer.status_code == 403
    assert "X-CSRF-Token" in answer.json()["detail"]


def test_a_change_with_the_token_of_the_session_is_made_and_recorded(keys: Any) -> None:
    client, changes = keys.logged_in(Scope.WRITE, name="ann")

    answer = client.post("/api/v1/deliveries/d1/retry", headers=changes)

    assert answer.status_code == 503  # the API of this test cannot write
    (entry,) = keys.desk.store.audit.page(before=None, limit=9)
    assert (entry.who, entry.via) == ("ann", "dashboard")


def test_the_token_of_another_session_is_refused(keys: Any) -> None:
    client, _ = keys.logged_in(Scope.WRITE)
    _, others = keys.logged_in(Scope.WRITE)

    assert client.post("/api/v1/deliveries/d1/retry", headers=others).status_code == 403


def test_a_key_that_is_sent_counts_before_a_session(keys: Any) -> None:
    client, _ = keys.logged_in(Scope.READ)

    answer = client.post("/api/v1/deliveries/d1/retry", headers=keys.bearer(Scope.WRITE))

    assert answer.status_code == 503


def test_a_session_ends_after_its_time(keys: Any, clock: ManualClock) -> None:
    client, _ = keys.logged_in()
    clock.advance(seconds=LIFETIME.total_seconds())

    assert client.get("/api/v1/status").status_code == 401


def test_a_session_has_the_rights_that_its_key_has_now(keys: Any) -> None:
    client, _ = keys.logged_in()
    (key,) = keys.keyring.keys.all()

    keys.keyring.revoke(key.id, by="ann")

    answer = client.get("/api/v1/status")
    assert answer.status_code == 401
    assert "was revoked" in answer.json()["detail"]


def test_a_session_does_not_outlive_its_key(keys: Any, clock: ManualClock) -> None:
    answer = keys.client().post(
        "/login",
        data={"key": keys.secret(expires_at=clock.now() + LIFETIME / 2)},
        follow_redirects=False,
    )

    assert f"max-age={int(LIFETIME.total_seconds() / 2)}" in cookie(answer, "copytaster_session")


def test_to_log_out_ends_the_session_on_the_server(keys: Any) -> None:
    client, changes = keys.logged_in()
    token = client.cookies["copytaster_session"]

    answer = client.post("/logout", data={"csrf": changes["X-CSRF-Token"]}, follow_redirects=False)

    assert urlsplit(answer.headers["location"]).path == "/login"
    assert "copytaster_session" not in client.cookies
    assert keys.client().get("/api/v1/status", headers={"Cookie": f"copytaster_session={token}"}).status_code == 401


def test_a_page_of_another_site_logs_nobody_in_or_out(keys: Any) -> None:
    client, changes = keys.logged_in()
    evil = {"Origin": "https://evil.example"}

    assert client.post("/login", data={"key": keys.secret()}, headers=evil).status_code == 403
    assert client.post("/logout", data={"csrf": changes["X-CSRF-Token"]}, headers=evil).status_code == 403
    assert client.post("/logout", data={"csrf": "wrong"}).status_code == 403
    assert client.get("/api/v1/status").status_code == 200


def test_a_wrong_key_gets_the_page_again_and_no_cookie(keys: Any) -> None:
    answer = keys.client().post("/login", data={"key": "<script>", "next": "/stories"})

    assert answer.status_code == 401
    assert "set-cookie" not in answer.headers
    assert "not a key of this system" in answer.text
    assert 'value="/stories"' in answer.text
    assert "<script>" not in answer.text


def test_logins_are_limited_also_for_a_right_key(keys: Any) -> None:
    client = keys.client()
    tries = [client.post("/login", data={"key": "wrong"}).status_code for _ in range(BY_ADDRESS.amount)]

    answer = client.post("/login", data={"key": keys.secret()})

    assert set(tries) == {401}
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) >= 1


@pytest.mark.parametrize(
    "target",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "evil", "javascript:alert(1)", "/\r\nX: y", "[::1"],
)
def test_the_login_leads_to_no_other_site(keys: Any, target: str) -> None:
    answer = keys.client().post("/login", data={"key": keys.secret(), "next": target}, follow_redirects=False)

    assert answer.headers["location"] == "/"


def test_whoever_is_logged_in_is_led_on_and_an_ended_session_is_forgotten(keys: Any, clock: ManualClock) -> None:
    client, _ = keys.logged_in()
    led_on = client.get("/login?next=/stories", follow_redirects=False)
    clock.advance(seconds=LIFETIME.total_seconds())

    page = client.get("/login?next=/stories")

    assert led_on.headers["location"] == "/stories"
    assert page.status_code == 200
    assert "max-age=0" in cookie(page, "copytaster_csrf")


def test_where_no_key_is_needed_there_is_no_login(client: TestClient) -> None:
    assert client.get("/login?next=/docs", follow_redirects=False).headers["location"] == "/docs"
    assert client.post("/login", data={"key": "x"}, follow_redirects=False).headers["location"] == "/"


def test_a_large_form_is_not_read(keys: Any) -> None:
    assert keys.client().post("/login", data={"key": "x" * 100_000}).status_code == 413


def test_the_login_page_loads_only_what_the_package_serves(keys: Any) -> None:
    client = keys.client()
    page = client.get("/login").text

    for name in ("login.js", "session.js", "login.css", "page.css"):
        assert client.get(f"/static/{name}").status_code == 200
    assert "<style" not in page
    assert "http" not in page

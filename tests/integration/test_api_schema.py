"""Generated requests for every route of the real process: no error of the server, and no answer against its schema."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from copytaster.bootstrap.store import redis_store
from copytaster.clock import SystemClock
from copytaster.model.article import ArticleId, Entity, EntityType, Keyword, Relation, RelationKind, Topic
from copytaster.model.delivery import Outcome
from copytaster.model.disposition import Disposition, Reason
from copytaster.settings import PREFIX
from copytaster.store.redis.client import connect
from copytaster.store.store import Store
from copytaster_api.examples import VALUES
from copytaster_cli.main import run
from copytaster_cli.system_dependencies import SystemDependencies
from tests.factories import FROM_TEST, a_delivery, an_article, complete_data_of, delivery_id, put_into_one_story
from tests.integration.api_process import Api, running

if TYPE_CHECKING:
    from tests.conftest import RealServer, Waiter

SECONDS = 900.0
"""Enough on a busy machine for some 3,000 requests, most of them at the boundaries of parameters."""

CASES = 5
"""Generated requests for each route, besides those of the boundaries of each parameter."""

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "allow_header_conformance",
)

EXCLUDED = "^/(changes|api/v1/events|readyz|login|logout)$"
"""Streams, whose answers do not end, the route that answers 503 without a watcher and a worker, and the forms of the
login, whose redirects have no body. Other tests read them."""


def publish(store: Store) -> None:
    """Store what the examples of the description name, so that they find something."""
    now = SystemClock().now()
    tagged = {
        "topics": (Topic(code="20000763", name="sea transport", score=0.8, why="harbour"),),
        "entities": (Entity(name="Port Hadley", type=EntityType.PLACE, count=1, spans=()),),
        "keywords": (Keyword(term="harbour", score=1.5),),
        "language": "en",
        "source": "kestrel",
        "provenance": {"title": FROM_TEST, "text": FROM_TEST},
    }
    named = an_article(VALUES["article_id"], received_at=now, **tagged)
    relation = Relation(kind=RelationKind.NEAR, of=named.id, score=0.8)
    others = [
        an_article(f"a{number:020x}", received_at=now - timedelta(minutes=number), **tagged) for number in range(30)
    ]
    copy = an_article("a" + "c" * 20, received_at=now, relation=relation)
    for number, each in enumerate([named, copy, *others]):
        store.articles.create(each, owner=delivery_id(number + 1))
    store.articles.add_version(named.model_copy(update={"title": "Harbour open again"}), owner=delivery_id(900))
    put_into_one_story(store, named, copy, others[0])
    put_into_one_story(store, others[1], others[2])


def deliver(store: Store) -> None:
    """Register deliveries, of which some have ended."""
    now = SystemClock().now()
    ends = [
        Outcome(disposition=Disposition.STORED, article_ids=(ArticleId(VALUES["article_id"]),)),
        Outcome(disposition=Disposition.REJECTED, reason=Reason.EMPTY, message="the file is empty"),
        Outcome(disposition=Disposition.QUARANTINED, reason=Reason.PARSE_FAILED, message="not a document"),
        None,
    ]
    for number, end in enumerate(ends):
        name = VALUES["delivery_id"] if number == 0 else delivery_id(number)
        store.ledger.register(a_delivery(id=name, received_at=now), due_in=timedelta(hours=1), by="watcher@desk:1")
        if end:
            store.ledger.settle(name, end, by="worker@desk:2")


@pytest.fixture
def api(tmp_path: Path, server: RealServer, own_port: int, wait: Waiter) -> Iterator[Api]:
    """Give an API whose store has articles, stories and deliveries, and whose search index is complete."""
    client = connect(server.address, name="test")
    store = redis_store(client, clock=SystemClock(), window=timedelta(days=30))
    publish(store)
    deliver(store)
    complete_data_of(store, SystemClock())
    client.close()
    with running(Api(tmp_path, server, own_port), wait) as api:
        wait(lambda: api.get("/api/v1/articles?q=harbour")[0] in {200, 401}, seconds=60)
        yield api


def generated_requests(api: Api, folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Send generated requests, the same ones each time; the status is 0 if all answers are right."""
    common = [f"--checks={','.join(CHECKS)}", "--generation-deterministic", "--continue-on-failure", "--no-color"]
    common += [f"--max-examples={CASES}", f"--exclude-path-regex={EXCLUDED}"]
    address = f"http://127.0.0.1:{api.port}/openapi.json"
    program = [sys.executable, "-c", "from schemathesis.cli import schemathesis; schemathesis()", "run"]
    return subprocess.run(
        [*program, *common, *options, address],
        cwd=folder,
        env=api.environ,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


@pytest.fixture
def key(tmp_path: Path, server: RealServer, capsys: pytest.CaptureFixture[str]) -> str:
    """Create a key that may read, after which the API needs one."""
    environ = {f"{PREFIX}DATA": str(tmp_path / "data"), f"{PREFIX}REDIS_URL": server.address}
    assert run(["keys", "create", "desk", "--scope", "read", "--json"], SystemDependencies(environ)) == 0
    return str(json.loads(capsys.readouterr().out)["key"])


@pytest.mark.timeout(SECONDS + 60)
@pytest.mark.parametrize("sent", [True, False], ids=["with a key", "without the key"])
def test_where_keys_are_needed_every_answer_is_in_the_description(
    key: str, api: Api, tmp_path: Path, *, sent: bool
) -> None:
    header = (f"--header=Authorization: Bearer {key}",) if sent else ()

    generated = generated_requests(api, tmp_path, "--phases=examples", *header)

    assert generated.returncode == 0, generated.stdout[-20_000:] + generated.stderr[-2_000:]


@pytest.mark.timeout(SECONDS + 60)
def test_every_answer_to_generated_requests_is_in_the_description(api: Api, tmp_path: Path) -> None:
    run = generated_requests(api, tmp_path, "--phases=examples,coverage,fuzzing")

    assert run.returncode == 0, run.stdout[-20_000:] + run.stderr[-2_000:]

"""``copytaster release``, over a store in memory."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from copytaster.archive.decisions import FilesystemDecisions
from copytaster.model.article import Article, ArticleId, ArticleStatus
from copytaster.model.delivery import DeliveryId, Outcome
from copytaster.model.disposition import Disposition
from copytaster.store.ports.ledger import NO_END
from copytaster_cli.main import run
from copytaster_cli.memory_dependencies import MemoryDependencies
from copytaster_cli.users import user_name
from tests.factories import a_delivery, an_article

Captured = pytest.CaptureFixture[str]
REASON = "text:line 1: embargo without an end"


@pytest.fixture
def dependencies(tmp_path: Path) -> MemoryDependencies:
    made = MemoryDependencies({"COPYTASTER_DATA": str(tmp_path / "data")})
    publish(made, "a1", status=ArticleStatus.WITHHELD)
    return made


def publish(dependencies: MemoryDependencies, article_id: str, **fields: object) -> None:
    provenance = {"status": {"from": REASON, "confidence": 0.5}}
    article = an_article(article_id, received_at=dependencies.clock.now(), provenance=provenance, **fields)
    dependencies.store().articles.create(article, owner=DeliveryId(f"d{article_id}"))


def status_of(dependencies: MemoryDependencies) -> ArticleStatus:
    article: Article | None = dependencies.store().articles.get(ArticleId("a1"))
    assert article
    return article.at(dependencies.clock.now()).status


def test_a_release_is_stored_in_the_archive_and_shown(dependencies: MemoryDependencies, capsys: Captured) -> None:
    run(["show", "a1"], dependencies)
    before = capsys.readouterr().out
    order = ["release", "a1", "--by", "Anna", "--reason", "it was lifted"]

    statuses = [run(order, dependencies) for _ in range(2)]
    printed = capsys.readouterr().out
    run(["show", "a1"], dependencies)

    assert statuses == [0, 0]
    assert printed.splitlines() == ["version 1 of a1 is usable now"] * 2
    (decision,) = FilesystemDecisions(f"file://{dependencies.settings().data}/archive").all()
    assert (decision.article_id, decision.by, decision.release and decision.release.reason) == (
        "a1",
        "Anna",
        "it was lifted",
    )
    assert REASON in before
    assert "`copytaster release a1` releases it" in before
    assert "decided by Anna" in capsys.readouterr().out


def test_a_time_with_an_offset_is_printed_in_utc(dependencies: MemoryDependencies, capsys: Captured) -> None:
    run(["release", "a1", "--at", "2026-01-01T09:00:00+02:00"], dependencies)

    assert "will be usable from 2026-01-01T07:00:00Z on" in capsys.readouterr().out


def test_a_time_that_utc_does_not_have_is_refused(dependencies: MemoryDependencies, capsys: Captured) -> None:
    status = run(["release", "a1", "--at", "0001-01-01T00:00:00+14:00"], dependencies)

    assert status == 2
    assert "is neither a day" in " ".join(capsys.readouterr().err.split())


def test_a_release_at_a_time_and_its_withdrawal(dependencies: MemoryDependencies, capsys: Captured) -> None:
    at = (dependencies.clock.now() + timedelta(hours=2)).isoformat()

    run(["release", "a1", "--at", at, "--json"], dependencies)
    document = json.loads(capsys.readouterr().out)
    run(["release", "a1", "--at", at], dependencies)
    printed = capsys.readouterr().out
    run(["release", "a1", "--undo"], dependencies)
    dependencies.clock.advance(seconds=7200)

    assert (document["status"], document["release"]["by"]) == ("withheld", user_name(dependencies.environ))
    assert "version 1 of a1 will be usable from 2026-01-01T02:00:00Z on" in printed
    assert "version 1 of a1 is withheld now" in capsys.readouterr().out
    assert status_of(dependencies) is ArticleStatus.WITHHELD


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["a404"], 1, "there is no article a404; `copytaster articles` lists the articles"),
        (["a2"], 1, "is not withheld"),
        (["a3"], 1, f"a3 is canceled ({REASON}) and cannot be released"),
        (["a1", "--undo"], 1, "there is nothing to undo"),
        (["a1", "--undo", "--at", "2026-01-01"], 2, "leave out --at"),
    ],
)
def test_an_order_that_does_not_apply_fails(
    dependencies: MemoryDependencies, capsys: Captured, arguments: list[str], status: int, message: str
) -> None:
    publish(dependencies, "a2")
    publish(dependencies, "a3", status=ArticleStatus.CANCELED)

    assert run(["release", *arguments], dependencies) == status
    assert message in capsys.readouterr().err


def test_articles_that_only_a_person_releases_are_listed(dependencies: MemoryDependencies, capsys: Captured) -> None:
    publish(dependencies, "a2", status=ArticleStatus.WITHHELD)
    dependencies.store().ledger.set_embargo(ArticleId("a1"), until=NO_END)

    run(["articles", "--withheld", "--json"], dependencies)
    listed = [json.loads(line)["id"] for line in capsys.readouterr().out.splitlines()]
    run(["articles", "--withheld", "--story", "s2", "--json"], dependencies)
    in_story = capsys.readouterr().out
    run(["status"], dependencies)

    assert (listed, in_story) == (["a1"], "")
    assert "withheld until a person releases them: 1;" in capsys.readouterr().out


def test_where_says_why_an_article_is_withheld_and_what_releases_it(
    dependencies: MemoryDependencies, capsys: Captured
) -> None:
    ledger = dependencies.store().ledger
    ledger.register(a_delivery(1), due_in=timedelta(seconds=10), by="watcher")
    outcome = Outcome(disposition=Disposition.STORED, article_ids=(ArticleId("a1"),))
    ledger.settle(a_delivery(1).id, outcome, by="worker")

    run(["where", "story.txt"], dependencies)

    expected = f"a1 is withheld without an end ({REASON}): `copytaster release a1` releases it at once"
    assert expected in capsys.readouterr().out

"""The walk of ``benchmarks.growth`` over all keys: it finds what no article and no delivery owns."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from benchmarks.growth.desk import Desk
from benchmarks.growth.owners import without_owner
from benchmarks.growth.server_time import pass_time
from benchmarks.pipeline.articles import InputFile, make_story
from benchmarks.pipeline.documents import wire_text
from copytaster.articles.removal import remove_article
from copytaster.clock import ManualClock
from copytaster.model.article import ArticleId
from copytaster.store.keys import Keys
from copytaster.store.ports.articles import ArticleQuery

if TYPE_CHECKING:
    from tests.conftest import RealServer


def test_entries_of_a_vanished_article_are_found_and_no_others(server: RealServer) -> None:
    now = datetime.now(UTC)
    with server.client() as client:
        desk = Desk(client, ManualClock(now))
        stories = [make_story("wire", number, now, random.Random(number)) for number in range(3)]
        files = [InputFile(f"desk/{each.number}.txt", wire_text(each)) for each in stories]
        desk.process(files, interval=timedelta(seconds=7))

        before = without_owner(client, desk.store)
        vanished = ArticleId(desk.store.articles.find(ArticleQuery(limit=1)).articles[0].id)
        client.delete(Keys().article(vanished))
        after = without_owner(client, desk.store)

    assert before["without_owner"] == 0
    assert before["entries_examined"] > len(files)
    assert after["without_owner"] > 0
    assert all(vanished in each for each in after["examples"])


def test_a_story_without_members_is_found(server: RealServer) -> None:
    now = datetime.now(UTC)
    with server.client() as client:
        desk = Desk(client, ManualClock(now))
        story = make_story("wire", 0, now, random.Random(0))
        desk.process([InputFile("desk/0.txt", wire_text(story))], interval=timedelta(seconds=7))
        (article,) = desk.store.articles.find(ArticleQuery(limit=1)).articles
        record = client.get(f"ct:{{stories}}:story:{article.id[1:]}")
        assert record
        remove_article(article.id, desk.store, before=None)
        removed = without_owner(client, desk.store)

        client.set("ct:{stories}:story:" + "0" * 20, record)
        client.zadd("ct:{stories}:open", {"1" * 20: 1})
        left = without_owner(client, desk.store)

    assert removed["without_owner"] == 0
    assert left["without_owner"] == 2


def test_keys_expire_when_their_time_has_passed(server: RealServer) -> None:
    with server.client() as client:
        client.set("short", "x", ex=3_600)
        client.set("long", "x", ex=36_000)
        client.set("lasting", "x")

        pass_time(client, timedelta(hours=2))

        assert (client.exists("short"), client.exists("lasting")) == (0, 1)
        assert client.ttl("long") <= 8 * 3_600

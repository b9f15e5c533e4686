from __future__ import annotations

import io
import json
from datetime import timedelta
from typing import Any

import pytest

from copytaster.bootstrap.store import memory_store
from copytaster.clock import ManualClock
from copytaster.model.article import Article, ArticleStatus
from copytaster.model.disposition import Disposition
from copytaster.model.expectations import Expectations
from copytaster.model.metadata import FolderDefaults, Metadata
from tests.factories import Desk, a_delivery, a_desk, an_item, prose

SAID = Metadata(title="Given", guid="urn:quay:1", status=ArticleStatus.WITHHELD)


@pytest.fixture
def desk(clock: ManualClock) -> Desk:
    return a_desk(memory_store(clock), clock)


def ingested(desk: Desk, *items: dict[str, Any], **given: Metadata | FolderDefaults) -> list[Article]:
    """Return the articles of a file of these items that came with a sidecar, or with defaults of its folder."""
    content = json.dumps(items).encode()
    sha256 = desk.deps.archive.put(io.BytesIO(content))
    delivery = a_delivery(1, path="wire/story.json", size=len(content), sha256=sha256, **given)
    desk.store.ledger.register(delivery, due_in=timedelta(seconds=10), by="watcher@test:1")
    desk.ingest(delivery.id)
    return desk.store.articles.get_many(list(desk.settled(delivery.id).article_ids))


def test_a_sidecar_is_laid_over_the_one_item_of_its_file(desk: Desk) -> None:
    (article,) = ingested(desk, an_item(prose(1)), metadata=SAID)

    assert (article.title, article.guid, article.status) == ("Given", "urn:quay:1", ArticleStatus.WITHHELD)
    assert article.provenance["title"].from_ == "sidecar:title"


def test_a_sidecar_of_many_items_does_not_make_them_one_article(desk: Desk) -> None:
    articles = ingested(desk, *(an_item(prose(number)) for number in range(3)), metadata=SAID)

    assert len(articles) == 3
    assert {(each.title, each.guid, each.status) for each in articles} == {
        ("A made-up story", None, ArticleStatus.WITHHELD)
    }


def test_a_folder_may_declare_all_of_its_defaults_and_what_is_expected_of_its_source(desk: Desk) -> None:
    declared = {
        "source": "The Kestrel",
        "language": "en",
        "byline": "Kestrel staff",
        "status": ArticleStatus.WITHHELD,
        "aliases": {"Kestrel Online": "The Kestrel"},
        "expects": Expectations(most_files_per_hour=500),
    }
    assert declared.keys() == FolderDefaults.model_fields.keys()

    (article,) = ingested(desk, an_item(prose(1)), folder_defaults=FolderDefaults.model_validate(declared))

    assert desk.settled(a_delivery(1).id).disposition is Disposition.STORED
    assert (article.byline, article.status) == ("Kestrel staff", ArticleStatus.WITHHELD)
    assert article.provenance["byline"].from_ == "source-file:byline"


@pytest.mark.parametrize("name", ["metadata", "folder_defaults"])
def test_the_end_of_a_files_embargo_does_not_release_what_its_sidecar_or_folder_withholds(
    desk: Desk, name: str
) -> None:
    kind = Metadata if name == "metadata" else FolderDefaults
    embargoed = an_item(prose(1), embargoed_until="2026-01-02T00:00:00+00:00")

    (article,) = ingested(desk, embargoed, **{name: kind(status=ArticleStatus.WITHHELD)})

    assert (article.status, article.embargoed_until) == (ArticleStatus.WITHHELD, None)

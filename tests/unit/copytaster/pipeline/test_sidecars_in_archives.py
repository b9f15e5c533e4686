from __future__ import annotations

import io
import json
import zipfile
from datetime import UTC, datetime, timedelta

import pytest

from copytaster.bootstrap.store import memory_store
from copytaster.clock import ManualClock
from copytaster.model.article import Article, ArticleStatus
from copytaster.model.metadata import Metadata
from copytaster.parsing.builtin_parsers import default_parsers
from copytaster.parsing.reading import ParsingReader
from tests.factories import Desk, a_delivery, a_desk, prose

LATER, LATEST = datetime(2030, 1, 1, tzinfo=UTC), datetime(2031, 1, 1, tzinfo=UTC)


@pytest.fixture
def desk(clock: ManualClock) -> Desk:
    return a_desk(memory_store(clock), clock, reader=ParsingReader(default_parsers()))


def ingested(desk: Desk, *sidecars: dict[str, object], metadata: Metadata | None = None) -> list[Article]:
    """Return the articles of an archive of stories, each with its sidecar, that came with a sidecar of its own."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for number, said in enumerate(sidecars):
            archive.writestr(f"{number}.txt", f"Ferry {number} returns\n\n{prose(number)}\n")
            archive.writestr(f"{number}.txt.meta.json", json.dumps(said))
    sha256 = desk.deps.archive.put(io.BytesIO(file.getvalue()))
    delivery = a_delivery(1, path="wire/day.zip", source="wire", sha256=sha256, metadata=metadata)
    desk.store.ledger.register(delivery, due_in=timedelta(seconds=10), by="watcher@test:1")
    desk.ingest(delivery.id)
    return desk.store.articles.get_many(list(desk.settled(delivery.id).article_ids))


def test_what_the_sidecar_in_an_archive_withholds_is_not_published(desk: Desk) -> None:
    withheld, embargoed, usable = ingested(
        desk, {"status": "withheld"}, {"embargoed_until": LATER.isoformat()}, {"title": "Given", "guid": "urn:quay:1"}
    )

    assert (withheld.status, withheld.embargoed_until) == (ArticleStatus.WITHHELD, None)
    assert (embargoed.status, embargoed.embargoed_until) == (ArticleStatus.WITHHELD, LATER)
    assert (usable.status, usable.title, usable.guid) == (ArticleStatus.USABLE, "Given", "urn:quay:1")
    assert usable.provenance["title"].from_ == "sidecar:title"


@pytest.mark.parametrize(
    ("outer", "inner", "status", "until"),
    [
        (Metadata(status=ArticleStatus.WITHHELD), {"status": "usable"}, ArticleStatus.WITHHELD, None),
        (Metadata(embargoed_until=LATER), {"status": "usable"}, ArticleStatus.WITHHELD, LATER),
        (Metadata(embargoed_until=LATEST), {"embargoed_until": LATER.isoformat()}, ArticleStatus.WITHHELD, LATEST),
        (
            Metadata(status=ArticleStatus.WITHHELD),
            {"embargoed_until": LATER.isoformat()},
            ArticleStatus.WITHHELD,
            None,
        ),
        (Metadata(embargoed_until=LATER), {"status": "withheld"}, ArticleStatus.WITHHELD, None),
        (Metadata(status=ArticleStatus.CANCELED), {"status": "withheld"}, ArticleStatus.CANCELED, None),
        (Metadata(status=ArticleStatus.USABLE), {"status": "withheld"}, ArticleStatus.WITHHELD, None),
    ],
)
def test_neither_sidecar_releases_what_the_other_one_withholds(
    desk: Desk, outer: Metadata, inner: dict[str, object], status: ArticleStatus, until: datetime | None
) -> None:
    (article,) = ingested(desk, inner, metadata=outer)

    assert (article.status, article.embargoed_until) == (status, until)


def test_the_nearest_sidecar_has_precedence_field_by_field(desk: Desk) -> None:
    outer = Metadata(language="fr", publisher="The Kestrel", title="The day")

    one, two = ingested(desk, {"language": "en"}, {}, metadata=outer)

    assert [(each.language, each.publisher) for each in (one, two)] == [("en", "The Kestrel"), ("fr", "The Kestrel")]
    assert [each.title for each in (one, two)] == ["Ferry 0 returns", "Ferry 1 returns"]


def test_a_sidecar_in_an_archive_does_not_change_who_delivered_but_keeps_the_ids_of_sources_apart(desk: Desk) -> None:
    one, two = ingested(desk, {"source": "The Kestrel", "guid": "17"}, {"source": "The Heron", "guid": "17"})

    assert (one.source, two.source) == ("wire", "wire")
    assert one.id != two.id

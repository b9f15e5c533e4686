from __future__ import annotations

from typing import Any

import pytest

from copytaster.articles.releases import explain_withholding
from copytaster.bootstrap.store import memory_store
from copytaster.clock import ManualClock
from copytaster.model.article import Article, ArticleStatus, RelationKind
from copytaster.model.disposition import Disposition
from copytaster.model.release import Release
from copytaster.model.work import Work
from tests.factories import Desk, a_desk, an_item, prose

WORDS = prose(1)
CORRECTED = WORDS[:100] + prose(2, count=10)
CORRECTED_AGAIN = [*CORRECTED[:-5], *prose(3, count=6)]
NOTICE = prose(4, count=40)
EARLY, LATE = "2026-01-01T08:00:00+00:00", "2026-01-01T09:00:00+00:00"


@pytest.fixture
def desk(clock: ManualClock) -> Desk:
    return a_desk(memory_store(clock), clock)


def first(**fields: Any) -> dict[str, Any]:
    return an_item(WORDS, guid="urn:x:first", modified_at=EARLY) | fields


KILL = an_item(NOTICE, guid="urn:x:first", modified_at=LATE, status="canceled", signal="kill")


def delivered(desk: Desk, *items: dict[str, Any]) -> tuple[Disposition | None, Article]:
    """Ingest each item alone; return the end of the last delivery, and its article."""
    for each in items:
        delivery = desk.deliver_items(each)
        desk.ingest(delivery)
    record = desk.settled(delivery)
    article = desk.store.articles.get(record.article_ids[0])
    assert article
    return record.disposition, article


def release(desk: Desk, article: Article) -> None:
    now = desk.clock.now()
    desk.store.articles.release(article.id, article.origin, Release(at=now, by="Anna", decided_at=now))


def test_a_corrected_text_under_a_new_guid_after_the_kill_is_an_article_that_a_person_can_release(desk: Desk) -> None:
    _, killed = delivered(desk, first(), KILL)

    end, corrected = delivered(desk, an_item(CORRECTED, guid="urn:x:second"))

    assert (end, corrected.relation, corrected.status) == (Disposition.STORED, None, ArticleStatus.WITHHELD)
    assert corrected.provenance["status"].from_ == f"near copy of {killed.id}, which is canceled"
    assert f"`copytaster release {corrected.id}`" in (explain_withholding(corrected, desk.clock.now()) or "")
    assert desk.store.ledger.waiting(Work.TAG) == 2


def test_an_embargo_of_such_a_text_does_not_release_it(desk: Desk) -> None:
    delivered(desk, first(), KILL)

    _, corrected = delivered(
        desk, an_item(CORRECTED, guid="urn:x:second", status="withheld", embargoed_until="2026-01-02T00:00:00+00:00")
    )

    assert (corrected.status, corrected.withheld_until) == (ArticleStatus.WITHHELD, None)


def test_the_kill_may_be_in_the_same_message(desk: Desk) -> None:
    items = first(), KILL, an_item(CORRECTED, guid="urn:x:second")
    ids = [desk.deliver_items(each) for each in items]

    desk.ingest(*ids)

    assert desk.dispositions(ids) == [Disposition.STORED, Disposition.NEW_VERSION, Disposition.STORED]
    corrected = desk.store.articles.get(desk.settled(ids[-1]).article_ids[0])
    assert corrected
    assert corrected.status is ArticleStatus.WITHHELD


def test_the_same_words_again_are_a_copy_of_the_canceled_article(desk: Desk) -> None:
    _, killed = delivered(desk, first(), KILL)

    end, again = delivered(desk, an_item(WORDS, guid="urn:x:second"))

    assert end is Disposition.DUPLICATE
    assert again.relation
    assert (again.relation.kind, again.relation.of) == (RelationKind.EXACT, killed.id)


def test_a_further_edition_is_a_copy_of_the_withheld_one(desk: Desk) -> None:
    _, corrected = delivered(desk, first(), KILL, an_item(CORRECTED, guid="urn:x:second"))

    end, further = delivered(desk, an_item(CORRECTED_AGAIN, guid="urn:x:third"))

    assert end is Disposition.DUPLICATE
    assert further.relation
    assert further.relation.of == corrected.id


def test_a_copy_from_before_the_kill_is_no_original_of_later_texts(desk: Desk) -> None:
    _, copy = delivered(desk, first(), an_item(CORRECTED, guid="urn:x:copy"))
    delivered(desk, KILL)

    end, corrected = delivered(desk, an_item(CORRECTED_AGAIN, guid="urn:x:second"))

    assert copy.relation
    assert (end, corrected.relation, corrected.status) == (Disposition.STORED, None, ArticleStatus.WITHHELD)


def test_a_canceled_article_names_the_way_to_its_copies(desk: Desk) -> None:
    _, alone = delivered(desk, first(), KILL)
    delivered(desk, first(guid="urn:x:other", text=" ".join(prose(7))), an_item(prose(7), guid="urn:x:copy"))
    _, killed = delivered(desk, KILL | {"guid": "urn:x:other"})
    why = [explain_withholding(each, desk.clock.now()) or "" for each in (alone, killed)]

    assert [f"`copytaster show {killed.id} --duplicates` lists them" in each for each in why] == [False, True]


def test_a_copy_from_before_the_kill_that_is_delivered_again_stays_one(desk: Desk) -> None:
    delivered(desk, first(), an_item(CORRECTED, guid="urn:x:copy"), KILL)

    end, copy = delivered(desk, an_item(CORRECTED, guid="urn:x:copy", byline="Anna Berg"))

    assert (end, copy.version, copy.relation is None) == (Disposition.DUPLICATE, 1, False)


def test_a_later_version_is_usable_if_a_person_released_the_one_before_it(desk: Desk) -> None:
    _, corrected = delivered(desk, first(), KILL, an_item(CORRECTED, guid="urn:x:second", modified_at=EARLY))
    again, _ = delivered(desk, an_item(CORRECTED, guid="urn:x:second", modified_at=EARLY, byline="x"))
    _, withheld = delivered(desk, an_item(CORRECTED_AGAIN, guid="urn:x:second", modified_at=LATE))
    release(desk, withheld)

    end, version = delivered(desk, an_item([*CORRECTED_AGAIN, "more"], guid="urn:x:second", modified_at=LATE))

    assert again is Disposition.DUPLICATE
    assert (withheld.id, withheld.version, withheld.status) == (corrected.id, 2, ArticleStatus.WITHHELD)
    assert (end, version.version, version.status) == (Disposition.NEW_VERSION, 3, ArticleStatus.USABLE)


def test_an_article_that_became_usable_again_has_copies(desk: Desk) -> None:
    again = first(modified_at="2026-01-01T10:00:00+00:00")
    _, usable = delivered(desk, first(), KILL, again | {"text": " ".join([*WORDS, "more"])})

    end, copy = delivered(desk, an_item(CORRECTED, guid="urn:x:second"))

    assert usable.status is ArticleStatus.USABLE
    assert end is Disposition.DUPLICATE
    assert copy.relation


def test_a_later_version_of_an_accepted_copy_is_not_withheld(desk: Desk) -> None:
    _, copy = delivered(desk, first(), an_item(CORRECTED, guid="urn:x:copy", modified_at=EARLY))
    desk.store.articles.accept(copy.id)
    delivered(desk, KILL)

    end, version = delivered(desk, an_item(CORRECTED_AGAIN, guid="urn:x:copy", modified_at=LATE))

    assert (end, version.id, version.relation) == (Disposition.NEW_VERSION, copy.id, None)
    assert version.status is ArticleStatus.USABLE

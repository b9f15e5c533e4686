"""The samples that ship, through the real parsers, index and models: each must end as the manifest says."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry
from pydantic import BaseModel, ConfigDict

from copytaster.archive.placements import MemoryPlacements
from copytaster.bootstrap.archive import open_archive
from copytaster.bootstrap.intake import open_intake
from copytaster.bootstrap.pipeline import open_explainer, open_policy
from copytaster.bootstrap.store import memory_store
from copytaster.clock import ManualClock
from copytaster.explain import Explainer
from copytaster.intake.file_intake import Deposit
from copytaster.intake.metadata_content import answer
from copytaster.intake.rename_claims import RenameClaims
from copytaster.metrics import PipelineMetrics
from copytaster.model.article import Article, EntityType, RelationKind
from copytaster.model.delivery import Balance, Delivery
from copytaster.model.disposition import Disposition, Reason
from copytaster.model.work import RecordingPublisher, Work
from copytaster.parsing.builtin_parsers import default_parsers
from copytaster.parsing.original import Original
from copytaster.parsing.reading import ParsingReader
from copytaster.parsing.sandbox.calls import DirectCalls
from copytaster.pipeline.dependencies import Dependencies
from copytaster.pipeline.ingest import ingest
from copytaster.pipeline.tag import tag
from copytaster.quarantine.folder import FolderQuarantine
from copytaster.settings import Settings
from copytaster.stories.placing import Placing
from copytaster.tagging.tagger import Tagger, load_tagger
from copytaster_cli.seeds import read_seeds

SEEDS = Path(__file__).parent.parent.parent / "seeds"

NOW = datetime(2026, 6, 1, tzinfo=UTC)
"""Later than every date in the seeds: a date of publication in the future is not believed."""


class Expected(BaseModel):
    """A seed as the manifest describes it; ``persons`` and ``places`` are the least that must be found."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    file: str
    disposition: Disposition
    of: str | None
    relation: RelationKind | None
    reason: Reason | None
    about: str
    title: str | None
    language: str | None = None
    topic: str | None = None
    persons: tuple[str, ...] = ()
    places: tuple[str, ...] = ()


MANIFEST = tuple(
    Expected.model_validate(each) for each in json.loads((SEEDS / "manifest.json").read_text(encoding="utf-8"))["seeds"]
)

every_seed = pytest.mark.parametrize("seed", MANIFEST, ids=lambda each: each.file)
every_article = pytest.mark.parametrize("seed", [each for each in MANIFEST if each.title], ids=lambda each: each.file)
every_tagged = pytest.mark.parametrize("seed", [each for each in MANIFEST if each.language], ids=lambda each: each.file)


@dataclass(frozen=True, slots=True)
class Run:
    """What became of the seeds, by file: each with its article as it was when the seed had just ended."""

    deliveries: dict[str, Delivery]
    articles: dict[str, Article]
    balance: Balance


@pytest.fixture(scope="module")
def tagger() -> Tagger:
    return load_tagger()


@pytest.fixture(scope="module")
def run(tagger: Tagger, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """Give the seeds' ends: dropped in the manifest's order, each worked to its end before the next."""
    settings, clock, publisher = Settings(data=tmp_path_factory.mktemp("data")), ManualClock(NOW), RecordingPublisher()
    store = memory_store(clock)
    deps = Dependencies(
        store=store,
        archive=open_archive(settings),
        quarantine=FolderQuarantine(settings.quarantine),
        publisher=publisher,
        reader=ParsingReader(default_parsers()),
        tagger=tagger,
        placing=Placing(store=store, placements=MemoryPlacements(), clock=clock),
        clock=clock,
        policy=open_policy(settings),
        metrics=PipelineMetrics(CollectorRegistry()),
        owner="quality",
    )
    intake = open_intake(settings, deps.store, clock=clock, calls=DirectCalls(answer))
    claims = RenameClaims(settings.inbox, "quality")
    deposit = Deposit(intake=intake, claims=claims, publisher=publisher)
    yield put_through(deposit, deps, publisher)
    claims.close()


def put_through(deposit: Deposit, deps: Dependencies, publisher: RecordingPublisher) -> Run:
    deliveries: dict[str, Delivery] = {}
    articles: dict[str, Article] = {}
    for seed in MANIFEST:
        dropped = deposit.copy_in(SEEDS / seed.file, path=seed.file, by="quality")
        ingest([dropped.id], deps=deps, until=NOW)
        tag([each for work, each in publisher.published if work is Work.TAG], deps=deps)
        settled = deps.store.ledger.get(dropped.id)
        assert settled
        deliveries[seed.file] = settled
        if settled.article_ids and (article := deps.store.articles.get(settled.article_ids[0])):
            articles[seed.file] = article
    return Run(deliveries, articles, deps.store.ledger.balance())


@every_seed
def test_a_seed_has_the_disposition_in_the_manifest(seed: Expected, run: Run) -> None:
    ended = run.deliveries[seed.file]

    assert (ended.disposition, ended.reason) == (seed.disposition, seed.reason), ended.message


@every_seed
def test_a_seed_has_the_relation_in_the_manifest(seed: Expected, run: Run) -> None:
    relation = run.deliveries[seed.file].relation

    original = run.articles[seed.of].id if seed.of else None

    assert (relation and relation.kind, relation and relation.of) == (seed.relation, original)


@every_article
def test_a_seed_has_its_title(seed: Expected, run: Run) -> None:
    assert run.articles[seed.file].title == seed.title


@every_tagged
def test_a_seed_has_its_language_and_first_topic(seed: Expected, run: Run) -> None:
    article = run.articles[seed.file]

    topics = [topic.name for topic in article.topics or ()]

    assert (article.language, next(iter(topics), None)) == (seed.language, seed.topic)


@every_tagged
def test_a_seed_names_its_people_and_places(seed: Expected, run: Run) -> None:
    article = run.articles[seed.file]

    assert names(article, EntityType.PERSON) >= set(seed.persons)
    assert names(article, EntityType.PLACE) >= set(seed.places)


@every_article
def test_no_seed_contains_text_from_around_its_article(seed: Expected, run: Run) -> None:
    text = run.articles[seed.file].text

    left = [each for each in FURNITURE if each in text]

    assert left == []


FURNITURE = (
    "MORE FROM",
    "ENDS",
    "All rights reserved",
    "editing by",
    "Follow us",
    "cookies",
    "Sign up",
    "Related stories",
    "Small ads",
    "Best viewed",
    "À lire aussi",
    "Mentions légales",
)
"""House lines, menus, banners and footers as they stand in the seeds; no article there uses these words itself."""


def test_files_and_manifest_entries_correspond() -> None:
    files = [path.relative_to(SEEDS).as_posix() for path in SEEDS.rglob("*") if path.is_file()]

    described = [each.file for each in MANIFEST]

    assert sorted(described) == sorted(file for file in files if file not in {"manifest.json", ".gitattributes"})


def test_the_demo_can_read_the_manifest() -> None:
    assert [each.file for each in read_seeds(SEEDS)] == [each.file for each in MANIFEST]


def test_every_disposition_has_a_seed() -> None:
    assert {each.disposition for each in MANIFEST} == set(Disposition)


def test_every_relation_has_a_seed() -> None:
    """All but ``related``: such articles are linked, and neither is the other's copy or version."""
    assert {each.relation for each in MANIFEST} == {None, *RelationKind} - {RelationKind.RELATED}


def test_every_format_that_is_parsed_has_a_seed(run: Run) -> None:
    """Articles carry the format that they are in, so of containers it is the file that counts."""
    parsers = default_parsers()
    articles = {article.format for article in run.articles.values()}

    containers = {
        parsers.choose(Original(content=(SEEDS / seed.file).read_bytes(), name=seed.file, now=NOW))[0].format
        for seed in MANIFEST
        if seed.title
    }

    assert articles | containers == set(parsers.formats)


def test_the_ledger_has_a_disposition_for_every_seed(run: Run) -> None:
    expected = Counter(each.disposition for each in MANIFEST)

    assert run.balance == Balance(seen=len(MANIFEST), in_flight=0, dispositions=dict(expected))


def test_a_wire_article_has_all_its_fields(shared: Path, tagger: Tagger) -> None:
    (file,) = (shared / "seeds").glob("*.txt")
    explainer: Explainer = open_explainer(Settings(), tagger, None, clock=ManualClock(NOW))

    article = explainer.explain(file, source="wire").article

    assert article.title == "Kim arrives in Vladivostok for meeting with Putin"
    assert article.text.startswith("Kim Jong-un\u2019s armored train")
    assert article.text.endswith("“provocations.”")
    assert article.language == "en"
    assert names(article, EntityType.PERSON) == {"Kim Jong-un", "Vladimir Putin", "Donald Trump"}
    assert names(article, EntityType.PLACE) >= {"Vladivostok", "Russia", "Russky Island", "Pyongyang", "Vietnam"}
    assert "Far Eastern Federal University" in names(article, EntityType.ORGANISATION)
    assert article.topics
    assert article.topics[0].name in {"politics", "conflict, war and peace"}


def names(article: Article, kind: EntityType) -> set[str]:
    return {entity.name for entity in article.entities or () if entity.type is kind}

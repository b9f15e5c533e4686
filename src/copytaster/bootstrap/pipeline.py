"""From settings to the dependencies of the pipeline.

Importing this module imports parsers and models, which takes most of a second; other modules of this room do not.
"""

from __future__ import annotations

from datetime import timedelta

from copytaster.bootstrap.archive import open_archive, open_placements
from copytaster.bootstrap.quarantine import open_quarantine
from copytaster.bootstrap.store import open_store, process_name
from copytaster.bootstrap.tagging import open_labels_version, open_rules
from copytaster.bootstrap.tracing import open_tracing
from copytaster.clock import Clock
from copytaster.explain import Explainer
from copytaster.metrics import PipelineMetrics
from copytaster.model.retry_policy import Backoff
from copytaster.model.work import Publisher
from copytaster.parsing.builtin_parsers import default_parsers
from copytaster.parsing.json_documents.field_map import load_field_map
from copytaster.parsing.reading import ParsingReader
from copytaster.parsing.registry import ParserRegistry
from copytaster.parsing.sandbox.limits import SandboxLimits
from copytaster.parsing.sandbox.reader import SandboxedReader
from copytaster.pipeline.dependencies import Dependencies, Policy
from copytaster.settings import Settings
from copytaster.store.ports.term_frequencies import ReadOnlyTermFrequencies
from copytaster.store.store import Store
from copytaster.stories.placing import Placing
from copytaster.tagging.language import load_language_detector
from copytaster.tagging.rule_tagger import RuleTagger
from copytaster.tagging.tagger import Tagger, load_tagger
from copytaster.training.texts import FileTexts

PARSER_WALL = timedelta(seconds=10)
"""Per item: a page takes 20 ms, the slowest that was measured 3 s. Less than a lease, which is renewed afterwards."""

PARSER_MEMORY_BYTES = 1024 * 1024 * 1024
"""Twenty times the largest file, which trees of markup take."""

PARSER_CPU_SECONDS = 9
"""Less than ``PARSER_WALL``, so that an endless loop and a blocked parser give different errors."""


def open_policy(settings: Settings) -> Policy:
    """Return the limits and thresholds of the pipeline."""
    return Policy(
        limits=settings.limits,
        lease=timedelta(seconds=settings.lease_seconds),
        max_attempts=settings.max_attempts,
        longest_outage=timedelta(hours=settings.outage_hours),
        backoff=Backoff(first=timedelta(seconds=settings.retry_seconds)),
        near_threshold=settings.near_threshold,
    )


def sandbox_limits(settings: Settings) -> SandboxLimits:
    """Return the limits of the processes in which parsers run."""
    return SandboxLimits(PARSER_MEMORY_BYTES, PARSER_CPU_SECONDS, allow_unfiltered=settings.allow_unsandboxed)


def open_parsers(settings: Settings) -> ParserRegistry:
    """Return the parsers. Raises ``ConfigurationError`` if the field map is invalid."""
    return default_parsers(
        load_field_map(settings.field_map),
        mail_attachments=settings.mail_attachments,
        any_text=settings.accept_any_text,
    )


def open_tagger(settings: Settings) -> RuleTagger:
    """Return the tag stage with its models and the user's rules; see ``load_tagger`` for the cost.

    Raises ``ConfigurationError`` if a configured file is invalid.
    """
    return RuleTagger(
        tagger=load_tagger(taxonomy=settings.taxonomy, topic_model=settings.topic_model),
        rules=open_rules(settings),
        version=open_labels_version(settings),
    )


def open_explainer(settings: Settings, tagger: Tagger, store: Store | None, *, clock: Clock) -> Explainer:
    """Return the dry run of files. Without a store it neither looks for copies nor uses term frequencies."""
    if store:
        tagger = tagger.with_frequencies(ReadOnlyTermFrequencies(store.terms))
    return Explainer(
        reader=ParsingReader(open_parsers(settings)),
        tagger=tagger,
        policy=open_policy(settings),
        clock=clock,
        store=store,
    )


def open_texts(settings: Settings, *, clock: Clock) -> FileTexts:
    """Return the reader of training texts. Raises ``ConfigurationError`` if the field map is invalid."""
    reader = ParsingReader(open_parsers(settings))
    return FileTexts(reader=reader, language=load_language_detector(), limits=settings.limits, clock=clock)


def open_dependencies(
    settings: Settings, publisher: Publisher, tagger: Tagger, metrics: PipelineMetrics, *, clock: Clock
) -> Dependencies:
    """Return the dependencies of a worker process."""
    store = open_store(settings, clock=clock, part="worker")
    return Dependencies(
        store=store,
        archive=open_archive(settings),
        quarantine=open_quarantine(settings),
        publisher=publisher,
        reader=SandboxedReader(open_parsers(settings), sandbox_limits(settings), wall=PARSER_WALL),
        tagger=tagger.with_frequencies(store.terms),
        placing=Placing(store=store, placements=open_placements(settings), clock=clock),
        clock=clock,
        policy=open_policy(settings),
        metrics=metrics,
        owner=process_name("worker"),
        tracing=open_tracing(settings, part="worker"),
    )

"""``copytaster train-topics``: trains a topic model on texts without labels."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from copytaster.archive.durable_files import replace_durably
from copytaster.model.article import Document
from copytaster.training.report import TrainingReport
from copytaster_cli.context import AsJson, dependencies_of
from copytaster_cli.rendering.output import emit, emit_text

MODEL = "topics.model"
"""The file's default name in the data folder."""


def train_topics(
    context: typer.Context,
    paths: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[PATH]...", help="Files and folders of articles. Default: the articles in the store."),
    ] = None,
    *,
    out: Annotated[
        Path | None,
        typer.Option(help=f"File to write. Default: COPYTASTER_TOPIC_MODEL, or {MODEL} in the data folder."),
    ] = None,
    language: Annotated[str, typer.Option(help="Language of the texts.")] = "en",
    as_json: AsJson = False,
) -> None:
    """Train a topic model on texts without labels.

    Texts with unambiguous terms are the examples from which it learns the words of a topic. Workers load the model that
    COPYTASTER_TOPIC_MODEL names when they start.
    """
    # Imported here, because these import NumPy, and all commands import this module.
    from copytaster.tagging.topics.classifier import load_topics  # noqa: PLC0415
    from copytaster.training.topic_model import train  # noqa: PLC0415

    dependencies = dependencies_of(context)
    settings = dependencies.settings()
    file = out or settings.topic_model or settings.data / MODEL
    topics = load_topics(taxonomy_file=settings.taxonomy)
    model, report = train(dependencies.texts(paths or []), topics, language=language)
    replace_durably(file, model.to_bytes())
    trained = Trained(file=str(file), version=model.name, sha256=model.digest, report=report)
    emit(trained) if as_json else emit_text(_sentence(trained))


class Trained(Document):
    """The file of the model, its name in provenance, its checksum, and a report on the training."""

    file: str
    version: str
    sha256: str
    report: TrainingReport


def _sentence(trained: Trained) -> str:
    report = trained.report
    by_top = ", ".join(f"{name} {count}" for name, count in report.examples_by_top.items())
    without_model = ", ".join(report.left_to_terms)
    return (
        f"{trained.version} in {trained.file}: {report.examples} of {report.texts} texts were examples ({by_top})."
        f"\nTopics found by terms alone, because of too few examples: {without_model or 'none'}."
        f"\nSet COPYTASTER_TOPIC_MODEL={trained.file} and restart the workers to use it."
    )

"""``copytaster train-topics``: a topic model from texts without labels."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from copytaster.model.article import Document
from copytaster.tagging.topics.classifier import load_topics
from copytaster.training.topic_model import TrainingReport, train
from copytaster_cli.context import AsJson, dependencies_of
from copytaster_cli.rendering.output import emit, emit_text

MODEL = "topics.model"
"""The file's name in the data folder, where no setting and no option names another."""


def train_topics(
    context: typer.Context,
    paths: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[PATH]...", help="Files and folders of articles; without any, those in the store."),
    ] = None,
    *,
    out: Annotated[
        Path | None,
        typer.Option(help=f"Where the model goes; else COPYTASTER_TOPIC_MODEL, else {MODEL} in the data folder."),
    ] = None,
    language: Annotated[str, typer.Option(help="Language of the texts that are learned from.")] = "en",
    as_json: AsJson = False,
) -> None:
    """Train a topic model on texts without labels: the terms that are sure teach the words around them.

    No labels are read. Workers load the model that COPYTASTER_TOPIC_MODEL names when they start.
    """
    dependencies = dependencies_of(context)
    settings = dependencies.settings()
    file = out or settings.topic_model or settings.data / MODEL
    topics = load_topics(taxonomy_file=settings.taxonomy)
    model, report = train(dependencies.texts(paths or []), topics, language=language)
    _write(file, model.to_bytes())
    trained = Trained(file=str(file), version=model.name, sha256=model.digest, report=report)
    emit(trained) if as_json else emit_text(_sentence(trained))


class Trained(Document):
    """Where the model is, by what provenance names it, and what it was trained with."""

    file: str
    version: str
    sha256: str
    report: TrainingReport


def _write(file: Path, content: bytes) -> None:
    """Write beside the file and rename: a worker that starts meanwhile finds the old model or the new one."""
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_name(f".{file.name}.part")
    partial.write_bytes(content)
    partial.replace(file)


def _sentence(trained: Trained) -> str:
    report = trained.report
    by_top = ", ".join(f"{name} {count}" for name, count in report.examples_by_top.items())
    left = ", ".join(report.left_to_terms)
    return (
        f"{trained.version} in {trained.file}: {report.examples} of {report.texts} texts were examples ({by_top})."
        f"\nLeft to the terms, for want of examples: {left or 'none'}."
        f"\nSet COPYTASTER_TOPIC_MODEL={trained.file} and start the workers anew to use it."
    )

"""Checks the topic files that settings name; it builds no vocabulary, and needs NumPy only if there is a model."""

from __future__ import annotations

from pathlib import Path

from copytaster.tagging.topics.taxonomy import load_taxonomy


def check_topic_files(*, taxonomy: Path | None, topic_model: Path | None) -> None:
    """Raise ``ConfigurationError``, like ``load_topics``, if one of the files cannot be used."""
    if not (taxonomy or topic_model):
        return
    tops = load_taxonomy(taxonomy).tops
    if topic_model:
        # Imported here, because this imports NumPy, and most installations have no topic model.
        from copytaster.tagging.topics.topic_model import load_topic_model  # noqa: PLC0415

        load_topic_model(topic_model, tops)

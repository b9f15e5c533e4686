"""The report on the training of a topic model."""

from __future__ import annotations

from copytaster.model.article import Document


class TrainingReport(Document):
    """What a model was trained on.

    ``texts`` were read, of which ``readable`` were in its language. ``examples_by_top`` counts the examples of each
    topic by name; ``left_to_terms`` are the topics that the model does not cover. ``trust``, from 0 to 1, is the weight
    of its predictions relative to the terms.
    """

    texts: int
    readable: int
    examples: int
    examples_by_top: dict[str, int]
    trust: float
    left_to_terms: tuple[str, ...]

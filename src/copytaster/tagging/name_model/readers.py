"""The two ways to run a spaCy model: its network in NumPy, and, for other architectures, spaCy's own pipeline."""

from __future__ import annotations

from collections.abc import Sequence

from spacy.language import Language

from copytaster.tagging.name_model.encoder import in_context, transformed
from copytaster.tagging.name_model.lexicon import Lexicon
from copytaster.tagging.name_model.spans import LabelledSpan, NameModel
from copytaster.tagging.name_model.transitions import transitions
from copytaster.tagging.name_model.weights import Weights, read_weights

BATCH_SIZE = 4
"""Texts that spaCy's pipeline reads together: 7 % faster than one by one. Sixteen gain another 4 % for 5 MB more."""


class NetworkReader:
    """Computes what spaCy's recogniser would, in a fraction of the time.

    Each text is read alone, so that its names depend neither on the other texts nor on those that were read before.
    """

    def __init__(self, model: Language, weights: Weights) -> None:
        self.name = _name(model)
        self._lexicon = Lexicon(model, weights.embedding)
        self._convolutions = weights.convolutions
        self._output = weights.output
        self._transitions = transitions(weights)

    def spans(self, texts: Sequence[str]) -> list[list[LabelledSpan]]:
        """Return the marked spans of each text, in order, without overlaps."""
        return [self._spans(text) for text in texts]

    def _spans(self, text: str) -> list[LabelledSpan]:
        tokens = self._lexicon.tokens(text)
        vectors = transformed(in_context(tokens.vectors, self._convolutions), self._output)
        names = self._transitions.names(vectors, tokens.blank)
        firsts = tokens.places_of([each.first for each in names])
        lasts = tokens.places_of([each.last for each in names])
        return [
            LabelledSpan(start, end, name.label)
            for name, (start, _), (_, end) in zip(names, firsts, lasts, strict=True)
        ]


class PipelineReader:
    """Runs spaCy's pipeline. Words that it remembers meanwhile are released after each batch."""

    def __init__(self, model: Language) -> None:
        self.name = _name(model)
        self._model = model

    def spans(self, texts: Sequence[str]) -> list[list[LabelledSpan]]:
        """Return the marked spans of each text, in order, without overlaps."""
        with self._model.memory_zone():
            return [
                [LabelledSpan(name.start_char, name.end_char, name.label_) for name in document.ents]
                for document in self._model.pipe(texts, batch_size=BATCH_SIZE)
            ]


def name_model(model: Language) -> NameModel:
    """Return the fastest reader that gives the model's own results."""
    weights = read_weights(model)
    return PipelineReader(model) if weights is None else NetworkReader(model, weights)


def _name(model: Language) -> str:
    return f"{model.lang}_{model.meta['name']}-{model.meta['version']}"

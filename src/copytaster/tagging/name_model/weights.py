"""Reads the weights of a spaCy recogniser, arranged for NumPy's matrix products."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from spacy.language import Language
from spacy.pipeline import EntityRecognizer
from spacy.tokenizer import Tokenizer

Floats: TypeAlias = npt.NDArray[np.float32]
Layers: TypeAlias = list[Any]  # thinc's layers have no useful types: each has its own parameters

STATE_TOKENS = 3
"""A state is described by the next token, the first token of the open name, and the token before the next one."""

_EMBEDDING = ("extract_features", "list2ragged")
_TABLE = ("ints-getitem", "hashembed")
_MIXER = ("maxout", "layernorm", "dropout", "ragged2list")
_CONVOLUTION = ("expand_window", "maxout", "layernorm", "dropout")
_STATES = ("list2array", "linear", "precomputable_affine", "linear")


@dataclass(frozen=True, slots=True)
class Affine:
    """A matrix product and a bias: ``inputs @ weights + bias``."""

    weights: Floats
    bias: Floats


@dataclass(frozen=True, slots=True)
class MaxoutNorm:
    """A layer with maxout and normalisation. The columns of its product are ordered by piece, then by output."""

    product: Affine
    scale: Floats
    shift: Floats


@dataclass(frozen=True, slots=True)
class HashTable:
    """The rows of ``Embedding.rows`` to which the values of an attribute of tokens are hashed."""

    seed: int
    first_row: int
    rows: int


@dataclass(frozen=True, slots=True)
class Embedding:
    """What a token's attributes contribute to its vector.

    ``rows`` are the model's vectors, already multiplied by the weights of ``mixer``; only its bias is still to add.
    """

    attributes: tuple[int | str, ...]
    tables: tuple[HashTable, ...]
    rows: Floats
    mixer: MaxoutNorm
    hashed: Any  # thinc's hash function: (values of an attribute, seed) -> four hashes each


@dataclass(frozen=True, slots=True)
class StateLayer:
    """The layer that reads a state: one product for each of its tokens, summed. Columns as in ``MaxoutNorm``."""

    next_token: Floats
    first_token: Floats
    token_before: Floats
    bias: Floats
    bias_outside: Floats
    """The bias outside of names, where the other two tokens do not exist; ``next_token`` is all that varies."""


@dataclass(frozen=True, slots=True)
class Weights:
    """All weights of a recogniser, and the names of its actions (``B-ORG``, ``O``) in the order of ``scores``."""

    embedding: Embedding
    convolutions: tuple[MaxoutNorm, ...]
    output: Affine
    states: StateLayer
    scores: Affine
    actions: tuple[str, ...]


def read_weights(model: Language) -> Weights | None:
    """Return the weights of a model, or None unless it is built like the small models of spaCy 3.

    That is: spaCy's tokenizer and recogniser and nothing else; hashed embeddings without word vectors; convolutions
    over three tokens; a greedy parser whose states are described by three tokens.
    """
    tokenizer: Any = model.tokenizer
    if model.pipe_names != ["ner"] or type(tokenizer) is not Tokenizer:
        return None
    recogniser: Any = model.get_pipe("ner")
    if type(recogniser) is not EntityRecognizer or recogniser.cfg["beam_width"] != 1:
        return None
    layers = [layer for layer in recogniser.model.walk(order="dfs_pre") if not layer.layers]
    if not _is_known(layers, recogniser.model) or any(_crosses_spaces(rule) for rule in tokenizer.rules):
        return None
    mixer, *convolutions = zip(_named(layers, "maxout"), _named(layers, "layernorm"), strict=True)
    output, scores = _named(layers, "linear")
    return Weights(
        embedding=_embedding(layers, _maxout_norm(*mixer), recogniser.model.ops.hash),
        convolutions=tuple(_maxout_norm(*each) for each in convolutions),
        output=_affine(output),
        states=_state_layer(_named(layers, "precomputable_affine")[0]),
        scores=_affine(scores),
        actions=tuple(recogniser.moves.get_class_name(action) for action in range(recogniser.moves.n_moves)),
    )


def _is_known(layers: Layers, model: Any) -> bool:
    tables, depth = len(_named(layers, "hashembed")), len(_named(layers, "expand_window"))
    expected = (*_EMBEDDING, *_TABLE * tables, *_MIXER, *_CONVOLUTION * depth, *_STATES)
    if tuple(layer.name for layer in layers) != expected or model.attrs["unseen_classes"]:
        return False
    windows = {layer.attrs["window_size"] for layer in _named(layers, "expand_window")}
    padding = [layer.attrs["pad"] for layer in model.walk() if layer.attrs.get("pad")]
    states = _named(layers, "precomputable_affine")[0]
    return windows == {1} and padding == [depth] and states.get_dim("nF") == STATE_TOKENS and states.get_dim("nP") > 1


def _crosses_spaces(rule: str) -> bool:
    """Return whether a tokenizer's exception contains a space between words, which are split separately here."""
    return not rule.isspace() and len(rule.split()) > 1


def _named(layers: Layers, name: str) -> Layers:
    return [layer for layer in layers if layer.name == name]


def _affine(layer: Any) -> Affine:
    return Affine(np.ascontiguousarray(layer.get_param("W").T), layer.get_param("b"))


def _by_piece(weights: Floats) -> Floats:
    """Turn weights by (output, piece, input) into a matrix by (input, piece and output)."""
    outputs, pieces, inputs = weights.shape
    return np.ascontiguousarray(weights.transpose(2, 1, 0).reshape(inputs, pieces * outputs))


def _maxout_norm(maxout: Any, norm: Any) -> MaxoutNorm:
    product = Affine(_by_piece(maxout.get_param("W")), np.ascontiguousarray(maxout.get_param("b").T).reshape(-1))
    return MaxoutNorm(product, norm.get_param("G"), norm.get_param("b"))


def _embedding(layers: Layers, mixer: MaxoutNorm, hashed: Any) -> Embedding:
    vectors = [layer.get_param("E") for layer in _named(layers, "hashembed")]
    sections = np.split(mixer.product.weights, len(vectors))
    first_rows = np.cumsum([0, *(len(each) for each in vectors)])
    seeds = [layer.attrs["seed"] for layer in _named(layers, "hashembed")]
    return Embedding(
        attributes=tuple(layers[0].attrs["columns"]),
        tables=tuple(
            HashTable(seed, int(first), len(rows))
            for seed, first, rows in zip(seeds, first_rows, vectors, strict=False)
        ),
        rows=np.concatenate([rows @ section for rows, section in zip(vectors, sections, strict=True)]),
        mixer=mixer,
        hashed=hashed,
    )


def _state_layer(layer: Any) -> StateLayer:
    next_token, first_token, token_before = (_by_piece(weights) for weights in layer.get_param("W"))
    bias, *absent = (_flat(each) for each in (layer.get_param("b"), *layer.get_param("pad")[0][1:]))
    return StateLayer(next_token, first_token, token_before, bias, bias + sum(absent))


def _flat(bias: Floats) -> Floats:
    return np.ascontiguousarray(bias.T).reshape(-1)

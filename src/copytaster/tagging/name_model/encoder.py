"""The network of a recogniser: vectors of tokens from their attributes and their neighbours."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from numpy.lib.stride_tricks import as_strided

from copytaster.tagging.name_model.weights import Affine, Embedding, Floats, MaxoutNorm

_EPSILON = np.float32(1e-8)
"""thinc adds it to the variance."""


def embedded(attributes: npt.NDArray[np.uint64], embedding: Embedding) -> Floats:
    """Return a vector for each token, by its attributes alone; a row does not depend on the other rows."""
    keys = np.concatenate(
        [
            embedding.hashed(np.ascontiguousarray(values), table.seed) % table.rows + table.first_row
            for values, table in zip(attributes.T, embedding.tables, strict=True)
        ],
        axis=1,
    )
    mixed = np.zeros((len(attributes), embedding.rows.shape[1]), np.float32)
    for column in keys.T:
        mixed += embedding.rows[column]
    return activated(mixed, embedding.mixer)


def in_context(vectors: Floats, convolutions: Sequence[MaxoutNorm]) -> Floats:
    """Return the vectors of a text's tokens in their context: each layer also reads the two neighbours.

    Before and after a text are zeros, as many rows as there are layers. Each layer computes the rows that the next ones
    read: the first all but the outermost zeros, the last the tokens alone.
    """
    reach = len(convolutions)
    tokens, width = vectors.shape
    padded = np.zeros((tokens + 2 * reach, width), np.float32)
    padded[reach : reach + tokens] = vectors
    neighbours = as_strided(padded, (len(padded) - 2, 3 * width), padded.strides)
    for margin, layer in enumerate(convolutions, start=1):
        inner = padded[margin : len(padded) - margin]
        around = np.ascontiguousarray(neighbours[margin - 1 :][: len(inner)])
        inner += activated(around @ layer.product.weights, layer)
    return padded[reach : reach + tokens]


def activated(products: Floats, layer: MaxoutNorm) -> Floats:
    """Add the bias to the products (in place), take the maximum of the pieces, and normalise each row."""
    products += layer.product.bias
    values = largest_piece(products, len(layer.scale))
    mean = np.add.reduce(values, axis=1, keepdims=True)  # ndarray.mean does it in Python
    mean /= np.float32(len(layer.scale))
    values -= mean
    variance = np.einsum("ij,ij->i", values, values)
    variance /= np.float32(len(layer.scale))
    variance += _EPSILON
    values *= (np.float32(1) / np.sqrt(variance))[:, None]
    values *= layer.scale
    values += layer.shift
    return values


def largest_piece(products: Floats, outputs: int) -> Floats:
    """Return the maximum over the pieces, which are blocks of columns of width ``outputs``."""
    values = np.maximum(products[:, :outputs], products[:, outputs : 2 * outputs])
    for start in range(2 * outputs, products.shape[1], outputs):
        np.maximum(values, products[:, start : start + outputs], out=values)
    return values


def transformed(vectors: Floats, layer: Affine) -> Floats:
    """Return the layer's output for each vector."""
    output: Floats = vectors @ layer.weights
    output += layer.bias
    return output

"""The parser of a recogniser: turns the vectors of a text's tokens into names, for all tokens at once.

spaCy's parser takes one action for each token: it begins, continues or ends a name, takes the token alone, or passes.
Outside of names its scores depend on the next token alone, so they are computed for all tokens together. Inside a name
they depend on three tokens; all names of the text are continued together, one token a step.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from copytaster.tagging.name_model.encoder import largest_piece, transformed
from copytaster.tagging.name_model.weights import Affine, Floats, StateLayer, Weights


class Action(IntEnum):
    """What the parser does outside of a name."""

    PASS = 0
    ALONE = 1
    BEGIN = 2


_ACTIONS = {"O": Action.PASS, "U": Action.ALONE, "B": Action.BEGIN}
_NEVER = np.float32(-np.inf)


class TokenSpan(NamedTuple):
    """A name by the indexes of its first and its last token."""

    first: int
    last: int
    label: str


@dataclass(frozen=True, slots=True)
class Transitions:
    """The parser's weights, by state.

    ``outside`` scores the actions outside of names; ``actions`` and ``labels`` describe its columns. ``ends`` has a row
    for each column that begins a name: its product with a state is positive when the name ends with the next token.
    """

    states: StateLayer
    outside: Affine
    actions: npt.NDArray[np.int8]
    labels: tuple[str, ...]
    ends: Floats
    ends_bias: Floats

    def names(self, vectors: Floats, blank: npt.NDArray[np.bool_]) -> list[TokenSpan]:
        """Return the names in a text's tokens, in order. No name begins at a ``blank`` token, which is white space."""
        if not len(vectors):
            return []
        next_token = vectors @ self.states.next_token
        best = self._best_outside(next_token, blank)
        chosen = self.actions[best]
        last = np.where(chosen == Action.ALONE, np.arange(len(vectors)), -1)
        begins = np.flatnonzero(chosen == Action.BEGIN)
        if len(begins):
            last[begins] = self._last_tokens(vectors, next_token, begins, best[begins])
        return list(self._without_overlaps(best, last))

    def _best_outside(self, next_token: Floats, blank: npt.NDArray[np.bool_]) -> npt.NDArray[np.intp]:
        """Return the best action's column for each token, as if no name were open there."""
        hidden = largest_piece(next_token + self.states.bias_outside, self.outside.weights.shape[0])
        scores = transformed(hidden, self.outside)
        scores[-1, self.actions == Action.BEGIN] = _NEVER
        best: npt.NDArray[np.intp] = scores.argmax(axis=1)
        best[blank] = np.flatnonzero(self.actions == Action.PASS)[0]
        return best

    def _last_tokens(
        self, vectors: Floats, next_token: Floats, begins: npt.NDArray[np.intp], columns: npt.NDArray[np.intp]
    ) -> npt.NDArray[np.intp]:
        """Return the last token of each name that begins at the given tokens; the text's last token ends every name."""
        last = np.empty_like(begins)
        open_, token = np.arange(len(begins)), begins + 1
        fixed = vectors[begins] @ self.states.first_token + self.states.bias
        while len(open_):
            state = next_token[token] + fixed[open_] + vectors[token - 1] @ self.states.token_before
            hidden = largest_piece(state, self.ends.shape[1])
            rows = columns[open_]
            balance = np.einsum("ij,ij->i", hidden, self.ends[rows]) + self.ends_bias[rows]
            ended = (balance > 0) | (token == len(vectors) - 1)
            last[open_[ended]] = token[ended]
            open_, token = open_[~ended], token[~ended] + 1
        return last

    def _without_overlaps(self, best: npt.NDArray[np.intp], last: npt.NDArray[np.intp]) -> Iterator[TokenSpan]:
        """Yield the names that the parser reaches: inside a name it begins no other."""
        following = 0
        for first in np.flatnonzero(last >= 0).tolist():
            if first >= following:
                yield TokenSpan(first, int(last[first]), self.labels[best[first]])
                following = int(last[first]) + 1


def transitions(weights: Weights) -> Transitions:
    """Return the parser with these weights."""
    index = {action: number for number, action in enumerate(weights.actions)}
    # "U-" without a label forbids a name that a caller has set before: never here.
    outside = [number for action, number in index.items() if action[0] in _ACTIONS and action != "U-"]
    names = [weights.actions[number] for number in outside]
    scores, bias = weights.scores.weights, weights.scores.bias
    ends = np.zeros((len(outside), len(scores)), np.float32)
    ends_bias = np.zeros(len(outside), np.float32)
    for row, action in enumerate(names):
        if action[0] == "B":
            end, continue_ = index["L" + action[1:]], index["I" + action[1:]]
            ends[row] = scores[:, end] - scores[:, continue_]
            ends_bias[row] = bias[end] - bias[continue_]
    return Transitions(
        states=weights.states,
        outside=Affine(np.ascontiguousarray(scores[:, outside]), bias[outside]),
        actions=np.array([_ACTIONS[action[0]] for action in names], np.int8),
        labels=tuple(action[2:] for action in names),
        ends=ends,
        ends_bias=ends_bias,
    )

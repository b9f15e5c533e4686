"""Runs common libraries on the same documents: MinHash by datasketch and rensa, and SimHash.

Each is configured as in its own documentation, with 128 permutations and a threshold of .5, everything in memory.
"""

from __future__ import annotations

import importlib
import re
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np
import xxhash

from benchmarks.neardup_data import Document

Ties = list[tuple[str, str]]

PERMUTATIONS = 128
THRESHOLD = 0.5

SIMHASH_BITS = 3
"""Bits in which two SimHashes of 64 may differ (Manku, Jain and Das Sarma 2007)."""

_WORD = re.compile(r"\w+")


class NotInstalledError(Exception):
    """A peer's package is not installed; the message names it."""


@dataclass(frozen=True, slots=True)
class PeerRun:
    """The pairs that a peer found, and its processor seconds."""

    ties: Ties
    seconds: float


def run_peer(name: str, documents: list[Document]) -> PeerRun:
    """Return the peer's ties. Raises ``NotInstalledError``."""
    started = time.process_time()
    ties = PEERS[name](documents)
    return PeerRun(ties, time.process_time() - started)


def _datasketch(documents: list[Document], width: int) -> Ties:
    module = _module("datasketch")
    index = module.MinHashLSH(threshold=THRESHOLD, num_perm=PERMUTATIONS)
    hashes: dict[str, Any] = {}
    ties = []
    for each in documents:
        found = module.MinHash(num_perm=PERMUTATIONS)
        found.update_batch([shingle.encode() for shingle in _shingles(each.text, width)])
        ties += [(each.id, other) for other in index.query(found) if found.jaccard(hashes[other]) >= THRESHOLD]
        hashes[each.id] = found
        index.insert(each.id, found)
    return ties


def _rensa(documents: list[Document], width: int) -> Ties:
    module = _module("rensa")
    index = module.RMinHashLSH(threshold=THRESHOLD, num_perm=PERMUTATIONS, num_bands=32)
    hashes: list[Any] = []
    ties = []
    for number, each in enumerate(documents):
        found = module.RMinHash(num_perm=PERMUTATIONS, seed=42)
        found.update(_shingles(each.text, width))
        alike = [other for other in index.query(found) if found.jaccard(hashes[other]) >= THRESHOLD]
        ties += [(each.id, documents[other].id) for other in alike]
        hashes.append(found)
        index.insert(number, found)
    return ties


def _simhash(documents: list[Document], width: int) -> Ties:
    """Tie texts whose SimHashes differ in few bits; of 64 bits in four parts one part must then be equal."""
    buckets: defaultdict[tuple[int, int], list[tuple[str, int]]] = defaultdict(list)
    ties = []
    for each in documents:
        value = _simhash_of(_shingles(each.text, width))
        parts = [(part, value >> (16 * part) & 0xFFFF) for part in range(4)]
        near = {other for key in parts for other, known in buckets[key] if (known ^ value).bit_count() <= SIMHASH_BITS}
        ties += [(each.id, other) for other in near]
        for key in parts:
            buckets[key].append((each.id, value))
    return ties


def _simhash_of(shingles: list[str]) -> int:
    hashes = np.array([xxhash.xxh3_64_intdigest(each.encode()) for each in shingles], ">u8")
    bits = np.unpackbits(hashes.view(np.uint8).reshape(-1, 8), axis=1)
    return int.from_bytes(np.packbits(bits.mean(axis=0) > THRESHOLD).tobytes())


def _shingles(text: str, width: int) -> list[str]:
    words = _WORD.findall(text.lower())
    return [" ".join(words[start : start + width]) for start in range(max(1, len(words) - width + 1))]


def _module(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise NotInstalledError(f"{name} is not installed: pip install 'copytaster[peers]'") from error


PEERS: dict[str, Callable[[list[Document]], Ties]] = {
    "datasketch w5": lambda documents: _datasketch(documents, 5),
    "datasketch w3": lambda documents: _datasketch(documents, 3),
    "rensa w3": lambda documents: _rensa(documents, 3),
    "simhash w1": lambda documents: _simhash(documents, 1),
}

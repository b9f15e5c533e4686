"""Terms of Chinese and Japanese texts, whose words are not separated by spaces."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

UNSPACED = frozenset({"ja", "zh"})
"""Languages whose terms are found here: by runs of one script, or by repeated sequences of characters."""

MAX_CHARACTERS = 6
"""The longest sequence in Chinese: longer ones are phrases."""

REPEATED = 2

_JAPANESE = re.compile(r"[\u30A1-\u30FA\u30FC]{3,12}|[\u4E00-\u9FFF\u3005]{2,8}")
_HAN = re.compile(r"[\u3400-\u9FFF]+")
_FUNCTION_CHARACTERS = re.compile(
    "[的了在是我有和就不人都一上也很到说要去你会着没看好自己这那他她它们与及或但而并被把让对从向以为于之其此该将已还又再更最等者所个"
    "说年月日时来过给由因如后前二三四五六七八九十两可能表示今天昨天明天]+"
)


def unspaced_terms(text: str, language: str) -> Iterator[str]:
    """Yield the terms of a text, each as often as it occurs.

    Japanese: runs of katakana and of kanji. Chinese: sequences that recur, between characters of grammar and time; a
    sequence that is part of a longer one with the same count is left out.
    """
    if language == "ja":
        yield from (match[0] for match in _JAPANESE.finditer(text))
        return
    segments = [part for match in _HAN.finditer(text) for part in _FUNCTION_CHARACTERS.split(match[0])]
    yield from _repeated(segments).elements()


def _repeated(segments: Sequence[str]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for segment in segments:
        for size in range(2, MAX_CHARACTERS + 1):
            counts.update(segment[at : at + size] for at in range(len(segment) - size + 1))
    repeated = {term: count for term, count in counts.items() if count >= REPEATED}
    inside: Counter[str] = Counter()
    for term, count in repeated.items():
        for part in (term[1:], term[:-1]):
            inside[part] = max(inside[part], count)
    return Counter({term: count for term, count in repeated.items() if count > inside[term]})

"""What bytes would cost in the charsets of East Asia, in which a character takes several."""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections import Counter
from functools import cache

from copytaster.parsing.charset.letter_costs import (
    BACK_OFF,
    COMMON,
    DAILY,
    GLUED,
    KANA,
    LETTER,
    PRINTED,
    PRINTED_WIDE,
    RARE,
    STRANGE_LETTER,
    SYMBOL,
    UNDEFINED,
    pair_costs,
)

WORD = re.compile(rb"[A-Za-z\x80-\xff]*[\x80-\xff][A-Za-z\x80-\xff]*")
"""Letters of which one at least is beyond ASCII: what charsets are told by."""

ASCII_WORD = re.compile(rb"[A-Za-z]+")

# Charsets of several bytes, the smaller before what contains it: a text that fits the smaller was made for it.
_WIDE = (
    ("euc_jp", 4),
    ("shift_jis", 4),
    ("cp932", 6),
    ("gb2312", 4),
    ("gb18030", 8),
    ("big5", 4),
    ("cp950", 6),
    ("big5hkscs", 10),
    ("euc_kr", 4),
    ("cp949", 6),
    ("johab", 24),
)

_PRINTED_EAST = PRINTED | frozenset("\u2212\u2016\u2225\u30fb\u301c\xd7\u2500\u203b")
"""The same where characters are as wide as they are high."""

_EVERYWHERE = frozenset(
    "的一是不了在人有我他这個个们們中来來上大为為和国國地到以说說时時要就出会會可也你对對生能而子那得于於着著下自之年过過发發后後作里用道行"
    "所然家种種事成方多经經么麼去法学學如都同现現当當没沒动動面起看定天分还還进進好小部其些主样樣理心她本前开開但因只从從想实實日军軍者意"
    "无無力它与與长長把机機十民第公此已工使情明性知全三又关關点點正业業外将將两兩高间間由问問很最重并物手应應战戰向头頭文体體政美相见見被利"
    "二等产產或新己制身果加西月话話合回特代内內信表化老给給世位次度门門任常先海通教原东東声聲提立及比员員解水名真论論处處走义義各入几幾口"
)
"""The commonest characters of Chinese, which are most of those of Japanese: some two hundred make half of a text."""


def wide_costs(content: bytes, words: list[bytes]) -> dict[str, float]:
    """Return the bits that ``words``, which come from ``content``, take in each charset."""
    sample = _sample(content, words)
    ascii_letters = sum(len(each) for each in ASCII_WORD.findall(sample))
    beside = sum(len(each) for word in WORD.findall(sample) for each in ASCII_WORD.findall(word))
    scale = sum(map(len, words)) / max(1, sum(map(len, WORD.findall(sample))))
    costs = {}
    for name, start in _WIDE:
        text = sample.decode(name, errors="replace")
        eaten = ascii_letters - sum(len(each) for each in re.findall("[A-Za-z]+", text))
        total = LETTER * max(0, beside - eaten) + sum(
            _wide_cost(each) * count for each, count in Counter(text).items() if not each.isascii()
        )
        total += GLUED * len(re.findall("[A-Za-z][\u3041-\uffdc]|[\u3041-\uffdc][A-Za-z]", text))
        costs[name] = start + total * scale
    return costs


def _sample(content: bytes, words: list[bytes]) -> bytes:
    """Return whole lines with bytes beyond ASCII, about as many as ``words`` come from."""
    found, size, most = [], 0, 2 * sum(map(len, words))
    for line in content.split(b"\n"):
        if not line.isascii():
            found.append(line)
            size += sum(map(len, WORD.findall(line)))
        if size > most:
            break
    return b"\n".join(found)


@cache
def _wide_cost(character: str) -> float:
    if character == "\ufffd" or unicodedata.category(character) == "Co":
        return UNDEFINED
    if "\u3041" <= character <= "\u30fe":
        return KANA
    if "\uac00" <= character <= "\ud7a3":
        return pair_costs("ko").get(("", character), RARE) - BACK_OFF
    if "\u4e00" <= character <= "\u9fff":
        return DAILY if character in _EVERYWHERE else COMMON if _is_common(character) else RARE
    if "\u3000" <= character <= "\u3020" or "\uff01" <= character <= "\uff5e" or character in _PRINTED_EAST:
        return PRINTED_WIDE
    return STRANGE_LETTER + 4 if unicodedata.category(character)[0] == "L" else SYMBOL


def _is_common(character: str) -> bool:
    """Whether it stands in the first part of a national standard, where the characters in daily use are."""
    first = {"gb2312": (0xB0, 0xD7), "big5": (0xA4, 0xC6), "euc_jp": (0xB0, 0xCF)}
    return any(
        least <= character.encode(name, errors="replace")[0] <= most and _fits(character, name)
        for name, (least, most) in first.items()
    )


def _fits(character: str, charset: str) -> bool:
    try:
        codecs.encode(character, charset)
    except UnicodeEncodeError:
        return False
    return True

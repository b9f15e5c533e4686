"""Which charset bytes are in: the one in which they look most like a language, by what each letter takes to write."""

from __future__ import annotations

import codecs
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise

SAMPLE_BYTES = 24_000
"""Of words with bytes beyond ASCII: what parts two relatives may be one letter in some thousand."""

_WORD = re.compile(rb"[A-Za-z\x80-\xff]*[\x80-\xff][A-Za-z\x80-\xff]*")
_LETTERS = re.compile(rb"[A-Za-z]+")
_CODE = re.compile(rb"</?[A-Za-z][^<>]{0,2000}>|&[A-Za-z#0-9]{1,10};")

# Charsets of one byte with the languages that are written in them, the commoner of each family first, and what taking
# one costs from the start, in bits: nobody sends IBM's or Apple's any more, except in archives.
_FAMILIES = (
    (("cp1252", 0), ("mac_roman", 32), ("cp850", 32), ("iso8859-15", 20)),
    (("cp1250", 12), ("iso8859-2", 12), ("cp852", 32), ("mac_latin2", 32)),
    (
        ("cp1251", 12),
        ("koi8-r", 12),
        ("koi8-u", 16),
        ("iso8859-5", 14),
        ("cp866", 16),
        ("cp855", 20),
        ("mac_cyrillic", 20),
    ),
    (("cp1253", 12), ("iso8859-7", 12), ("mac_greek", 32), ("cp737", 32)),
    (("cp1254", 12), ("iso8859-9", 12)),
    (("cp1255", 12), ("iso8859-8", 12), ("cp862", 32)),
    (("cp1256", 12), ("iso8859-6", 14)),
    (("cp1257", 12), ("iso8859-13", 12), ("iso8859-4", 20)),
    (("tis-620", 12), ("cp874", 12)),
)
_SPEAKERS = (
    ("en", "fr", "de", "es", "pt", "it", "nl", "da", "sv", "nb", "fi", "is", "ca"),
    ("pl", "cs", "sk", "hu", "ro", "hr", "sl", "sq", "de"),
    ("ru", "uk", "bg", "be", "mk", "sr"),
    ("el",),
    ("tr",),
    ("he",),
    ("ar", "fa", "ur"),
    ("lt", "lv", "et"),
    ("th",),
)

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

# Bits. Measured on running text: a letter takes four to five, a syllable or a common character seven to ten.
_LETTER, _OWN_SCRIPT, _STRANGE_LETTER, _CASE = 5.0, 10.0, 14.0, 6.0
_BEYOND_LATIN = 0x370
"""Where Greek begins: a strange letter of the own script is less strange there, for Latin is shared by all."""

_LAST_ASCII = 0x7F
_TYPOGRAPHY, _SYMBOL, _CONTROL, _UNDEFINED = 6.0, 12.0, 20.0, 30.0
_KANA, _PRINTED_WIDE, _DAILY, _COMMON, _RARE, _GLUED = 6.0, 9.0, 7.5, 11.5, 17.0, 9.0
_BACK_OFF = 4.0
"""What a letter takes in a place where it was not seen, beside what it takes by itself."""

_PRINTED = frozenset(
    "\u2018\u2019\u201a\u201c\u201d\u201e\u2013\u2014\u2026\u2022\xab\xbb\xa0\u20ac\xa3\xa7\xb0\xa9\xae\u2122\u2116\xb7\u2015\xa1\xbf"
)
"""What is printed between words in Europe."""

_PRINTED_EAST = _PRINTED | frozenset("\u2212\u2016\u2225\u30fb\u301c\xd7\u2500\u203b")
"""The same where characters are as wide as they are high."""

_EVERYWHERE = frozenset(
    "的一是不了在人有我他这個个们們中来來上大为為和国國地到以说說时時要就出会會可也你对對生能而子那得于於着著下自之年过過发發后後作里用道行"
    "所然家种種事成方多经經么麼去法学學如都同现現当當没沒动動面起看定天分还還进進好小部其些主样樣理心她本前开開但因只从從想实實日军軍者意"
    "无無力它与與长長把机機十民第公此已工使情明性知全三又关關点點正业業外将將两兩高间間由问問很最重并物手应應战戰向头頭文体體政美相见見被利"
    "二等产產或新己制身果加西月话話合回特代内內信表化老给給世位次度门門任常先海通教原东東声聲提立及比员員解水名真论論处處走义義各入几幾口"
)
"""The commonest characters of Chinese, which are most of those of Japanese: some two hundred make half of a text."""

MOST_BESIDE = 30
"""Words: enough to know a language by, too few to outvote the letters that the choice is about."""

BESIDE_SHARE = 0.5
"""Names and English words stand in every language's texts."""

DECLARED_BITS = 40.0
"""What a declaration that does not decode to the last byte is still worth: some ten letters."""


@dataclass(frozen=True, slots=True)
class Guess:
    """A charset by Python's name, and how many bits a byte of the words beyond ASCII takes in it: text four to six."""

    charset: str
    bits: float


@dataclass(frozen=True, slots=True)
class _Charset:
    """A charset of one byte: each byte's letter in small (empty for none), its cost by itself, and the capitals."""

    letters: tuple[str, ...]
    alone: tuple[float, ...]
    capitals: frozenset[int]


def most_likely(content: bytes, declared: str | None = None) -> Guess | None:
    """Return the charset in which ``content`` looks most like a language; None where all its bytes are ASCII.

    Costs some 20 ms, whatever the size.
    """
    opening = content[: 10 * SAMPLE_BYTES]
    prose = _CODE.sub(b" ", opening)
    words = _words(prose) or _words(opening) or _words(content)
    if not words:
        return None
    ranked = {**_narrow(words, _beside(prose)), **_wide(content, words)}
    if declared in ranked:
        ranked[declared] -= DECLARED_BITS
    best = min(ranked, key=lambda each: ranked[each])
    return Guess(best, ranked[best] / sum(map(len, words)))


def _words(text: bytes) -> list[bytes]:
    found, size = [], 0
    for match in _WORD.finditer(text):
        found.append(match.group())
        size += len(match.group())
        if size > SAMPLE_BYTES:
            break
    return found


def _beside(prose: bytes) -> list[bytes]:
    """Return words of ASCII from the first line that has others as well: they say which Latin language it is."""
    line = next((each for each in prose.split(b"\n") if not each.isascii()), b"")
    return [each for each in _LETTERS.findall(_WORD.sub(b" ", line)) if len(each) > 1][:MOST_BESIDE]


def _narrow(words: list[bytes], beside: list[bytes]) -> dict[str, float]:
    pairs = Counter(pair for word in words for pair in _pairs(word))
    strange = _strangeness(Counter(pair for word in beside for pair in _pairs(word)))
    costs = {}
    for family, languages in zip(_FAMILIES, _SPEAKERS, strict=True):
        for name, start in family:
            charset = _charset(name)
            costs[name] = start + min(
                _cost(pairs, charset, language) + strange.get(language, 0.0) for language in languages
            )
    return costs


def _strangeness(pairs: Counter[tuple[int, int]]) -> dict[str, float]:
    """Return for each language of Latin script how much dearer the pairs are in it than in the likeliest, by half."""
    ascii_only = _charset("ascii")
    costs = {
        language: _cost(pairs, ascii_only, language)
        for languages in _SPEAKERS
        for language in languages
        if "a" in _table()[language]
    }
    least = min(costs.values())
    return {language: (cost - least) * BESIDE_SHARE for language, cost in costs.items()}


def _pairs(word: bytes) -> Iterator[tuple[int, int]]:
    edged = b" %b " % word
    return pairwise(edged)


def _cost(pairs: Counter[tuple[int, int]], charset: _Charset, language: str) -> float:
    table, letters, total = _pair_costs(language), charset.letters, 0.0
    for (before, byte), count in pairs.items():
        letter = letters[byte]
        if not letter:
            cost = charset.alone[byte]
        elif letter == " " and not letters[before].strip():
            cost = 0.0
        else:
            cost = table.get((letters[before] or " ", letter)) or table.get(("", letter)) or _unseen(letter, language)
            if before > _LAST_ASCII and not letters[before]:
                cost += charset.alone[before] / 3  # marks stand between words
            if byte in charset.capitals and before not in charset.capitals and letters[before].strip():
                cost += _CASE
        total += cost * count
    return total


@cache
def _unseen(letter: str, language: str) -> float:
    """Return the cost of a letter that the language's common words do not have: less where the script is its own."""
    own = max(_table()[language][""], key=ord)
    return _OWN_SCRIPT if ord(letter) >> 7 == ord(own) >> 7 and ord(letter) >= _BEYOND_LATIN else _STRANGE_LETTER


@cache
def _pair_costs(language: str) -> dict[tuple[str, str], float]:
    """Return the costs of a letter after another, and under the empty string those of a letter after a strange one."""
    told = _table()[language]
    costs = {
        (before, row[at]): int(row[at + 1], 36) / 2 for before, row in told.items() for at in range(0, len(row), 2)
    }
    return costs | {key: cost + _BACK_OFF for key, cost in costs.items() if key[0] == ""}


@cache
def _table() -> dict[str, dict[str, str]]:
    content = files("copytaster.parsing").joinpath("letter_pairs.json").read_text(encoding="utf-8")
    table: dict[str, dict[str, str]] = json.loads(content)
    return table


@cache
def _charset(name: str) -> _Charset:
    characters = [bytes([byte]).decode(name, errors="replace") for byte in range(256)]
    return _Charset(
        letters=tuple(_small(each) for each in characters),
        alone=tuple(_cost_alone(each) for each in characters),
        capitals=frozenset(byte for byte, each in enumerate(characters) if each.isupper()),
    )


def _small(character: str) -> str:
    if character == " ":
        return " "
    return character.lower()[0] if unicodedata.category(character)[0] in "LM" and character not in "ªº" else ""


def _cost_alone(character: str) -> float:
    if character == "\ufffd" or unicodedata.category(character) == "Co":
        return _UNDEFINED
    if unicodedata.category(character) == "Cc":
        return _CONTROL
    return _TYPOGRAPHY if character in _PRINTED else _SYMBOL


def _wide(content: bytes, words: list[bytes]) -> dict[str, float]:
    sample = _sample(content, words)
    ascii_letters = sum(len(each) for each in _LETTERS.findall(sample))
    beside = sum(len(each) for word in _WORD.findall(sample) for each in _LETTERS.findall(word))
    scale = sum(map(len, words)) / max(1, sum(map(len, _WORD.findall(sample))))
    costs = {}
    for name, start in _WIDE:
        text = sample.decode(name, errors="replace")
        eaten = ascii_letters - sum(len(each) for each in re.findall("[A-Za-z]+", text))
        total = _LETTER * max(0, beside - eaten) + sum(
            _wide_cost(each) * count for each, count in Counter(text).items() if not each.isascii()
        )
        total += _GLUED * len(re.findall("[A-Za-z][\u3041-\uffdc]|[\u3041-\uffdc][A-Za-z]", text))
        costs[name] = start + total * scale
    return costs


def _sample(content: bytes, words: list[bytes]) -> bytes:
    """Return whole lines with bytes beyond ASCII, about as many as ``words`` come from."""
    found, size, most = [], 0, 2 * sum(map(len, words))
    for line in content.split(b"\n"):
        if not line.isascii():
            found.append(line)
            size += sum(map(len, _WORD.findall(line)))
        if size > most:
            break
    return b"\n".join(found)


@cache
def _wide_cost(character: str) -> float:
    if character == "\ufffd" or unicodedata.category(character) == "Co":
        return _UNDEFINED
    if "\u3041" <= character <= "\u30fe":
        return _KANA
    if "\uac00" <= character <= "\ud7a3":
        return _pair_costs("ko").get(("", character), _RARE) - _BACK_OFF
    if "\u4e00" <= character <= "\u9fff":
        return _DAILY if character in _EVERYWHERE else _COMMON if _is_common(character) else _RARE
    if "\u3000" <= character <= "\u3020" or "\uff01" <= character <= "\uff5e" or character in _PRINTED_EAST:
        return _PRINTED_WIDE
    return _STRANGE_LETTER + 4 if unicodedata.category(character)[0] == "L" else _SYMBOL


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

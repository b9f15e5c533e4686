"""Charset detection from the bytes alone: chardet ranks the charsets, and rules of our own correct its ranking.

The rules: damaged bytes do not exclude a charset, a declared charset is preferred if it is nearly as likely, and where
chardet is not certain common charsets are preferred to rare ones.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable

from chardet import MINIMUM_THRESHOLD, detect_all

from copytaster.parsing.charset.japanese import EUC, ISO_2022

# All names of charsets are chardet's. UTF-8, UTF-16 and UTF-32 are recognised before detection.
_CODE_PAGES = (
    *("cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "cp1258", "cp874", "tis-620"),
)
"""The charsets of Windows, which are common. In nearly all of them some bytes are undefined."""

_MULTI_BYTE = ("cp932", "shift_jis_2004", "euc_jis_2004", "gb18030", "big5hkscs", "euc_kr", "cp949", "johab")

_RARE = (
    *("iso8859-6", "iso8859-8", "iso8859-13", "mac-roman", "mac-latin2", "mac-cyrillic", "mac-greek"),
    *("cp737", "cp850", "cp852", "cp855", "cp862", "cp866", "johab"),
)
"""Charsets of old Macintosh and DOS systems, and standards in whose place the charsets of Windows were used."""

_CANDIDATES = (
    *_CODE_PAGES,
    *("koi8-r", "koi8-u", "iso8859-2", "iso8859-5", "iso8859-7", "iso8859-9", "iso8859-15"),
    *_MULTI_BYTE,
    *(each for each in _RARE if each not in _MULTI_BYTE),
)
"""Charsets that occur in news and news archives. Fewer candidates mean fewer errors on short texts and less time."""

_SWITCHING = ("iso2022_jp_2", "iso2022_jp_2004", "iso2022_jp_ext", "iso2022_kr", "hz")
"""Charsets that write all characters in ASCII bytes, with codes that switch to another set of characters."""

_SWITCH_CODE = re.compile(rb"\x1b|~\{")
"""The escape byte of ISO-2022, or the code of HZ."""

_JAPANESE_CODE = re.compile(rb"\x1b(?:\$[@B]|\(I)")

_SWITCHING_BYTES = 262_144
"""Bytes in which the switching codes are searched. chardet searches no more than these."""

_NO_MATCH = "ascii"
"""What chardet returns when no candidate decodes the bytes. It must be a candidate itself, or chardet warns."""

_CODECS = {
    "cp932": ("shift_jis", "cp932"),
    "shift_jis_2004": ("shift_jis", "cp932", "shift_jis_2004"),
    "euc_jis_2004": ("euc_jp", EUC, "euc_jis_2004"),
    "big5hkscs": ("big5hkscs", "cp950"),
    "euc_kr": ("cp949",),
    "tis-620": ("cp874", "tis-620"),
    "iso8859-9": ("cp1254", "iso8859-9"),
}
"""Python's codecs for a charset, where its name alone does not say which: the first that decodes all bytes is taken.

As in the WHATWG Encoding Standard a name means the larger charset that files under this name really are in. Shift_JIS
is the exception: its standard characters are mapped by JIS X 0208, as Python maps them in EUC-JP and ISO-2022-JP."""

SAMPLE_BYTES = 16_384
"""chardet computes its statistics over 16 KiB at most: a larger sample would cost time without more accuracy."""

_PASSAGE = re.compile(rb"[\x80-\xff][^\n]{0,400}[^\x00-\x2f]*")
"""A non-ASCII byte and the text after it. No charset uses bytes below 0x30 inside a character, so a passage that ends
before such a byte does not split a character."""

_BYTES_BEFORE = 100
"""ASCII bytes in front of a passage that belong to the sample, because they help to recognise the language."""

_CONTROLS = bytes([*range(0x09), 0x0B, 0x0C, *range(0x0E, 0x20), 0x7F])
"""Wire formats frame messages with control codes, but chardet reports binary data above a share of 1 %."""

_MAX_CONTROLS = 0.2
"""Share of control codes above which bytes are binary data. A short wire message reaches a tenth."""

_ASCII = bytes(range(0x80))

_LATIN_WORD = re.compile(rb"[A-Za-z][\x80-\xff]|[\x80-\xff][A-Za-z]")
"""An ASCII letter next to a non-ASCII byte, as in languages that are written in Latin script."""

_SINGLE = 2
"""Non-ASCII bytes that are no text if they do not belong to a word: dashes, currency signs, an initial."""

_OTHER_SCRIPT = re.compile("([A-Za-z]?)[\u0370-\u0e7f]+([A-Za-z]?)")
"""Letters from Greek to Thai, with the ASCII letters next to them."""

_MAX_INVALID = 0.1
"""Share of the non-ASCII bytes that may be invalid: one foreign byte in a sentence of Chinese takes others with it."""

_CLOSE = 0.6
"""Share of the best confidence from which on the declared charset is taken instead of the best one."""

_WEIGHT, _WEIGHT_OF_RARE = 0.6, 0.35
"""Weight of the confidence in a charset, relative to Windows-1252, where chardet is not certain.

A higher weight would lose Western texts with one accent or in Albanian, which chardet does not know; a lower one would
lose short texts in other charsets. The second weight is for rare charsets and up to ``_FEW`` bytes: without it the
quotation marks and pounds of short English texts become letters."""

_FEW = 4
"""Non-ASCII bytes that are too few to prove a rare charset."""

_LEAST_CONFIDENCE = 0.06
"""chardet's confidence in 20 KB of random bytes and printable ASCII stays below this value."""

_MANY_DIFFERENT = 32
"""Different non-ASCII bytes. With fewer a low confidence may also mean that a text is short or repeats a few words."""


def detect(content: bytes, declared: str | None = None) -> str | None:
    """Return the Python codec that ``content`` is most probably in, or None if it does not look like text.

    ``content`` has non-ASCII bytes and is not in Unicode. ``declared`` is a codec that does not decode all of it, but
    that is still preferred to others of similar probability. Statistics use a bounded sample of ``content``.
    """
    passages = _passages(content)
    # The line feed in front stops chardet from taking a text that begins with "BM" or "MZ" for a picture or a program.
    sample = b"\n" + passages.translate(None, _CONTROLS)
    ranking = _ranking(sample) if len(passages) - len(sample) <= _MAX_CONTROLS * len(passages) else {}
    if not ranking:
        return None
    best = max(ranking, key=lambda name: ranking[name])
    if ranking[best] < _LEAST_CONFIDENCE and len(set(_non_ascii(sample))) >= _MANY_DIFFERENT:
        return None
    return _codec(_preferred(ranking, best, sample, declared), content)


def detect_switching(content: bytes) -> str | None:
    """Return the codec of ISO-2022-JP, ISO-2022-KR or HZ if ``content``, which is all ASCII, is in one of them."""
    if not _SWITCH_CODE.search(content, 0, _SWITCHING_BYTES):
        return None
    found = _confidences(content[:_SWITCHING_BYTES], _SWITCHING)
    names = [*(name for name in found if _decodes(content, name))]
    if _JAPANESE_CODE.search(content, 0, _SWITCHING_BYTES):
        names += [ISO_2022] if _decodes(content, ISO_2022) or _is_nearly_japanese(content) else []
    return next(iter(names), None)


def _is_nearly_japanese(content: bytes) -> bool:
    """Say whether few characters are lost if it is read as ISO-2022-JP, of which a transfer may have damaged some."""
    text = content[:_SWITCHING_BYTES].decode(ISO_2022, errors="replace")
    return 0 < text.count("\ufffd") <= _MAX_INVALID * sum(not character.isascii() for character in text)


def _passages(content: bytes) -> bytes:
    """Return passages with non-ASCII bytes, since a page may have 100 KB of scripts before its first word."""
    passages, size, end = [], 0, 0
    for found in _PASSAGE.finditer(content):
        passages.append(content[max(end, found.start() - _BYTES_BEFORE) : found.end()])
        size += len(passages[-1])
        end = found.end()
        if size >= SAMPLE_BYTES:
            break
    return b"\n".join(passages)[:SAMPLE_BYTES]


def _ranking(sample: bytes) -> dict[str, float]:
    """Return chardet's confidence in each candidate that decodes at least nearly all of ``sample``.

    chardet excludes a charset for a single invalid byte, and then reports a wrong one for a damaged text. Therefore
    charsets in which bytes can be invalid are examined again without those bytes, unless the best one is certain.
    """
    ranking = _confidences(sample, _CANDIDATES)
    best = next(iter(ranking), None)
    is_certain = best is not None and ranking[best] >= MINIMUM_THRESHOLD
    if is_certain and best in {*_CODE_PAGES, *_MULTI_BYTE}:
        return ranking
    most = _MAX_INVALID * len(_non_ascii(sample))
    for name in _CODE_PAGES if is_certain else (*_CODE_PAGES, *_MULTI_BYTE):
        if name not in ranking:
            valid = sample.decode(name, errors="ignore").encode(name, errors="ignore")
            if 0 < len(sample) - len(valid) <= most:
                ranking |= _confidences(valid, (name,))
    return ranking


def _confidences(sample: bytes, candidates: Iterable[str]) -> dict[str, float]:
    """Return chardet's confidence (0 to 1) by charset, the best first."""
    found = detect_all(
        sample,
        ignore_threshold=True,
        compat_names=False,
        prefer_superset=False,  # its supersets are none: it would read ISO-8859-5 as Windows-1251
        include_encodings=(*candidates, _NO_MATCH),
        no_match_encoding=_NO_MATCH,
        empty_input_encoding=_NO_MATCH,
    )
    named = ((each["encoding"], each["confidence"]) for each in found)
    return {name: confidence for name, confidence in named if name is not None and name != _NO_MATCH}


def _preferred(ranking: dict[str, float], best: str, sample: bytes, declared: str | None) -> str:
    """Return the most probable charset by confidence, declaration and frequency.

    Windows-1252 comes first because it is by far the most frequent charset after UTF-8, and the default of browsers.
    """
    named = next((name for name in _CANDIDATES if declared in {name, *_CODECS.get(name, ())}), best)
    if ranking.get(named, 0.0) >= _CLOSE * ranking[best] and named != best:
        return named
    if ranking[best] >= MINIMUM_THRESHOLD:
        return best
    size = len(_non_ascii(sample))
    if size <= _SINGLE and not _LATIN_WORD.search(sample):
        return "cp1252"
    weighted = {
        name: confidence * _weight(name, are_few=size <= _FEW)
        for name, confidence in ranking.items()
        if not _mixes_scripts(sample.decode(name, errors="replace"))
    }
    return max(weighted, key=lambda name: weighted[name], default=best)


def _weight(name: str, *, are_few: bool) -> float:
    if name == "cp1252":
        return 1.0
    return _WEIGHT_OF_RARE if are_few and name in _RARE else _WEIGHT


def _mixes_scripts(text: str) -> bool:
    """Say whether most letters of another script stand inside words with ASCII letters: no language is written so."""
    runs = [before or after for before, after in _OTHER_SCRIPT.findall(text)]
    return 2 * sum(map(bool, runs)) > len(runs)


def _codec(charset: str, content: bytes) -> str:
    *first, last = _CODECS.get(charset, (charset,))
    return codecs.lookup(next((each for each in first if _decodes(content, each)), last)).name


def _decodes(content: bytes, codec: str) -> bool:
    try:
        content.decode(codec)
    except UnicodeDecodeError:
        return False
    return True


def _non_ascii(sample: bytes) -> bytes:
    return sample.translate(None, _ASCII)

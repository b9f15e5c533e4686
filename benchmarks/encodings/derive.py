"""``python -m benchmarks.encodings.derive FILE``: how often letters follow each other, per language.

Made from lists of each language's commonest words, in order of frequency, as they come with justext (stop lists for a
hundred languages) and spaCy (Thai, which justext has not). A word of rank r counts 1 / (r + 10), after Zipf and
Mandelbrot. The file holds nothing but costs: for each language and letter, the letters that follow and the bits that
each takes, in half bits as one digit to the base of 36.
"""

from __future__ import annotations

import json
import math
import sys
from collections import Counter
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path

from justext import get_stoplist  # type: ignore[import-untyped]  # it has no types
from spacy.lang.th.stop_words import STOP_WORDS as THAI

LANGUAGES = {
    "ar": "Arabic", "be": "Belarusian", "bg": "Bulgarian", "ca": "Catalan", "cs": "Czech", "da": "Danish",
    "de": "German", "el": "Greek", "en": "English", "es": "Spanish", "et": "Estonian", "fa": "Persian",
    "fi": "Finnish", "fr": "French", "he": "Hebrew", "hr": "Croatian", "hu": "Hungarian", "is": "Icelandic",
    "it": "Italian", "lt": "Lithuanian", "lv": "Latvian", "mk": "Macedonian", "nb": "Norwegian_Bokmal", "nl": "Dutch",
    "pl": "Polish", "pt": "Portuguese", "ro": "Romanian", "ru": "Russian", "sk": "Slovak", "sl": "Slovenian",
    "sq": "Albanian", "sr": "Serbian", "sv": "Swedish", "tr": "Turkish", "uk": "Ukrainian", "ur": "Urdu",
}  # fmt: skip
"""Those that were written in a single-byte charset of their own and that news agencies write in."""

RAREST_LETTER = 3e-4
"""Of all letters; what is rarer in a list of common words comes from foreign names."""

BACK_OFF = 2.0
"""Pairs that every letter is thought to have been seen in beside those counted, shared out as letters are common."""

THAI_NEWS = (
    "ประเทศไทย ศูนย์ วันจันทร์ อังคาร พุธ พฤหัสบดี ศุกร์ เสาร์ อาทิตย์ มหาวิทยาลัย นักศึกษา ภาษา ภาพยนตร์ รัฐบาล นายกรัฐมนตรี กรุงเทพ "
    "มกราคม กุมภาพันธ์ มีนาคม เมษายน พฤษภาคม มิถุนายน กรกฎาคม สิงหาคม กันยายน ตุลาคม พฤศจิกายน ธันวาคม เศรษฐกิจ ธนาคาร บริษัท "
    "โทรศัพท์ ฟุตบอล กีฬา สุขภาพ ตำรวจ ทหาร กฎหมาย ประชาชน ข่าว โรงพยาบาล แพทย์ นักเรียน โรงเรียน วิทยาศาสตร์ คอมพิวเตอร์ "
    "อินเทอร์เน็ต ราคา ตลาด หุ้น น้ำมัน ล้านบาท จังหวัด อำเภอ เชียงใหม่ ภูเก็ต ปัญหา รายงาน ประชุม สภา เลือกตั้ง การเมือง พรรค "
    "คณะกรรมการ องค์การ สัมภาษณ์ อุบัติเหตุ ไฟไหม้ น้ำท่วม เด็ก ผู้หญิง ผู้ชาย ครอบครัว ท่องเที่ยว วัฒนธรรม"
)
"""Words of newspapers: the list has grammar words alone, which lack a fifth of the letters."""

_AS_WRITTEN = str.maketrans("\u0219\u021b", "\u015f\u0163")
"""Romanian's commas below are cedillas in every charset of a single byte."""

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def main(arguments: list[str]) -> int:
    """Write the file."""
    lists = {code: _by_frequency(name) for code, name in LANGUAGES.items()}
    # Thai has no spaces between words: one long word of them all, in no order that means anything.
    lists["th"] = ["".join(sorted(THAI | set(THAI_NEWS.split()), key=lambda word: word[::-1]))]
    table = {code: costs(words) for code, words in sorted(lists.items())}
    # Korean syllables are too many for pairs: what each takes by itself tells them from random ones.
    table["ko"] = {"": costs(_by_frequency("Korean"), rarest=0)[""]}
    Path(arguments[0]).write_text(json.dumps(table, ensure_ascii=False, indent=0) + "\n", encoding="utf-8")
    return 0


def costs(words: Iterable[str], rarest: float = RAREST_LETTER) -> dict[str, str]:
    """Return, for each letter and for a word's edge (a space), the letters that follow with their costs.

    The entry of the empty string holds what a letter takes wherever it stands.
    """
    pairs: Counter[tuple[str, str]] = Counter()
    for rank, word in enumerate(words):
        letters = f" {''.join(each for each in word.lower().translate(_AS_WRITTEN) if _is_letter(each))} "
        for pair in pairwise(letters):
            pairs[pair] += 1000 / (rank + 10)  # type: ignore[assignment]
    singles: Counter[str] = Counter()
    for (_, letter), count in pairs.items():
        singles[letter] += count
    total = sum(singles.values())
    common = {letter: count / total for letter, count in singles.items() if count / total > rarest}
    if singles["\u0430"] + singles["\u03b1"] + singles["\u0627"] + singles["\u05d0"] > singles["a"]:
        common = {letter: share for letter, share in common.items() if letter == " " or not letter.isascii()}
    found = {"": "".join(letter + _digit(share) for letter, share in sorted(common.items()))}
    for before in sorted(common):
        counts = {letter: pairs[before, letter] for letter in common if pairs[before, letter]}
        seen = sum(counts.values()) + BACK_OFF
        found[before] = "".join(
            letter + _digit((count + BACK_OFF * common[letter]) / seen) for letter, count in sorted(counts.items())
        )
    return found


def _by_frequency(name: str) -> list[str]:
    """Return the words in the order of the list, which justext itself forgets."""
    listed = Path(sys.modules[get_stoplist.__module__].__file__ or "").parent / "stoplists" / f"{name}.txt"
    return listed.read_text(encoding="utf-8").split()


def _is_letter(character: str) -> bool:
    return character.isalpha() or "\u0e31" <= character <= "\u0e4e"


def _digit(share: float) -> str:
    return _DIGITS[min(len(_DIGITS) - 1, round(-2 * math.log2(share)))]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

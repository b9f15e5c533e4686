"""Which language a text is in: what the text says, weighed against what the file declares."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass

from py3langid.langid import MODEL_FILE, LanguageIdentifier

from copytaster.tagging.stages import UNDETERMINED, Finding, finding

READ_CHARACTERS = 2000
"""At 400 characters 99 of 100 English news texts are told with more than .99; the rest is for mixed openings."""

LIKELY = 0.25
"""With nothing declared, what is less likely stays undetermined: of 83 headlines full of names ("Macron in Paris") the
four that were told wrongly without this lay between .17 and .78, bare names ("Ronaldo signs") below .18."""

_LANGUAGES_BY_NEWS = {
    1.0: "ar bg bn cs da de el en es fa fi fr he hi hr hu id it ja ko nl no pl pt ro ru sk sv th tr uk ur vi zh",
    0.3: "af am az be bs ca cy et eu ga gl gu ha hy is ka kk km kn ku ky lo lt lv mk ml mn mr ms my ne pa ps si sl so"
    " sq sr sw ta te tl uz zxx",
}
NEWS = {language: weight for weight, languages in _LANGUAGES_BY_NEWS.items() for language in languages.split()}
"""How much news is published in a language, as a rough prior. Without it 22 of 83 headlines full of names are told with
less than .5, their other half going to Ligurian, Walloon or Pidgin; over more than a sentence it changes nothing."""

LITTLE_NEWS = 0.05
"""The weight of all other languages."""

CERTAIN = 0.95
LONG_ENOUGH = 80
"""A declaration is overruled only by this probability over this many letters.

Measured on slices of English news: from 80 characters on none was called another language at all, while at 40
characters wrong answers reached .56.
"""

DECLARED_ALONE = 0.6
"""Confidence in a declaration that the text can neither confirm nor refute: templates often declare wrongly."""

_NOT_LINGUISTIC = "zxx"  # the detector's answer for numbers and markup

_ALIASES = {
    "iw": "he",
    "in": "id",
    "ji": "yi",
    "nb": "no",
    "nn": "no",
    "yue": "zh",
    "wuu": "zh",
    "ary": "ar",
    "arz": "ar",
}
# Withdrawn codes, written forms of Norwegian, and forms of Chinese and Arabic that news is hardly written in.

_KANA = re.compile(r"[\u3041-\u30FA]")

_PRIMARY = re.compile(r"([A-Za-z]{2,3})(?:[-_]|$)")
_LETTER = re.compile(r"[^\W\d_]")


@dataclass(frozen=True, slots=True)
class LanguageDetector:
    """Tells the language with py3langid (naive Bayes over byte n-grams, about a hundred languages)."""

    identifier: LanguageIdentifier

    def detect(self, title: str, text: str, *, declared: str | None) -> Finding[str]:
        """Return the language: agreed, or detected, or declared where the text is too short to tell, or "und"."""
        sample = f"{title}\n{text[:READ_CHARACTERS]}"
        likeliest, probability = self._weighed(sample)
        detected = None if likeliest == _NOT_LINGUISTIC or probability < LIKELY else likeliest
        language = _primary(declared)
        if language is None:
            return _from_text(detected, probability)
        if detected is None:
            return finding(
                language, how="declared: the text is too short or too mixed to tell", confidence=DECLARED_ALONE
            )
        if detected == language:
            return finding(language, how="declared, and detected by py3langid", confidence=probability)
        return _contradiction(language, detected, probability, letters=len(_LETTER.findall(sample)))

    def _weighed(self, sample: str) -> tuple[str, float]:
        """Return the likeliest language and its probability, by what the detector says times how much news there is."""
        weighed: defaultdict[str, float] = defaultdict(float)
        for code, probability in self.identifier.rank(sample):
            language = _ALIASES.get(code, code)
            weighed[language] += float(probability) * NEWS.get(language, LITTLE_NEWS)
        if _KANA.search(sample):  # no Chinese text has these letters, and short Japanese ones have few of them
            weighed["zh"] = 0.0
        language = max(weighed, key=lambda each: (weighed[each], each))
        return language, weighed[language] / (sum(weighed.values()) or 1.0)


def load_language_detector() -> LanguageDetector:
    """Read the detector's model (4.5 MB, about a tenth of a second)."""
    return LanguageDetector(LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True))


def _from_text(detected: str | None, probability: float) -> Finding[str]:
    if detected is None:
        return finding(
            UNDETERMINED, how="nothing declared, and the text is too short or too mixed to tell", confidence=0
        )
    return finding(detected, how="detected by py3langid", confidence=probability)


def _contradiction(declared: str, detected: str, probability: float, *, letters: int) -> Finding[str]:
    if probability >= CERTAIN and letters >= LONG_ENOUGH:
        return finding(detected, how=f"detected by py3langid, against the declared {declared}", confidence=probability)
    return finding(
        declared, how=f"declared; py3langid leans to {detected}", confidence=min(DECLARED_ALONE, 1 - probability)
    )


def _primary(declared: str | None) -> str | None:
    match = _PRIMARY.match(declared.strip()) if declared else None
    if match is None:
        return None
    language = match[1].lower()
    language = _ALIASES.get(language, language)
    return None if language in {UNDETERMINED, _NOT_LINGUISTIC} else language

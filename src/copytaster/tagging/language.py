"""Language detection: combines the language detected in the text with the one that the file declares."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache

import numpy as np
from numpy.typing import NDArray

from copytaster.tagging.language_model import LanguageModel, load_language_model
from copytaster.tagging.language_words import LanguageWords, load_language_words
from copytaster.tagging.stages import UNDETERMINED, Finding, finding

SAMPLE_CHARACTERS = 2000
"""400 characters identify 99 of 100 English news texts with a probability above .99. A longer sample also covers texts
whose beginning mixes languages."""

LEAST_PROBABILITY = 0.25
"""Less probable languages count as undetermined. Of 83 headlines full of names ("Macron in Paris"), four were detected
wrongly without this limit, with probabilities between .17 and .78; bare names ("Ronaldo signs") were below .18."""

_LANGUAGES_BY_PRIOR = {
    1.0: "ar bg bn cs da de el en es fa fi fr he hi hr hu id it ja ko nb nl pl pt ro ru sk sv th tr uk ur vi zh",
    0.3: "af am az be bs ca cy eo et eu ga gl gu ha hy ig is ka kk km kn ku ky lg lo lt lv mg mk ml mn mr ms mt my ne"
    " nn nso pa ps rw si sl sn so sq sr st sw ta te tg tk tl tt ug uz xh yo zu zxx",
}
NEWS_PRIOR = {language: weight for weight, languages in _LANGUAGES_BY_PRIOR.items() for language in languages.split()}
"""A rough prior: how much news is published in a language. Without it 22 of 83 headlines full of names are detected
with a probability below .5, because Ligurian, Walloon or Pidgin take the other half. On texts longer than a sentence
it changes nothing."""

DEFAULT_PRIOR = 0.05
"""The prior of all other languages."""

OVERRULE_PROBABILITY = 0.95
OVERRULE_LETTERS = 80
"""The detected language overrules a declaration only with this probability, over at least this many letters.

Measured on slices of English news: from 80 characters on, none was detected as another language; at 40 characters,
wrong languages reached a probability of .56.
"""

_WITH_OTHER_LETTERS = (
    "am ar az be bg bn bs el fa gu he hi hy ja ka kk km kn ko ku ky lo mk ml mn mr my ne pa ps ru si sr ta te tg th tk"
    " tt ug uk ur uz zh zxx"
)
_LATIN_LANGUAGES = NEWS_PRIOR.keys() - _WITH_OTHER_LETTERS.split()
"""Languages that are only written with Latin letters."""

LATIN_SHARE = 0.1
"""A text with a smaller share of Latin letters is in none of these languages, however short it is."""

DECLARED_CONFIDENCE = 0.6
"""Confidence in a declaration that the text neither confirms nor refutes: templates often declare a wrong language."""

_NOT_LINGUISTIC = "zxx"  # the detector's code for numbers and markup

_ALIASES = {
    "iw": "he",
    "in": "id",
    "ji": "yi",
    "no": "nb",
    "yue": "zh",
    "wuu": "zh",
    "ary": "ar",
    "arz": "ar",
}
# Withdrawn codes, Norwegian without its written standard (nine of ten texts are Bokmål; Nynorsk is detected as "nn"),
# and varieties of Chinese and Arabic with little news.

_KANA = re.compile(r"[\u3041-\u30FA]")

_PRIMARY = re.compile(r"([A-Za-z]{2,3})(?:[-_]|$)")
_LETTER = re.compile(r"[^\W\d_]")


@dataclass(frozen=True, slots=True)
class LanguageDetector:
    """Detects languages with py3langid (naive Bayes over byte n-grams, about a hundred languages).

    ``words`` distinguish languages that it confuses, such as Bosnian and Croatian, and add a few that it does not know.
    """

    model: LanguageModel
    words: LanguageWords
    _languages: tuple[str, ...] = field(init=False)
    _priors: NDArray[np.float32] = field(init=False)
    """How much a column of the model adds to each language."""

    def __post_init__(self) -> None:
        columns = [_ALIASES.get(each, each) for each in self.model.languages]
        # Of languages that are equally heavy, the first is taken: the last code, whatever columns the model has.
        languages = tuple(sorted(set(columns), reverse=True))
        priors = np.zeros((len(columns), len(languages)), np.float32)
        for column, language in enumerate(columns):
            priors[column, languages.index(language)] = NEWS_PRIOR.get(language, DEFAULT_PRIOR)
        object.__setattr__(self, "_languages", languages)
        object.__setattr__(self, "_priors", priors)

    def detect(self, title: str, text: str, *, declared: str | None) -> Finding[str]:
        """Return the detected language, the declared one when detection is too uncertain, or "und" without either."""
        sample = f"{title}\n{text[:SAMPLE_CHARACTERS]}"
        likeliest, probability = self._most_probable(sample)
        detected = None if likeliest == _NOT_LINGUISTIC or probability < LEAST_PROBABILITY else likeliest
        language = _primary_subtag(declared)
        if language is None:
            return _undeclared(detected, probability)
        if detected is None:
            return finding(
                language,
                how="declared; the text is too short or too mixed for detection",
                confidence=DECLARED_CONFIDENCE,
            )
        if detected == language:
            return finding(language, how="declared, and detected by py3langid", confidence=probability)
        return _contradicted(language, detected, probability, _LETTER.findall(sample))

    def _most_probable(self, sample: str) -> tuple[str, float]:
        """Return the most probable language and its probability: the detector's, multiplied by the prior."""
        # The model knows little of capitals, and lowers a text of nothing else. A teleprinter's text may have a title.
        read = sample.lower() if _is_in_capitals(sample) else sample
        weights = self.model.probabilities(read) @ self._priors
        if _KANA.search(sample):  # these letters exclude Chinese; a short Japanese text has only a few of them
            weights[self._languages.index("zh")] = 0.0
        detected = dict(zip(self._languages, weights.tolist(), strict=True))
        adjusted = self.words.adjusted(sample, detected)
        language = max(adjusted, key=adjusted.__getitem__)
        return language, adjusted[language] / (sum(adjusted.values()) or 1.0)


@cache
def load_language_detector() -> LanguageDetector:
    """Return the detector; its model is loaded once in a process (4.5 MB, half a second of decompression)."""
    return LanguageDetector(load_language_model(), load_language_words())


def _undeclared(detected: str | None, probability: float) -> Finding[str]:
    if detected is None:
        return finding(
            UNDETERMINED, how="nothing declared, and the text is too short or too mixed for detection", confidence=0
        )
    return finding(detected, how="detected by py3langid", confidence=probability)


def _contradicted(declared: str, detected: str, probability: float, letters: list[str]) -> Finding[str]:
    is_certain = probability >= OVERRULE_PROBABILITY and len(letters) >= OVERRULE_LETTERS
    if is_certain or _exclude(declared, letters):
        return finding(detected, how=f"detected by py3langid, against the declared {declared}", confidence=probability)
    return finding(
        declared, how=f"declared; py3langid prefers {detected}", confidence=min(DECLARED_CONFIDENCE, 1 - probability)
    )


def _exclude(declared: str, letters: list[str]) -> bool:
    """Return whether the letters of a text exclude the declared language: pages of any language declare ``en``."""
    return declared in _LATIN_LANGUAGES and sum(map(_is_latin, letters)) < LATIN_SHARE * len(letters)


def _is_latin(letter: str) -> bool:
    return letter < "\u0370" or "\u1e00" <= letter < "\u1f00"


def _is_in_capitals(text: str) -> bool:
    words = text.split()  # a quarter of the time that letters take
    return sum(map(str.isupper, words)) > sum(map(str.islower, words))


def _primary_subtag(declared: str | None) -> str | None:
    match = _PRIMARY.match(declared.strip()) if declared else None
    if match is None:
        return None
    language = match[1].lower()
    language = _ALIASES.get(language, language)
    return None if language in {UNDETERMINED, _NOT_LINGUISTIC} else language

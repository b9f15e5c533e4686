"""Generates articles, no two of which are near-duplicates."""

from __future__ import annotations

import random
from dataclasses import dataclass

SENTENCES = 12
"""About 200 words, enough for stable signatures."""

_SYLLABLES = ("bar", "den", "fal", "gor", "hal", "kes", "lin", "mor", "nor", "pel", "quin", "ros", "sel", "tor", "wen")
_GIVEN = ("Ada", "Bruno", "Carla", "Daniel", "Edith", "Farid", "Greta", "Hugo", "Irena", "Jonas", "Kerstin", "Lukas")
_OFFICES = (
    "deputy mayor",
    "harbour master",
    "chief accountant",
    "head of the clinic",
    "union secretary",
    "museum director",
    "school inspector",
    "fire chief",
)
_SAID = ("said", "announced", "denied", "confirmed", "warned", "promised", "recalled", "argued")
_THINGS = (
    "ferry line",
    "sugar mill",
    "tram depot",
    "concert hall",
    "flood barrier",
    "night school",
    "grain store",
    "water tower",
    "fish market",
    "film archive",
    "bus fleet",
    "botanic garden",
)
_CHANGES = ("reopen", "close", "be sold", "be rebuilt", "double its staff", "cut its hours", "move", "be extended")
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True, slots=True)
class GeneratedArticle:
    """A unique headline, and paragraphs."""

    title: str
    text: str

    @property
    def content(self) -> bytes:
        """The file: headline, empty line, text."""
        return f"{self.title}\n\n{self.text}\n".encode()

    @property
    def page(self) -> bytes:
        """The same as a web page."""
        paragraphs = "\n".join(f"<p>{each}</p>" for each in self.text.split("\n\n"))
        head = f"<head><title>{self.title}</title></head>"
        body = f"<body><article>\n<h1>{self.title}</h1>\n{paragraphs}\n</article></body>"
        return f"<!doctype html>\n<html>{head}\n{body}\n</html>\n".encode()


def make_article(seed: str) -> GeneratedArticle:
    """Return the article of this seed: the same for the same seed.

    The names and figures in each sentence are drawn anew, so that two articles share few runs of three words: of
    600 articles no two were more alike than .13, and of 4,000 none by their signatures than .25; near-duplicates
    begin at .5.
    """
    chance = random.Random(seed)
    title = f"{_name(chance)} plans for {_name(chance)} {chance.choice(_THINGS)} cost {_figure(chance)} crowns"
    sentences = [_sentence(chance) for _ in range(SENTENCES)]
    half = SENTENCES // 2
    return GeneratedArticle(title, f"{' '.join(sentences[:half])}\n\n{' '.join(sentences[half:])}")


def _sentence(chance: random.Random) -> str:
    who = f"{chance.choice(_GIVEN)} {_name(chance)}, {chance.choice(_OFFICES)} of {_name(chance)},"
    what = f"the {_name(chance)} {chance.choice(_THINGS)} would {chance.choice(_CHANGES)}"
    money = f"for {_figure(chance)} crowns within {chance.randint(2, 90)} weeks"
    return f"{who} {chance.choice(_SAID)} on {chance.choice(_DAYS)} that {what} {money}."


def _name(chance: random.Random) -> str:
    return "".join(chance.choices(_SYLLABLES, k=3)).capitalize()


def _figure(chance: random.Random) -> str:
    return f"{chance.randint(11_000, 990_000):,}"

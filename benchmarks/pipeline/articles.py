"""Generates stories and copies of them: the same for the same seed, and no two originals alike.

A sentence is composed of clauses and names that are drawn anew, so that two stories share few runs of words.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from benchmarks.pipeline import words
from benchmarks.pipeline.documents import DOCUMENTS, wire_text
from benchmarks.pipeline.pages import web_page
from benchmarks.pipeline.stories import Story

COPIED_SHARE = 0.15
"""Copies and edits of earlier stories among the files: what a desk with several agencies receives."""

RECENT = 500
"""A copy is one of the last stories: agencies repeat the news of the day."""

SENTENCES = {"wire": 4, "news": 15, "web": 18}
"""Sentences of a story, by kind: together with the markup they make files of 900 bytes, 3 KB and 30 KB."""

MIXES = {"wire": ("wire",), "news": ("news",), "web": ("web",), "mixed": ("wire", "wire", "news", "web")}
"""The kinds of files in a mix, in turn. Half of a mixed stream is wire text: it is the most frequent input."""

OPEN, CLOSE = "\N{LEFT DOUBLE QUOTATION MARK}", "\N{RIGHT DOUBLE QUOTATION MARK}"

SOURCES = ("kestrel", "littoral", "northwire")

INTERVAL = timedelta(seconds=7)
"""Between the times of publication of two stories: a busy day of some 12,000."""


@dataclass(frozen=True, slots=True)
class InputFile:
    """A file to drop: its path below the inbox, and its bytes."""

    path: str
    content: bytes


def generate(count: int, mix: str, *, seed: int, at: datetime, interval: timedelta = INTERVAL) -> Iterator[InputFile]:
    """Yield the files of a mix; the first is published at ``at``, each further one an ``interval`` later."""
    chance, recent = random.Random(f"{seed} {mix}"), list[tuple[Story, InputFile]]()
    for number in range(count):
        kind = MIXES[mix][number % len(MIXES[mix])]
        time = at + number * interval
        earlier = chance.choice(recent) if recent and chance.random() < COPIED_SHARE else None
        story, content = _copied(*earlier, number, time, chance) if earlier else _original(kind, number, time, chance)
        path = f"{chance.choice(SOURCES)}/{kind}{number:06}{_suffix(content)}"
        file = InputFile(path, content)
        if not earlier:
            recent = [*recent[-RECENT:], (story, file)]
        yield file


def make_story(kind: str, number: int, at: datetime, chance: random.Random) -> Story:
    """Return a story of the usual length of its kind."""
    topic, place = chance.choice(words.TOPICS), chance.choice(words.PLACES)
    actor, thing = chance.choice(topic.actors), chance.choice(topic.things)
    title = f"{make_name(chance)}: {actor} in {place} {chance.choice(topic.verbs)} {thing}"
    sentences = [_sentence(topic, place, chance) for _ in range(SENTENCES[kind])]
    return Story(
        kind=kind,
        number=number,
        title=title[0].upper() + title[1:],
        slug=f"{topic.slug}-{number}",
        place=place,
        reporter=make_name(chance),
        editor=make_name(chance),
        sentences=tuple(sentences),
        at=at,
    )


def make_name(chance: random.Random) -> str:
    """Return the name of a person: one of many thousands."""
    return f"{chance.choice(words.GIVEN)} {chance.choice(words.FAMILY_ROOTS)}{chance.choice(words.FAMILY_ENDS)}"


def edited(story: Story, chance: random.Random) -> Story:
    """Return the story as another desk prints it: another headline, a sentence less, some figures changed."""
    kept = list(story.sentences)
    kept.pop(chance.randrange(1, len(kept)))
    place = chance.randrange(len(kept))
    kept[place] = kept[place].replace(" percent", " per cent").replace("told reporters", "said")
    return replace(story, title=f"Update: {story.title}", sentences=tuple(kept), editor=make_name(chance))


def _original(kind: str, number: int, at: datetime, chance: random.Random) -> tuple[Story, bytes]:
    story = make_story(kind, number, at, chance)
    return story, _written(story)


def _copied(story: Story, file: InputFile, number: int, at: datetime, chance: random.Random) -> tuple[Story, bytes]:
    """Return an earlier story again: the same bytes, the same words with other particulars, or an edit."""
    how = chance.randrange(3)
    if how == 0:
        return story, file.content
    again = replace(story if how == 1 else edited(story, chance), number=number, slug=f"RPT-{story.slug}", at=at)
    return again, _written(again)


def _written(story: Story) -> bytes:
    if story.kind == "wire":
        return wire_text(story)
    if story.kind == "web":
        return web_page(story)
    return DOCUMENTS[story.number % len(DOCUMENTS)](story)


def _suffix(content: bytes) -> str:
    starts = {b"<!doctype": ".html", b"<?xml": ".xml", b"{": ".json"}
    return next((suffix for start, suffix in starts.items() if content.startswith(start)), ".txt")


def _sentence(topic: words.Topic, place: str, chance: random.Random) -> str:
    return chance.choice(_FORMS)(topic, place, chance)


def _statement(topic: words.Topic, place: str, chance: random.Random) -> str:
    body = f"{chance.choice((place, chance.choice(words.PLACES)))} {chance.choice(words.BODIES)}"
    who = f"{make_name(chance)}, {chance.choice(words.ROLES)} of the {body},"
    return f"{who} {chance.choice(words.SAID)} on {chance.choice(words.DAYS)} that {_clause(topic, chance)}."


def _quote(topic: words.Topic, place: str, chance: random.Random) -> str:
    where = chance.choice((f"at the {place} {chance.choice(words.BODIES)}", f"on {chance.choice(words.DAYS)}"))
    return f"{OPEN}{_capital(_clause(topic, chance))},{CLOSE} {make_name(chance)} said {where}."


def _figures(topic: words.Topic, place: str, chance: random.Random) -> str:
    share, year = chance.randint(11, 989) / 10, chance.randint(1996, 2025)
    return (
        f"In {place} {chance.choice(topic.actors)} {chance.choice(topic.verbs)} {chance.choice(topic.things)}, up"
        f" {share} percent from {chance.choice(words.MONTHS)} {year}, {chance.choice(words.ADJUNCTS)}."
    )


def _report(topic: words.Topic, place: str, chance: random.Random) -> str:
    money = f"{chance.randint(11, 970)} million {chance.choice(('euros', 'dollars', 'pounds', 'crowns'))}"
    body = f"The {place} {chance.choice(words.BODIES)}"
    return f"{body} put the cost at {money}, and {_clause(topic, chance)}, {make_name(chance)} wrote in a report."


_FORMS: tuple[Callable[[words.Topic, str, random.Random], str], ...] = (_statement, _quote, _figures, _report)


def _clause(topic: words.Topic, chance: random.Random) -> str:
    where = f"{chance.choice(words.ADJECTIVES)} preparations in {chance.choice(words.PLACES)}"
    what = f"{chance.choice(topic.actors)} {chance.choice(topic.verbs)} {chance.choice(topic.things)}"
    return f"{what} {chance.choice(words.ADJUNCTS)} and {where}"


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]

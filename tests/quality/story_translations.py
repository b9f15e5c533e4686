"""Events that are reported in three languages, made by a seed; alike ones with the same people come hours later."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from copytaster.model.article import Entity, EntityType

PLACES = (
    "Aldmere",
    "Brinsholt",
    "Cawdor",
    "Dunholm",
    "Eastrigg",
    "Farnleigh",
    "Grimsay",
    "Holmwick",
    "Ilverton",
    "Kovar",
)
COMPANIES = ("Abercorn", "Bolide", "Cantor", "Delphic", "Everard", "Fenwright", "Gorse", "Hadley", "Inkwell", "Juniper")
FIRST = ("Ada", "Boris", "Clara", "Dario", "Edda", "Felix", "Greta", "Hugo", "Irma", "Jonas")
LAST = ("Ashdown", "Birkett", "Colley", "Draper", "Ennis", "Fogarty", "Garside", "Hollis", "Ibbotson", "Jessop")

TEMPLATES: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "quake": {
        "en": (
            "Earthquake of magnitude {a}.{b} kills {c} in {place}",
            "An earthquake of magnitude {a}.{b} killed {c} people near {place}. {person} said {d} houses fell.",
        ),
        "de": (
            "Erdbeben der Stärke {a},{b} tötet {c} Menschen in {place}",
            "Ein Erdbeben der Stärke {a},{b} hat bei {place} {c} Menschen getötet. {d} Häuser fielen, so {person}.",
        ),
        "fr": (
            "Séisme de magnitude {a},{b} à {place}: {c} morts",
            "Un séisme de magnitude {a},{b} a tué {c} personnes près de {place}. {person} parle de {d} maisons.",
        ),
    },
    "purchase": {
        "en": (
            "{company} to buy {other} for {c} million",
            "{company} agreed to buy {other} for {c} million, {person} said in {place}. {d} jobs will go.",
        ),
        "de": (
            "{company} kauft {other} für {c} Millionen",
            "{company} übernimmt {other} für {c} Millionen, sagte {person} in {place}. {d} Stellen entfallen.",
        ),
        "fr": (
            "{company} rachète {other} pour {c} millions",
            "{company} va racheter {other} pour {c} millions, a dit {person} à {place}. {d} emplois partent.",
        ),
    },
    "trial": {
        "en": (
            "{person} jailed for {b} years",
            "A court in {place} jailed {person} for {b} years for taking {c},{d} from {company}. He will appeal.",
        ),
        "de": (
            "{person} muss {b} Jahre in Haft",
            "Ein Gericht in {place} hat {person} zu {b} Jahren Haft verurteilt, weil {c}.{d} von {company} fehlten.",
        ),
        "fr": (
            "{person} condamné à {b} ans de prison",
            "Un tribunal de {place} a condamné {person} à {b} ans de prison pour avoir pris {c}.{d} à {company}.",
        ),
    },
    "strike": {
        "en": (
            "{c} workers strike at {company} in {place}",
            "Some {c} workers of {company} in {place} stopped work. {person} asks for {b}.{a} percent more.",
        ),
        "de": (
            "{c} Beschäftigte streiken bei {company} in {place}",
            "{c} Beschäftigte von {company} in {place} streiken. {person} fordert {b},{a} Prozent mehr.",
        ),
        "fr": (
            "{c} salariés de {company} en grève à {place}",
            "Quelque {c} salariés de {company} à {place} sont en grève. {person} demande {b},{a} pour cent de plus.",
        ),
    },
}


@dataclass(frozen=True, slots=True)
class Report:
    """A report of an event in one language, ``hours`` after the first of all."""

    event: str
    language: str
    hours: float
    title: str
    text: str
    entities: tuple[Entity, ...]


def reports(seed: int, *, events: int) -> list[Report]:
    """Return reports of so many pairs of events in the order of their times.

    Both events of a pair have the same people, place and companies, and come within a day; half of them are of one
    kind, as a second earthquake.
    """
    chance = random.Random(seed)  # made-up news, no secret
    made = [report for number in range(events) for report in _pair(number, chance)]
    return sorted(made, key=lambda each: (each.hours, each.event, each.language))


def _pair(number: int, chance: random.Random) -> Iterator[Report]:
    company, other = chance.sample(COMPANIES, 2)
    place, person = chance.choice(PLACES), f"{chance.choice(FIRST)} {chance.choice(LAST)}"
    first, second = chance.choice(list(TEMPLATES)), chance.choice(list(TEMPLATES))
    names = {"company": company, "other": other, "place": place, "person": person}
    for part, template in enumerate((first, first if number % 2 else second)):
        values = {**names, "a": chance.randint(4, 9), "b": chance.randint(2, 9)}
        values |= {"c": chance.randint(11, 990), "d": chance.randint(100, 999)}
        for language, (title, text) in TEMPLATES[template].items():
            yield Report(
                event=f"{number}-{part}",
                language=language,
                hours=number * 5 + part * chance.randint(4, 24) + chance.random() * 3,
                title=title.format(**values),
                text=text.format(**values),
                entities=tuple(_entities(title + text, names)),
            )


def _entities(template: str, names: Mapping[str, str]) -> Iterator[Entity]:
    kinds = {"person": EntityType.PERSON, "place": EntityType.PLACE}
    for field, name in names.items():
        if count := template.count("{" + field + "}"):
            yield Entity(name=name, type=kinds.get(field, EntityType.ORGANISATION), count=count, spans=())

"""Texts of one template about other subjects or days, made by a seed: no two of them report one event."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

TOWNS = (
    "Aldmere", "Brinsholt", "Cawdor", "Dunholm", "Eastrigg", "Farnleigh", "Grimsay", "Holmwick", "Ilverton", "Jarrowby",
    "Keswold", "Larkhill", "Marnock", "Netherby", "Orsett", "Penwick", "Quenby", "Rothmere", "Selwick", "Thornaby",
)  # fmt: skip
COMPANIES = (
    "Abercorn Foods", "Bolide Energy", "Cantor Rail", "Delphic Systems", "Everard Brewing", "Fenwright", "Gorse Mills",
    "Hadley Marine", "Inkwell Media", "Juniper Air", "Kestrel Glass", "Lomond Paper", "Marram Homes", "Norgate Steel",
    "Oriel Pharma", "Pallas Motors", "Quarrix", "Redmayne Stores", "Sable Mining", "Tamar Textiles",
)  # fmt: skip
GOODS = (
    "wheat", "maize", "barley", "soybeans", "coffee", "cocoa", "sugar", "cotton", "copper", "nickel", "zinc", "tin",
    "aluminium", "lead", "rubber", "palm oil", "crude oil", "natural gas", "silver", "platinum",
)  # fmt: skip
SURNAMES = (
    "Ashdown", "Birkett", "Colley", "Draper", "Ennis", "Fogarty", "Garside", "Hollis", "Ibbotson", "Jessop", "Kinnear",
    "Lomas", "Mather", "Nuttall", "Oldroyd", "Pickles", "Quayle", "Rigby", "Sugden", "Tattersall",
)  # fmt: skip
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

TEMPLATES: Mapping[str, tuple[str, str]] = {
    "weather": (
        "Weather in {town}: {low} to {high} degrees on {day}",
        (
            "The weather office expects {sky} over {town} on {day}, with a high of {high} degrees and a low of"
            " {low} at night. Winds of up to {wind} kilometres an hour will come from the {from_}. The chance of"
            " rain is {chance} percent. Drivers should expect patches of fog in the valleys before sunrise. The"
            " next forecast will be issued at six in the evening."
        ),
    ),
    "results": (
        "{company} quarterly profit {moved} to {profit} million",
        (
            "{company} said on {day} that its net profit for the quarter {moved} to {profit} million from"
            " {before} million a year before. Sales were {sales} million. Earnings per share came to {cents}"
            " cents. Chief executive {surname} said that demand was in line with expectations and that the outlook"
            " for the year was unchanged. The board proposed a dividend of {dividend} cents."
        ),
    ),
    "prices": (
        "{good_} futures close {moved} at {price}",
        (
            "Futures for {good} {moved} on {day} and closed at {price} dollars for delivery in the next month,"
            " after {earlier} dollars the day before. Volume was {volume} lots. Traders said that funds had been"
            " selling early in the session and that commercial buyers returned before the close. Open interest was"
            " {interest} contracts."
        ),
    ),
    "bond": (
        "{company} issues {profit} million bond due {year}",
        (
            "{company} is issuing a bond of {profit} million dollars due {year} with a coupon of {coupon}"
            " percent, priced at par, lead manager {surname} Bank said. The notes are in denominations of 5,000"
            " dollars and will be listed in Luxembourg. Fees comprise 1-1/4 percent for selling and 5/8 percent"
            " for management and underwriting combined. The payment date is in three weeks."
        ),
    ),
    "court": (
        "{town} man jailed for {months} months",
        (
            "A {town} man was jailed for {months} months on {day} for burglary. {surname}, {age}, admitted"
            " entering a house in the town and taking goods worth {price} pounds. His lawyer told the court that"
            " he had lost his job and was sorry. The judge said that the offence was so serious that only custody"
            " could be justified."
        ),
    ),
    "match": (
        "{town} {home}-{away} {other}",
        (
            "{town} and {other} met in the league on {day} and the match ended {home}-{away} before a crowd of"
            " {crowd}. {surname} had the best chance of the first half, but shot over the bar. After the break"
            " both sides made changes and the pace dropped. The manager said that his players had given"
            " everything."
        ),
    ),
}


@dataclass(frozen=True, slots=True)
class Twin:
    """A text of a template, which is an event of its own."""

    template: str
    at: datetime
    title: str
    text: str


def twins(seed: int, *, start: datetime, each: int) -> list[Twin]:
    """Return ``each`` texts of each template in the order of their times, within five days.

    A subject comes again on other days, and several come in the same hour, as in a wire service's stream.
    """
    chance = random.Random(seed)  # made-up news, no secret
    found = [twin for name in TEMPLATES for twin in _of_template(name, chance, start, each)]
    return sorted(found, key=lambda twin: (twin.at, twin.title))


def _of_template(name: str, chance: random.Random, start: datetime, each: int) -> Iterator[Twin]:
    title, text = TEMPLATES[name]
    taken: set[tuple[str, int]] = set()
    while len(taken) < each:
        subject, day = chance.randrange(len(TOWNS)), chance.randrange(5)
        if (TOWNS[subject], day) in taken:
            continue
        taken.add((TOWNS[subject], day))
        at = start + timedelta(days=day, hours=chance.choice((7, 8, 17)), minutes=chance.randrange(60))
        values = _values(chance, subject, at)
        yield Twin(name, at, title.format(**values), text.format(**values))


def _values(chance: random.Random, subject: int, at: datetime) -> dict[str, object]:
    low = chance.randint(-6, 14)
    return {
        "town": TOWNS[subject],
        "other": chance.choice([town for town in TOWNS if town != TOWNS[subject]]),
        "company": COMPANIES[subject],
        "good": GOODS[subject],
        "good_": GOODS[subject].capitalize(),
        "surname": chance.choice(SURNAMES),
        "day": WEEKDAYS[at.weekday()],
        "moved": chance.choice(("rose", "fell")),
        "sky": chance.choice(("clouds", "sunshine", "showers", "snow")),
        "from_": chance.choice(("north", "south", "west", "east")),
        "low": low,
        "high": low + chance.randint(3, 14),
        "wind": chance.randint(10, 90),
        "chance": chance.randrange(0, 100, 5),
        "profit": chance.randint(20, 900),
        "before": chance.randint(20, 900),
        "sales": f"{chance.randint(1, 9)},{chance.randint(100, 999)}",
        "cents": chance.randint(4, 300),
        "dividend": chance.randint(2, 90),
        "price": f"{chance.randint(100, 2_000)}.{chance.randint(10, 99)}",
        "earlier": f"{chance.randint(100, 2_000)}.{chance.randint(10, 99)}",
        "volume": f"{chance.randint(10, 99)},{chance.randint(100, 999)}",
        "interest": f"{chance.randint(100, 400)},{chance.randint(100, 999)}",
        "coupon": f"{chance.randint(3, 9)}-{chance.choice((1, 3, 5, 7))}/8",
        "year": at.year + chance.randint(3, 20),
        "months": chance.randint(4, 48),
        "age": chance.randint(19, 70),
        "home": chance.randint(0, 5),
        "away": chance.randint(0, 5),
        "crowd": f"{chance.randint(1, 40)},{chance.randint(100, 999)}",
    }

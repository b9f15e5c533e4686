"""Words of printed times in English, German, French and Spanish: months, weekdays, zones, and words without a value."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

_MONTHS = (
    "jan january januar jänner janvier janv enero ene",
    "feb february februar feber février fevrier févr fevr febrero",
    "mar march märz maerz mrz mär mars marzo",
    "apr april avril avr abril abr",
    "may mai mayo",
    "jun june juni juin junio",
    "jul july juli juillet juil julio",
    "aug august août aout agosto ago",
    "sep sept september septembre septiembre setiembre",
    "oct october oktober okt octobre octubre",
    "nov november novembre noviembre",
    "dec december dezember dez décembre decembre déc diciembre dic",
)
MONTHS = {word: number for number, words in enumerate(_MONTHS, start=1) for word in words.split()}

_WEEKDAYS = (
    "mon monday montag lundi lunes",
    "tue tues tuesday dienstag mardi martes",
    "wed weds wednesday mittwoch mercredi miércoles miercoles",
    "thu thur thurs thursday donnerstag jeudi jueves",
    "fri friday freitag vendredi viernes",
    "sat saturday samstag sonnabend samedi sábado sabado",
    "sun sunday sonntag dimanche domingo",
)
WEEKDAYS = {word: number for number, words in enumerate(_WEEKDAYS) for word in words.split()}

FILLERS = [
    "on",
    "at",
    "the",
    "of",
    "from",
    "by",
    "time",
    "date",
    "and",
    "hours?",
    "hrs?",
    "local",
    "sharp",
    "precisely",
    "editions?",
    "le",
    "la",
    "les",
    "à",
    "a",
    "au",
    "dès",
    "heures?",
    "locale?",
    "um",
    "am",
    "den",
    "dem",
    "der",
    "vom",
    "uhr",
    "ortszeit",
    "und",
    "el",
    "las",
    "los",
    "del",
    "de",
    "hora",
    "horas",
    "h",
    "et",
    "y",
]
"""Words between the parts of a time, without a meaning that changes it."""

FARTHEST_WEST = timedelta(hours=-12)
"""The offset at which a local time is the latest moment."""

_OFFSETS: dict[str, tuple[float, ...]] = {
    "gmt": (0,), "utc": (0,), "ut": (0,), "z": (0,), "wet": (0,), "west": (1,), "bst": (1,),
    "cet": (1,), "mez": (1,), "met": (1,), "hnec": (1,), "cest": (2,), "mesz": (2,), "heec": (2,), "eet": (2,),
    "eest": (3,), "msk": (3,), "trt": (3,), "sast": (2,), "cat": (2,), "eat": (3,), "wat": (1,), "gst": (4,),
    "ist": (1, 2, 5.5), "pkt": (5,), "jst": (9,), "kst": (9,), "hkt": (8,), "sgt": (8,), "pht": (8,), "awst": (8,),
    "acst": (9.5,), "acdt": (10.5,), "aest": (10,), "aedt": (11,), "nzst": (12,), "nzdt": (13,),
    "nst": (-3.5,), "ndt": (-2.5,), "ast": (-4, 3), "adt": (-3,), "est": (-5,), "edt": (-4,), "cst": (-6, -5, 8),
    "cdt": (-5,), "mst": (-7,), "mdt": (-6,), "pst": (-8,), "pdt": (-7,), "akst": (-9,), "akdt": (-8,), "hst": (-10,),
    "art": (-3,), "brt": (-3,), "clt": (-4,), "clst": (-3,), "cot": (-5,), "pet": (-5,), "ect": (-5,), "vet": (-4,),
    "uyt": (-3,), "bot": (-4,),
}  # fmt: skip
"""Hours from UTC by abbreviation. Of several meanings the one with the latest moment is used."""

_AREAS = {
    "Europe/London": "bst london uk british",
    "Europe/Paris": "cet cest mez mesz met paris berlin madrid brussels rome vienna geneva zurich frankfurt amsterdam"
    " bruxelles genève wien genf zürich roma viena ginebra bruselas peninsular",
    "America/New_York": "et est edt eastern washington",
    "America/Chicago": "ct cst cdt central",
    "America/Denver": "mt mst mdt mountain",
    "America/Los_Angeles": "pt pst pdt pacific",
    "Australia/Sydney": "aest aedt",
    "Pacific/Auckland": "nzst nzdt",
}
_AREA_OF = {word: area for area, words in _AREAS.items() for word in words.split()}

ABBREVIATIONS = tuple(dict.fromkeys([*_OFFSETS, "et", "ct", "mt", "pt"]))
US_ZONES = ("eastern", "central", "mountain", "pacific")
CITIES = tuple(word for word in _AREA_OF if word not in {*ABBREVIATIONS, *US_ZONES, "peninsular"})


def latest_offset(zone: str, local: datetime) -> timedelta:
    """Return the offset of a zone that gives the latest moment at a local time.

    An abbreviation of the wrong season (``EST`` in July) may mean the place's time or the season's. At the end of
    summer time an hour passes twice.
    """
    named = {timedelta(hours=hours) for hours in _OFFSETS.get(zone, ())}
    area = ZoneInfo(_AREA_OF[zone]) if zone in _AREA_OF else None
    there = {each for fold in (0, 1) if area and (each := area.utcoffset(local.replace(fold=fold))) is not None}
    return min(named if named & there else named | there)

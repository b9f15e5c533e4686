"""Recognises lines that are instructions about a story's release, by their form: embargo, release, withdrawal.

A line is an instruction if it begins with the words of one and says nothing else, or goes on with a time. News that
mentions an embargo or a killing has other words after it: ``Embargo on oil until 2027``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import lru_cache

from copytaster.parsing.release_terms.leads import without_lead
from copytaster.parsing.release_terms.release_time import TimeReading, has_time, read_release_time
from copytaster.parsing.release_terms.time_words import MONTHS, WEEKDAYS
from copytaster.parsing.release_terms.withdrawals import is_withdrawal, is_withdrawal_label

MAX_CHARACTERS = 400
"""Of a line that can be an instruction. The longest ones, with three sentences, have about 300."""


class Term(StrEnum):
    """What a line states: the story is withheld, may be used at once, or is withdrawn."""

    EMBARGO = "embargo"
    NONE = "no embargo"
    WITHDRAWAL = "withdrawal"


WITHOUT_DATE = "it has no date"
"""Why a label alone has no end."""


@dataclass(frozen=True, slots=True)
class Statement:
    """A term with the end of an embargo, or the reason why its end is not known.

    ``rest`` is the text after the instruction on the same line, such as a headline. ``is_label`` is true for a line
    that is no part of the story's text; a sentence that asks for a withdrawal is.
    """

    term: Term
    until: datetime | None = None
    why: str = ""
    is_zoned: bool = False
    rest: str = ""
    is_label: bool = True


_USE = (
    r"(?:publication|publish(?:ed|ing)?|release[d]?|broadcast(?:ing)?|use[d]?|distribut(?:ion|ed?)|transmission"
    r"|print(?:ed)?|circulat(?:ion|ed?)|online use|reproduc(?:tion|ed?))"
)
_USES = rf"(?:{_USE}(?:(?:,? (?:or|and) |, ?|/){_USE})*)"
_COPY = (
    r"(?:press release|news release|media release|release|report|story|statement|information|document|material|copy"
    r"|text|article|news|item|embargo|speech|content)"
)
_BEFORE = r"(?:before|until|till|til|prior to|earlier than|ahead of)"
_UNTIL = r"(?:until|till|til|to|through)"
_UNTIL_WORDS = rf"(?:{_UNTIL}\b|bis(?: zum)?\b|jusqu['\u2019](?:au|[aà]|en)\b|au\b|hasta\b)"

_PLAIN_USE_DE = r"(?:ver[oö]ffentlich\w*|verwend\w*|freigeb\w*|publizier\w*|send(?:en|ung))"

_DATE_DE = "|".join(["dem", "den", "am", "um", "uhr", "mez", "mesz", "gmt", *WEEKDAYS, *MONTHS])
_STRONG_BEFORE = (
    rf"(?:strictly )?not (?:to be |for )(?:general |public )?{_USES} {_BEFORE}\b",
    (
        rf"(?:strictly )?not (?:to be |for )(?:general |public )?{_USES}"
        rf"(?:,? [\w/'\u2019-]+){{1,10}}? {_BEFORE}\b(?=[^.]*\d)"
    ),
    (
        rf"(?:no part of )?this(?: [\w-]+){{0,3}} {_COPY} (?:may|must|should|can)(?: ?not)? be {_USES}"
        rf"(?:,? [\w/'\u2019-]+){{0,10}}? {_BEFORE}\b(?=[^.]*\d)"
    ),
    rf"(?:strictly )?no {_USES} {_BEFORE}\b",
    rf"(?:please )?do not {_USES}(?: (?:this|the) {_COPY})? {_BEFORE}\b",
    rf"for {_USES} (?:not before|no (?:earlier|sooner) than|only after)\b",
    r"nicht zur ver[oö]ffentlichung vor(?: dem)?\b",
    rf"(?:bitte )?nicht vor(?=(?:[\s\d.,:]|(?:{_DATE_DE})\b){{5,40}}{_PLAIN_USE_DE}[ !.*]*$)",
    rf"(?:bitte )?(?:nicht|keine) {_PLAIN_USE_DE} (?:vor|bis)\b",
    rf"{_PLAIN_USE_DE} (?:erst|nicht|fr[uü]hestens) (?:ab|vor|am)\b",
    r"(?:\S+ )?(?:[aà] )?ne pas (?:publier|diffuser|utiliser|reproduire)(?: ni \w+| ou \w+)? avant\b",
    r"(?:publication|diffusion|utilisation)(?: \w+)? interdite avant\b",
    r"interdit[e]? (?:de|[aà] la) (?:publication|diffusion)(?: \w+)? avant\b",
    (
        r"(?:no|prohibid[oa] (?:su )?|prohibida la )(?: ?(?:publicar(?:se)?|difundir(?:se)?|usar|emitir|publicaci[oó]n"
        r"|difusi[oó]n))(?: [oy] \w+)? (?:antes del?|hasta)\b"
    ),
)
"""Instructions that are complete without more words; a day in them has passed when it begins."""

_STRONG_UNTIL = (
    rf"(?:strict(?:ly)? |under )?embargoed {_UNTIL}\b",
    rf"(?:strictly )?(?:held )?(?:under|in) (?:strict |an? )?embargo {_UNTIL}\b",
    rf"(?:please )?hold for (?:release|publication|use) {_UNTIL}\b",
    (
        rf"(?:this|the|our|attached|following|enclosed|all)\b(?: [\w-]+){{0,3}} {_COPY}\b[^.:;]{{0,40}}"
        r"\b(?:is|are|remains?)"
        rf" (?:\w+ )?(?:embargoed|under (?:strict |an? )?embargo)(?: {_UNTIL}\b)?"
    ),
    r"(?:mit )?sperrfrist bis(?: zum)?\b",
    r"gesperrt bis(?: zum)?\b",
    r"(?:\w+ ){0,4}sous embargo(?: strict)? jusqu['\u2019](?:au|[aà]|en)\b",
    r"(?:\w+ ){0,3}(?:embargad[oa]s?|bajo embargo|sujet[oa] a embargo) hasta\b",
)
"""Instructions that are complete without more words; a day in them ends when it ends."""

_WEAK_FROM = (
    rf"(?:embargoed )?for {_USES}(?: (?:at|on|after|from))?\b",
    rf"(?:to be|may be) {_USES} (?:at|on|after|from)\b",
    r"(?:release|publication|publish)(?: date| time)?(?: (?:at|on|after|from)\b|(?=\s*:))",
    r"embargo (?:lifts?|ends?|expires?|will be lifted|to be lifted|is lifted)(?: (?:at|on))?\b",
    rf"embargo (?:lifted|ended|expired)(?: (?:at|on))?(?=\W*(?:\d|(?:{'|'.join([*WEEKDAYS, *MONTHS])})\b))",
    r"embargo(?:ed)? (?:for|to|before)\b",
    r"frei(?:gegeben)? (?:ab|f[uü]r|zum)\b",
    r"freigabe(?:zeit)?(?: (?:ab|am|erst))?\b",
    r"(?:zur )?ver[oö]ffentlichung (?:erst )?(?:ab|am)\b",
    r"ende der sperrfrist\b",
    r"(?:diffusion|publication) (?:autoris[eé]e )?(?:[aà] partir du|le|[aà])\b",
    r"lev[eé]e (?:de l['\u2019]|d['\u2019])embargo\b",
    r"(?:publicable|difusi[oó]n|publicaci[oó]n) a partir del?\b",
    r"(?:fin|levantamiento) del? embargo\b",
)
_WEAK_UNTIL = (
    (
        r"(?:strict(?:ly)? |under |press |media |news |sous |bajo |estricto )?(?:an? )?(?:strict )?embargo(?:ed)?"
        r"(?: (?:date|time|period|deadline|copy|notice|details?|release|story|text|material|strict|estricto"
        r"|(?:press|news|media) release))?"
        rf"(?: {_UNTIL_WORDS})?"
    ),
    rf"(?:please )?hold for (?:release|publication|use)(?: {_UNTIL})?\b",
    rf"(?:please )?hold(?: (?:this|the) {_COPY})? {_UNTIL}\b",
    r"hfr\b",
    r"(?:please )?hold(?=\W*$)",
    r"(?:mit |bitte )?sperr(?:frist|vermerk)(?: beachten\b)?",
    r"embargad[oa]\b",
    rf"(?:strictly )?not (?:yet )?(?:to be |for ){_USES}(?: yet)?(?=\W*$)",
)
"""Words that are also used in news: a line with them is an instruction if it ends here, or a time follows."""


def _openers(patterns: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"(?:{'|'.join(patterns)})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Form:
    opener: re.Pattern[str]
    is_strong: bool
    whole_day: bool


_FORMS = (
    _Form(_openers(_STRONG_BEFORE), is_strong=True, whole_day=False),
    _Form(_openers(_STRONG_UNTIL), is_strong=True, whole_day=True),
    _Form(_openers(_WEAK_FROM), is_strong=False, whole_day=False),
    _Form(_openers(_WEAK_UNTIL), is_strong=False, whole_day=True),
)

_MENTIONS = (
    "embargo", "embargad", "sperr", "frei", "release", "publi", "broadcast", "diffus", "difu", "hold", "hfr", "veröff",
    "veroff", "verwend", " use", "/use", ",use", "distribut", "transmi", "print", "circulat", "reprodu", "kill",
    "withdr", "retract", "elimin", "annul", "anul", "storn", "zurück", "zuruck", "lösch", "losch", "cancel",
    "disregard", "ignore", "retir", "supprim", "streich", "entfern",
)  # fmt: skip
"""Beginnings of the words of instructions, in lower case: a fast test that most lines do not pass."""

_RELATIVE = re.compile(
    r"(?:today|tonight|tomorrow|this (?:morning|evening|afternoon)|further notice|after|as soon as"
    r"|the (?:start|end|beginning"
    r"|close|conclusion)|start of|end of|delivery|close of|see|not before|not for|no |until|till|for release|time of"
    r"|weekend (?:editions?|papers?)"
    r"|heute|morgen|übermorgen|beginn|ende|redebeginn|ab |bis |nicht|siehe|vor|widerruf"
    r"|aujourd|demain|ce soir|apr[eè]s|jusqu|fin d|d[eé]but|la fin|le d[eé]but|nouvel ordre|voir"
    r"|hoy|mañana|hasta|despu[eé]s|fin del?|inicio|final|nuevo aviso|ver )",
    re.IGNORECASE,
)
"""Beginnings of a time that is stated without a date."""

_NO_EMBARGO = re.compile(
    r"(?:(?:has been |is |was |now |a [eé]t[eé] |est |ist |wurde |ha sido |queda )?"
    r"(?:lifted|over|ended|expired|removed|cancell?ed|none|no|nil|n/?a"
    r"|immediate(?:ly)?(?: (?:release|use|publication))?"
    r"|upon receipt|on receipt|at once|now|at will|at any time"
    r"|aufgehoben|keine?r?|beendet|abgelaufen|entf[aä]llt|sofort(?:ige[nr]?)?(?: ver[oö]ffentlichung| verwendung)?"
    r"|lev[eé]|aucun|non|termin[eé]|imm[eé]diate?(?:ment)?"
    r"|levantado|ninguno|finalizado|inmediat[oa](?:mente)?))\b",
    re.IGNORECASE,
)
_NO_EMBARGO_LINES = re.compile(
    rf"(?:for )?(?:immediate|instant) {_USE}|for {_USE} (?:immediately|now|upon receipt|on receipt)"
    r"|(?:no|not under|without) embargo|(?:zur )?sofortigen? (?:ver[oö]ffentlichung|freigabe|verwendung)|sofort frei"
    r"|(?:pour |[aà] )?(?:publication|diffusion) imm[eé]diate|sans embargo"
    r"|(?:para (?:su )?)?(?:publicaci[oó]n|difusi[oó]n) inmediata|sin embargo alguno",
    re.IGNORECASE,
)

_EDGE = ' \t*+#=<>[](){}\u00bb\u201d\u201c"_~/|!.:;,-\u2013\u2014'
_VERB_AT_END = re.compile(rf"(?<!\w){_PLAIN_USE_DE}[ !.*]*$", re.IGNORECASE)
"""The verb of ``Nicht vor dem 4. Dezember, 8.30 Uhr, veröffentlichen``."""

_THEREAFTER = re.compile(r",? (?:and|or) (?:any ?time )?(?:thereafter|after(?:wards)?|later)(?=\W*$)", re.IGNORECASE)
"""The end of ``For release Sunday, Dec. 6, and thereafter``, the usual line of American agencies."""

_SEPARATED = re.compile(r"\s*(?:[:.;|\n*\])}]|\s[-\u2013\u2014]+\s|[-\u2013\u2014]{2,})+\s*")


def read_statement(line: str, *, now: datetime, is_heading: bool = False) -> Statement | None:
    """Return what a line states about the story's release, None if it is not an instruction.

    ``is_heading`` is for headlines and subjects of mails, in which a title may follow the label ``EMBARGO:``.
    """
    if len(line) > MAX_CHARACTERS or "\n" in line or not _may_instruct(line):
        return None
    words, quoted = without_lead(line)
    if _NO_EMBARGO_LINES.fullmatch(words.strip(_EDGE)):
        return Statement(Term.NONE)
    if is_withdrawal(words, quoted=quoted):
        return Statement(Term.WITHDRAWAL, is_label=is_withdrawal_label(words))
    statements = (_embargo(form, words, now, is_heading=is_heading) for form in _FORMS)
    return next(filter(None, statements), None)


_LINES_REMEMBERED = 32
"""The first and last lines of a story are read two or three times, on behalf of different rules."""


@lru_cache(maxsize=_LINES_REMEMBERED)
def _may_instruct(line: str) -> bool:
    folded = line.casefold()
    return any(map(folded.__contains__, _MENTIONS))


def _embargo(form: _Form, words: str, now: datetime, *, is_heading: bool) -> Statement | None:
    opener = form.opener.match(words)
    if opener is None:
        return None
    after = words[opener.end() :]
    if after[:1].isalnum():
        return None
    if not after.strip(_EDGE):
        return Statement(Term.EMBARGO, why=WITHOUT_DATE)
    if _NO_EMBARGO.fullmatch(after.strip(_EDGE)):
        return Statement(Term.NONE)
    return _with_tail(form, opener.group(), after, now, is_heading=is_heading)


def _with_tail(form: _Form, opener: str, after: str, now: datetime, *, is_heading: bool) -> Statement | None:
    tail = after.lstrip(_EDGE)
    if inner := _inner(tail, now):
        return inner
    reading = read_release_time(tail, now=now, whole_day=form.whole_day)
    if reading.end:
        return _timed(form, tail, reading)
    return _untimed(form, opener, after, tail, is_heading=is_heading)


def _inner(tail: str, now: datetime) -> Statement | None:
    """Return the instruction inside another one: ``EMBARGOED: not for release until …``."""
    for form in _FORMS[:2]:
        if form.opener.match(tail):
            return _embargo(form, tail, now, is_heading=False)
    return None


def _timed(form: _Form, tail: str, reading: TimeReading) -> Statement | None:
    """Return the embargo until a time, unless the line goes on as prose; it is read whole if nothing else follows."""
    after = _THEREAFTER.sub("", _VERB_AT_END.sub("", tail[reading.end :]))
    separated = _SEPARATED.match(after)
    rest = after[separated.end() :].strip(_EDGE) if separated else ""
    if separated is None and (words := after.strip(_EDGE)):
        is_complete = form.is_strong or (reading.has_clock and (reading.has_day or not words[0].islower()))
        why = f"it has words that are not understood: {words[:60]}"
        return Statement(Term.EMBARGO, why=why) if is_complete else None
    if rest and has_time(rest):
        return Statement(Term.EMBARGO, why="it has more than one time", rest=rest)
    return Statement(Term.EMBARGO, reading.at, reading.why, reading.is_zoned, rest)


def _untimed(form: _Form, opener: str, after: str, tail: str, *, is_heading: bool) -> Statement | None:
    """Return the embargo of a line that has other words than a time after its opener."""
    why = f"its time is not understood: {tail[:60]}"
    if form.is_strong or _RELATIVE.match(tail):
        return Statement(Term.EMBARGO, why=why)
    separated = _SEPARATED.match(after)
    is_participle = opener.lower().rstrip().endswith(("embargoed", "under embargo", "sous embargo", "bajo embargo"))
    if separated and is_heading and (is_participle or opener.isupper()):
        return Statement(Term.EMBARGO, why=WITHOUT_DATE, rest=after[separated.end() :].strip())
    return None
